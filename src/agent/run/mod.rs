//! The running agent: looks at the machine at the pace that the appliance sets, and sends what it found.
//!
//! Every report goes to the spool before it is sent, and every file is written whole: the program may be ended at any moment, by a signal
//! or a power cut, and the next start goes on where this one stood. So SIGTERM needs no handler, and ends it at once. A report whose
//! answer was lost is sent again; the appliance takes the same facts twice without harm.

mod delivery;
mod once;
mod this_device;
mod timers;

use std::time::Duration;

use super::Options;
use super::notify::{self, Notice};
use super::report::Report;
use super::send::{Answer, Delivery};
use super::spool::Spool;
use super::state::{Enrollment, StateFolder, sensible_interval};
use super::status::{ProblemKind, Status};
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::limits::{AGENT_SLEEP_SECONDS_MAX, FIRST_REPORT_SECONDS_MAX};

pub use this_device::ThisDevice;
pub use timers::Now;

use timers::{Alarm, jittered, scaled};

/// All that the loop gets from outside.
pub trait World {
    /// Reads the clocks.
    fn now(&self) -> Now;
    /// Sleeps.
    fn sleep(&mut self, duration: Duration);
    /// A random number from 0 to below 1.
    fn random(&mut self) -> f64;
    /// Looks at the machine.
    fn collect(&mut self, options: &Options) -> Result<Report>;
    /// Sends a report.
    fn send(&mut self, enrollment: &Enrollment, json: &[u8]) -> Delivery;
    /// Tells the people at the screen.
    fn tell(&mut self, notices: &[Notice]);
}

/// How to run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunOptions {
    /// Seconds between two reports, whatever the appliance says.
    pub every_seconds: Option<u32>,
    /// Tell nobody of failures, whatever the enrolment says.
    pub silent: bool,
    /// Leave out what a personal device does not send, also where the enrolment would not.
    pub personal: bool,
}

/// A running agent.
pub struct Runner<W> {
    world: W,
    state: StateFolder,
    spool: Spool,
    options: RunOptions,
    enrollment: Enrollment,
    look: Alarm,
    send: Alarm,
    failures: u32,
    faults: delivery::Faults,
}

impl<W: World> Runner<W> {
    /// An agent that begins after a short random time. Fails when the device is not enrolled.
    pub fn new(mut world: W, state: StateFolder, spool: Spool, options: RunOptions) -> Result<Runner<W>> {
        let enrollment = state.enrolled()?;
        let said = Status::of(&state, &enrollment).map_or(enrollment.report_interval_seconds, |status| status.report_interval_seconds);
        let interval = options.every_seconds.unwrap_or(said);
        let first = Alarm::after(world.now(), scaled(FIRST_REPORT_SECONDS_MAX.min(interval / 4), world.random()));
        let runner =
            Runner { world, state, spool, options, enrollment, look: first, send: first, failures: 0, faults: delivery::Faults::default() };
        runner.note(|_, _| {});
        Ok(runner)
    }

    /// Goes on until the device is no longer enrolled, which is an error.
    pub fn run(mut self) -> Result<()> {
        loop {
            self.turn()?;
            let pause = self.pause();
            self.world.sleep(pause);
        }
    }

    /// Does what is due.
    fn turn(&mut self) -> Result<()> {
        self.follow_enrollment()?;
        if self.look.rings(self.world.now()) {
            // What went wrong is told already, and the next look may do better.
            let _ = self.look_at_machine();
        }
        if self.send.rings(self.world.now()) && self.spool.count() > 0 {
            self.deliver();
        }
        Ok(())
    }

    /// Until the next thing is due, in pieces: only when awake can the wall clock be seen to have jumped.
    fn pause(&self) -> Duration {
        let now = self.world.now();
        let waits = self.spool.count() > 0;
        let next = if waits { self.look.left(now).min(self.send.left(now)) } else { self.look.left(now) };
        next.min(Duration::from_secs(AGENT_SLEEP_SECONDS_MAX))
    }

