//! The loop's world on a real device.

use std::time::{Duration, Instant};

use super::{Now, World};
use crate::agent::notify::Notice;
use crate::agent::report::Report;
use crate::agent::send::{self, Delivery};
use crate::agent::state::Enrollment;
use crate::agent::{Options, System, collect, desktop};
use crate::client::Client;
use crate::domain::time::Time;
use crate::error::Result;

/// The machine that this program runs on.
pub struct ThisDevice {
    system: System,
    started: Instant,
}

impl ThisDevice {
    /// From now on.
    pub fn new() -> ThisDevice {
        ThisDevice { system: System::this_machine(), started: Instant::now() }
    }
}

impl Default for ThisDevice {
    fn default() -> ThisDevice {
        ThisDevice::new()
    }
}

impl World for ThisDevice {
    fn now(&self) -> Now {
        Now { wall: Time(chrono::Utc::now().timestamp()), steady: self.started.elapsed() }
    }

    fn sleep(&mut self, duration: Duration) {
        std::thread::sleep(duration);
    }

    fn random(&mut self) -> f64 {
        // Without the system's random numbers the middle is as good as any.
        getrandom::u32().map_or(0.5, |number| f64::from(number) / (f64::from(u32::MAX) + 1.0))
    }

    fn collect(&mut self, options: &Options) -> Result<Report> {
        collect(&self.system, options)
    }

    fn send(&mut self, enrollment: &Enrollment, json: &[u8]) -> Delivery {
        match enrollment.trust().and_then(Client::new) {
            Ok(client) => send::deliver(&enrollment.server, &client, &enrollment.api_key, json),
            Err(error) => Delivery::Away(error.to_string()),
        }
    }

    fn tell(&mut self, notices: &[Notice]) {
        desktop::tell(&self.system, notices);
    }
}
