//! One look at a time, as under cron: each a program of its own.

use super::*;
use crate::error::Kind;
use crate::limits::SPOOL_ROUND_REPORTS_MAX;

impl Scene {
    /// An hour later the program is started, looks once, and ends.
    fn once(&mut self) -> Result<Answer> {
        self.runner.world.sleep(Duration::from_secs(HOUR));
        let state = self.state();
        let spool = Spool::new(state.spool());
        Runner::new(Simulated(self.seen.clone()), state, spool, RunOptions::default()).unwrap().once()
    }
}

fn named(name: &str) -> Delivery {
    Delivery::Taken(Box::new(Answer { device_name: name.to_owned(), ..Answer::default() }))
}

#[test]
fn what_could_not_be_sent_goes_with_the_next_look_oldest_first() {
    let mut scene = Scene::new(away);
    for waiting in 1..=3 {
        let error = scene.once().unwrap_err();
        assert_eq!(
            (error.kind, error.detail),
            (Kind::Unavailable, format!("Nothing listens; unsent reports that wait for the next run: {waiting}"))
        );
    }
    assert_eq!((scene.status().spooled, scene.problems()), (3, vec![ProblemKind::Server]));
    scene.take_attempts();
    scene.serve(|attempt| named(&attempt.collected_at.to_string()));
    let answer = scene.once().unwrap();
    let times: Vec<Time> = scene.take_attempts().iter().map(|attempt| attempt.collected_at).collect();
    assert_eq!(times, (1..=4).map(|hour| Time(START + hour * HOUR as i64)).collect::<Vec<_>>());
    assert_eq!(answer.device_name, times[3].to_string(), "the answer to the newest is shown");
    assert_eq!((scene.status().spooled, scene.problems()), (0, vec![]));
}

#[test]
fn a_long_queue_is_sent_whole_and_one_outage_on_the_way_keeps_the_rest() {
    let mut scene = Scene::new(away);
    for _ in 0..SPOOL_ROUND_REPORTS_MAX + 5 {
        assert!(scene.once().is_err());
    }
    scene.take_attempts();
    let mut left = 2;
    scene.serve(move |attempt| {
        left -= 1;
        if left >= 0 { taken(attempt) } else { away(attempt) }
    });
    assert_eq!(scene.once().unwrap_err().kind, Kind::Unavailable);
    assert_eq!((scene.take_attempts().len(), scene.status().spooled), (3, SPOOL_ROUND_REPORTS_MAX + 6 - 2));
    scene.serve(taken);
    scene.once().unwrap();
    assert_eq!((scene.take_attempts().len(), scene.status().spooled), (SPOOL_ROUND_REPORTS_MAX + 5, 0), "more than one round");
}

#[test]
fn a_report_that_will_never_be_taken_is_said_and_not_kept() {
    let mut scene = Scene::new(|_| Delivery::Refused("no such field".to_owned()));
    assert_eq!(scene.once().unwrap_err().kind, Kind::Invalid);
    assert_eq!(scene.status().spooled, 0);
    scene.serve(|_| Delivery::KeyRefused("revoked".to_owned()));
    assert_eq!(scene.once().unwrap_err().kind, Kind::Unauthenticated);
    assert_eq!((scene.status().spooled, scene.problems()), (1, vec![ProblemKind::Key]));
}

#[test]
fn another_machine_sends_nothing_and_says_so() {
    let mut scene = Scene::new(taken);
    scene.seen.borrow_mut().serial = "OTHER-1".to_owned();
    assert!(scene.once().unwrap_err().detail.contains("another serial number"));
    assert_eq!((scene.attempts(), scene.problems()), (vec![], vec![ProblemKind::OtherMachine]));
}