    /// A device that was enrolled anew goes on with its new key, at once.
    fn follow_enrollment(&mut self) -> Result<()> {
        let enrollment = match self.state.enrollment() {
            Ok(Some(enrollment)) => enrollment,
            Ok(None) => return self.state.enrolled().map(drop),
            Err(error) => {
                // What is known goes on to hold.
                self.note(|status, now| status.problem(ProblemKind::Storage, error.detail, now));
                return Ok(());
            }
        };
        if enrollment != self.enrollment {
            tracing::info!(server = enrollment.server, device = enrollment.device_id, "the device was enrolled anew");
            self.enrollment = enrollment;
            self.failures = 0;
            let now = self.world.now();
            (self.look, self.send) = (Alarm::after(now, 0), Alarm::after(now, 0));
        }
        Ok(())
    }

    /// Puts what it finds into the spool; what goes wrong stands in the status and the log.
    fn look_at_machine(&mut self) -> Result<()> {
        let mut options = Options::new(self.world.now().wall);
        self.state.path().clone_into(&mut options.state_folder);
        options.personal = self.options.personal || self.enrollment.personal || self.known_status().is_some_and(|status| status.personal);
        let looked = self.world.collect(&options);
        let interval = self.interval();
        self.look = Alarm::after(self.world.now(), jittered(interval, self.world.random()));
        match looked {
            Ok(report) if report.serial_number != self.enrollment.serial_number => {
                let detail = "This device was enrolled with another serial number; its disk was copied, or its mainboard replaced. \
                     Enrol it again with `recoger agent enroll TOKEN`";
                tracing::warn!(found = report.serial_number, "{detail}");
                self.note(|status, now| status.problem(ProblemKind::OtherMachine, detail, now));
                Err(Error::conflict(detail))
            }
            Ok(report) => {
                self.put_into_spool(&report);
                Ok(())
            }
            Err(error) => {
                tracing::warn!(%error, "the machine could not be looked at");
                self.note(|status, now| status.problem(ProblemKind::Collect, error.detail.as_str(), now));
                Err(error)
            }
        }
    }

    fn put_into_spool(&mut self, report: &Report) {
        let pushed = self.spool.push(report.to_json().as_bytes());
        self.note(|status, now| {
            status.last_collected_at = report.collected_at;
            status.solved(ProblemKind::Collect);
            status.solved(ProblemKind::OtherMachine);
            status.solved(ProblemKind::Storage);
            if pushed.dropped > 0 {
                status.drop_noted(format!("{} older unsent reports made room for a newer one", pushed.dropped), now);
            }
            if let Some(why) = &pushed.not_on_disk {
                tracing::warn!(why, "the report is kept in memory only");
                status.problem(ProblemKind::Storage, format!("Unsent reports can't be kept on disk: {why}; free some space"), now);
            }
        });
    }

    /// Takes over what an answer says, and tells the people at the screen what is new in it.
    fn answered(&mut self, answer: Answer) {
        let mut notices = Vec::new();
        self.note(|status, now| {
            notices = notify::news(&mut status.told, &answer);
            status.sent(&self.enrollment, answer, now);
        });
        if self.enrollment.notify && !self.options.silent && !notices.is_empty() {
            self.world.tell(&notices);
        }
    }

    /// The pace: what was typed, else the appliance's last word, else that of the enrolment.
    fn interval(&self) -> u32 {
        let said = || self.known_status().map_or(self.enrollment.report_interval_seconds, |status| status.report_interval_seconds);
        self.options.every_seconds.unwrap_or_else(|| sensible_interval(said()))
    }

    /// The status as far as it is of this enrolment.
    fn known_status(&self) -> Option<Status> {
        Status::of(&self.state, &self.enrollment)
    }

    /// Brings the status file up to date.
    fn note(&self, change: impl FnOnce(&mut Status, Time)) {
        let now = self.world.now();
        Status::change(&self.state, &self.enrollment, |status| {
            change(status, now.wall);
            status.next_report_at = Some(self.look.at(now));
            status.spooled = self.spool.count();
        });
    }
}

#[cfg(test)]
mod tests;
