//! The loop in a simulated world, where days pass in a moment.

mod once;
mod pace;
mod trouble;

use std::cell::RefCell;
use std::rc::Rc;

use super::*;
use crate::agent::report::Network;
use crate::agent::state::example;
use crate::error::Error;

const START: i64 = 1_800_000_000;
const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;
/// Turns of the loop in one test; more means that it spins.
const TURNS_MAX: usize = 100_000;

/// What the simulated world saw, and what it answers.
struct Seen {
    now: Now,
    /// When each attempt came, the report's `collected_at`, and the key.
    attempts: Vec<Attempt>,
    told: Vec<String>,
    collected: usize,
    serial: String,
    collects: bool,
    random: u32,
    server: Box<dyn FnMut(&Attempt) -> Delivery>,
}

#[derive(Debug, Clone, PartialEq)]
struct Attempt {
    at: u64,
    collected_at: Time,
    api_key: String,
    /// With more than security facts.
    is_whole: bool,
}

#[derive(Clone)]
struct Simulated(Rc<RefCell<Seen>>);

impl World for Simulated {
    fn now(&self) -> Now {
        self.0.borrow().now
    }

    fn sleep(&mut self, duration: Duration) {
        let mut seen = self.0.borrow_mut();
        seen.now.steady += duration;
        seen.now.wall = seen.now.wall.plus_seconds(duration.as_secs() as i64);
    }

    fn random(&mut self) -> f64 {
        // A small generator with a full period: the same numbers in each run.
        let mut seen = self.0.borrow_mut();
        seen.random = seen.random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(seen.random) / 4_294_967_296.0
    }

    fn collect(&mut self, options: &Options) -> Result<Report> {
        let mut seen = self.0.borrow_mut();
        if !seen.collects {
            return Err(Error::forbidden("Only root may read the serial number"));
        }
        seen.collected += 1;
        Ok(Report {
            serial_number: seen.serial.clone(),
            collected_at: Some(options.now),
            network: (!options.personal).then(Network::default),
            ..Report::default()
        })
    }

    fn send(&mut self, enrollment: &Enrollment, json: &[u8]) -> Delivery {
        let mut seen = self.0.borrow_mut();
        let report: Report = serde_json::from_slice(json).unwrap();
        let at = seen.now.steady.as_secs();
        let (collected_at, is_whole) = (report.collected_at.unwrap(), report.network.is_some());
        let attempt = Attempt { at, collected_at, api_key: enrollment.api_key.clone(), is_whole };
        seen.attempts.push(attempt.clone());
        (seen.server)(&attempt)
    }

    fn tell(&mut self, notices: &[Notice]) {
        self.0.borrow_mut().told.extend(notices.iter().map(|notice| notice.title.clone()));
    }
}

/// A device, its folder and its server.
struct Scene {
    folder: tempfile::TempDir,
    seen: Rc<RefCell<Seen>>,
    runner: Runner<Simulated>,
}

impl Scene {
    /// Enrolled at hourly reports; `server` answers each attempt.
    fn new(server: impl FnMut(&Attempt) -> Delivery + 'static) -> Scene {
        Scene::with_spool(server, Spool::new)
    }

    fn with_spool(server: impl FnMut(&Attempt) -> Delivery + 'static, spool: impl Fn(std::path::PathBuf) -> Spool) -> Scene {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::new(folder.path());
        state.keep(&example()).unwrap();
        let seen = Seen {
            now: Now { wall: Time(START), steady: Duration::ZERO },
            attempts: Vec::new(),
            told: Vec::new(),
            collected: 0,
            serial: example().serial_number,
            collects: true,
            random: 1,
            server: Box::new(server),
        };
        let seen = Rc::new(RefCell::new(seen));
        let spool = spool(state.spool());
        let runner = Runner::new(Simulated(seen.clone()), state, spool, RunOptions::default()).unwrap();
        Scene { folder, seen, runner }
    }

    fn state(&self) -> StateFolder {
        StateFolder::new(self.folder.path())
    }

    /// The program ends at any moment and is started again.
    fn restart(&mut self) {
        let state = self.state();
        let spool = Spool::new(state.spool());
        self.runner = Runner::new(Simulated(self.seen.clone()), state, spool, RunOptions::default()).unwrap();
    }

    /// Lets `seconds` pass.
    fn pass(&mut self, seconds: u64) {
        let end = self.seen.borrow().now.steady + Duration::from_secs(seconds);
        for _ in 0..TURNS_MAX {
            self.runner.turn().unwrap();
            let left = end.saturating_sub(self.seen.borrow().now.steady);
            if left.is_zero() {
                return;
            }
            let pause = self.runner.pause().min(left);
            self.runner.world.sleep(pause);
        }
        panic!("the loop spins");
    }

    fn serve(&self, server: impl FnMut(&Attempt) -> Delivery + 'static) {
        self.seen.borrow_mut().server = Box::new(server);
    }

    fn attempts(&self) -> Vec<Attempt> {
        self.seen.borrow().attempts.clone()
    }

    /// Attempts since the last call.
    fn take_attempts(&self) -> Vec<Attempt> {
        std::mem::take(&mut self.seen.borrow_mut().attempts)
    }

    fn status(&self) -> Status {
        Status::load(&self.state()).unwrap()
    }

    fn problems(&self) -> Vec<ProblemKind> {
        self.status().problems.iter().map(|problem| problem.kind).collect()
    }
}

fn taken(_: &Attempt) -> Delivery {
    Delivery::Taken(Box::default())
}

fn away(_: &Attempt) -> Delivery {
    Delivery::Away("Nothing listens".to_owned())
}

/// Pauses between attempts, in seconds.
fn gaps(attempts: &[Attempt]) -> Vec<u64> {
    attempts.windows(2).map(|two| two[1].at - two[0].at).collect()
}
