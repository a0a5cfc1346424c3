//! One look at an enrolled device, sent at once; the result stands in the status.
//!
//! Where no agent runs, as under cron, what could not be sent waits for the next look. Beside a running agent it does not: that one looks
//! again by itself, and the spool is its own.

use super::notify;
use super::run::{RunOptions, Runner, ThisDevice};
use super::send::{Answer, Delivery, deliver};
use super::spool::Spool;
use super::state::{Enrollment, StateFolder};
use super::status::{ProblemKind, Status};
use super::{Options, System, collect};
use crate::client::Client;
use crate::domain::time::Time;
use crate::error::{Error, Kind, Result};

/// Collects, sends, and keeps the answer.
pub fn recheck(state: StateFolder, now: Time, options: RunOptions) -> Result<Answer> {
    let enrollment = state.enrolled()?;
    match state.lock() {
        Ok(_lock) => {
            let spool = Spool::new(state.spool());
            Runner::new(ThisDevice::new(), state, spool, options)?.once()
        }
        Err(error) if error.kind == Kind::Conflict => beside(&System::this_machine(), &state, &enrollment, now, options.personal),
        Err(error) => Err(error),
    }
}

fn beside(system: &System, state: &StateFolder, enrollment: &Enrollment, now: Time, personal: bool) -> Result<Answer> {
    let mut options = Options::new(now);
    state.path().clone_into(&mut options.state_folder);
    options.personal = personal || enrollment.personal || Status::of(state, enrollment).is_some_and(|status| status.personal);
    let report = collect(system, &options)?;
    if report.serial_number != enrollment.serial_number {
        return Err(Error::conflict(
            "This device was enrolled with another serial number; enrol it again with `recoger agent enroll TOKEN`",
        ));
    }
    let client = Client::new(enrollment.trust()?)?;
    let delivery = deliver(&enrollment.server, &client, &enrollment.api_key, report.to_json().as_bytes());
    note(state, enrollment, &delivery, now);
    delivery.answer()
}

/// What an outage means is the running agent's to say.
fn note(state: &StateFolder, enrollment: &Enrollment, delivery: &Delivery, now: Time) {
    Status::change(state, enrollment, |status| match delivery {
        Delivery::Taken(answer) => {
            status.last_collected_at = Some(now);
            // Whoever asked is reading it now.
            notify::news(&mut status.told, answer);
            status.sent(enrollment, (**answer).clone(), now);
        }
        Delivery::KeyRefused(why) => status.problem(ProblemKind::Key, why.as_str(), now),
        _ => {}
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::send::CheckVerdict;
    use crate::agent::state::example;

    #[test]
    fn what_was_answered_stands_in_the_status_and_is_not_told_again() {
        let folder = tempfile::tempdir().unwrap();
        let (state, enrollment) = (StateFolder::new(folder.path()), example());
        let check = CheckVerdict { check_id: "x".to_owned(), status: "fail".to_owned(), ..CheckVerdict::default() };
        let answer = Answer { checks: vec![check], report_interval_seconds: Some(900), ..Answer::default() };
        note(&state, &enrollment, &Delivery::KeyRefused("no".to_owned()), Time(5));
        assert_eq!(Status::load(&state).unwrap().problems[0].kind, ProblemKind::Key);
        note(&state, &enrollment, &Delivery::Taken(Box::new(answer.clone())), Time(9));
        note(&state, &enrollment, &Delivery::Away("gone".to_owned()), Time(11));
        let status = Status::load(&state).unwrap();
        assert_eq!((status.last_sent_at, status.report_interval_seconds, status.problems), (Some(Time(9)), 900, vec![]));
        let mut told = status.told;
        assert_eq!(notify::news(&mut told, &answer), []);
    }
}
