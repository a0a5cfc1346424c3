//! What the loop does when something fails: server, key, report, disk, machine.

use std::io;

use super::*;
use crate::agent::files::{self, Readers};
use crate::agent::spool::Bounds;

#[test]
fn after_three_days_away_all_reports_come_in_order_with_their_times() {
    let mut scene = Scene::new(away);
    for _ in 0..3 {
        scene.pass(DAY);
        scene.restart();
    }
    let tries = scene.take_attempts();
    // One or two in an hour, once the wait has grown: neither silent nor a burden.
    assert!((72..400).contains(&tries.len()), "{}", tries.len());
    assert_eq!(scene.problems(), [ProblemKind::Server]);
    let collected = scene.seen.borrow().collected;
    assert_eq!(scene.status().spooled, collected);
    scene.serve(taken);
    scene.pass(2 * HOUR);
    let times: Vec<i64> = scene.attempts().iter().map(|attempt| attempt.collected_at.0).collect();
    assert!(times.len() >= collected && times.is_sorted_by(|left, right| left < right), "{times:?}");
    assert!(times[0] <= START + 60, "the first report of all comes first");
    let status = scene.status();
    assert_eq!((status.spooled, status.problems, status.dropped), (0, vec![], vec![]));
}

#[test]
fn the_wait_grows_with_each_failure_and_ends_with_the_first_success() {
    let mut scene = Scene::new(away);
    scene.pass(2 * HOUR);
    let attempts = scene.take_attempts();
    let early = attempts.iter().filter(|attempt| attempt.at < 600).count();
    assert!((3..=30).contains(&early), "{attempts:?}");
    assert!(gaps(&attempts).iter().all(|gap| (5..=3960).contains(gap)), "{attempts:?}");
    scene.serve(taken);
    scene.pass(2 * HOUR);
    scene.take_attempts();
    assert_eq!(scene.runner.failures, 0);
}

#[test]
fn retry_after_is_honoured_up_to_a_limit() {
    for (said, least) in [(Some(1800), 1800), (Some(7200), 7200), (Some(u32::MAX), 6 * 3600), (None, 5)] {
        let mut scene = Scene::new(move |_: &Attempt| Delivery::Busy("The appliance is busy".to_owned(), said));
        scene.pass(DAY);
        let gaps = gaps(&scene.attempts());
        assert!(gaps.len() >= 3 && gaps.iter().all(|gap| *gap >= least), "{said:?}: {gaps:?}");
        assert_eq!(scene.problems(), [ProblemKind::Server]);
    }
}

#[test]
fn a_refused_key_is_tried_hourly_and_a_new_enrolment_goes_on_at_once() {
    let mut scene = Scene::new(|attempt: &Attempt| match attempt.api_key.as_str() {
        "new key" => Delivery::Taken(Box::default()),
        _ => Delivery::KeyRefused("The appliance does not accept this API key".to_owned()),
    });
    scene.pass(DAY);
    let attempts = scene.take_attempts();
    assert!((20..=25).contains(&attempts.len()) && gaps(&attempts).iter().all(|gap| *gap >= 3600), "{attempts:?}");
    let status = scene.status();
    assert_eq!(scene.problems(), [ProblemKind::Key]);
    assert!(status.problems[0].detail.contains("agent enroll"), "{status:?}");
    assert!(status.problems[0].since.seconds_since(Time(START)) <= 60);
    let spooled = status.spooled;
    scene.state().keep(&Enrollment { api_key: "new key".to_owned(), ..example() }).unwrap();
    scene.pass(60);
    assert_eq!(scene.attempts().len(), spooled + 1);
    assert_eq!((scene.problems(), scene.status().spooled), (vec![], 0));
}

#[test]
fn a_refused_report_is_given_up_and_noted_and_the_next_one_goes() {
    let mut number = 0;
    let mut scene = Scene::new(move |_: &Attempt| {
        number += 1;
        if number <= 2 {
            Delivery::Refused("security.firewall_enabled must be a boolean".to_owned())
        } else {
            Delivery::Taken(Box::default())
        }
    });
    scene.pass(HOUR / 2);
    assert_eq!(scene.take_attempts().iter().map(|attempt| attempt.is_whole).collect::<Vec<_>>(), [true, false]);
    let status = scene.status();
    assert_eq!((status.spooled, status.problems, status.last_sent_at), (0, vec![], None));
    assert_eq!(status.dropped.len(), 1);
    assert!(status.dropped[0].why.contains("firewall_enabled"));
    scene.pass(HOUR);
    assert_eq!(scene.attempts().len(), 1);
    assert!(scene.status().last_sent_at.is_some());
}

#[test]
fn a_device_that_became_personal_loses_no_report_and_collects_less() {
    let personal = |attempt: &Attempt| match attempt.is_whole {
        true => Delivery::Refused("`network` is not taken from a personal device".to_owned()),
        false => Delivery::Taken(Box::new(Answer { ownership: Some("personal".to_owned()), ..Answer::default() })),
    };
    let mut scene = Scene::new(personal);
    scene.pass(5 * HOUR);
    let whole: Vec<bool> = scene.take_attempts().iter().map(|attempt| attempt.is_whole).collect();
    assert!(whole.len() >= 5 && whole[0] && !whole[1..].contains(&true), "{whole:?}");
    let status = scene.status();
    assert!(status.personal && status.dropped[0].why.contains("Only the security facts"), "{status:?}");
    // And a company's again.
    scene.serve(|_: &Attempt| Delivery::Taken(Box::new(Answer { ownership: Some("company".to_owned()), ..Answer::default() })));
    scene.pass(5 * HOUR);
    assert!(scene.attempts().last().unwrap().is_whole);
}

#[test]
fn one_report_over_which_the_server_falls_does_not_hold_up_the_others() {
    let poisoned = |attempt: &Attempt| {
        if attempt.collected_at.0 < START + 70 { Delivery::Faulty("status 500".to_owned()) } else { Delivery::Taken(Box::default()) }
    };
    let mut scene = Scene::new(poisoned);
    scene.pass(8 * HOUR);
    let status = scene.status();
    assert_eq!((status.spooled, status.problems), (0, vec![]));
    assert_eq!(status.dropped.len(), 1);
    assert!(status.last_sent_at.is_some());
    // A server that falls over everything loses nothing.
    let mut broken = Scene::new(|_: &Attempt| Delivery::Faulty("status 500".to_owned()));
    broken.pass(DAY);
    assert_eq!((broken.status().spooled, broken.status().dropped), (broken.seen.borrow().collected, vec![]));
    assert!(broken.attempts().len() < 200, "{}", broken.attempts().len());
}

#[test]
fn a_half_written_file_is_set_aside_and_the_rest_is_sent() {
    let mut scene = Scene::new(away);
    scene.pass(3 * HOUR);
    let folder = scene.state().spool();
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let whole = std::fs::read(&files[1]).unwrap();
    std::fs::write(&files[1], &whole[..whole.len() / 2]).unwrap();
    scene.restart();
    scene.take_attempts();
    scene.serve(taken);
    scene.pass(60);
    assert_eq!(scene.attempts().len(), files.len(), "all but one, and a new one");
    assert_eq!((scene.status().spooled, scene.problems()), (0, vec![]));
}

#[test]
fn on_a_disk_that_takes_nothing_the_newest_report_is_still_sent() {
    let full = |folder| Spool::with(folder, Bounds::default(), |_, _| Err(io::Error::from(io::ErrorKind::StorageFull)));
    let mut scene = Scene::with_spool(taken, full);
    scene.pass(2 * HOUR);
    assert!(scene.attempts().len() >= 2);
    assert_eq!(scene.problems(), [ProblemKind::Storage]);
    scene.serve(away);
    scene.pass(5 * HOUR);
    assert_eq!(scene.status().spooled, 1);
    scene.take_attempts();
    scene.serve(taken);
    scene.pass(2 * HOUR);
    let newest = scene.attempts()[0].collected_at;
    assert!(newest.0 > START + 5 * 3600, "{newest}");
}

#[test]
fn a_full_disk_that_gets_room_again_is_no_problem_any_more() {
    thread_local!(static FULL: std::cell::Cell<bool> = const { std::cell::Cell::new(true) });
    let write = |path: &std::path::Path, bytes: &[u8]| match FULL.get() {
        true => Err(io::Error::from(io::ErrorKind::StorageFull)),
        false => files::write_whole(path, bytes, Readers::Owner),
    };
    let mut scene = Scene::with_spool(away, |folder| Spool::with(folder, Bounds::default(), write));
    scene.pass(2 * HOUR);
    assert_eq!(scene.problems(), [ProblemKind::Server, ProblemKind::Storage]);
    FULL.set(false);
    scene.pass(2 * HOUR);
    assert_eq!(scene.problems(), [ProblemKind::Server]);
}

#[test]
fn another_machine_with_a_copied_disk_sends_nothing() {
    let mut scene = Scene::new(taken);
    scene.seen.borrow_mut().serial = "OTHER1".to_owned();
    scene.pass(DAY);
    assert_eq!(scene.attempts(), []);
    assert_eq!(scene.problems(), [ProblemKind::OtherMachine]);
    scene.state().keep(&Enrollment { serial_number: "OTHER1".to_owned(), device_id: "dev_2".to_owned(), ..example() }).unwrap();
    scene.pass(60);
    assert_eq!((scene.attempts().len(), scene.problems()), (1, vec![]));
}

#[test]
fn a_machine_that_can_not_be_looked_at_is_said_and_tried_again() {
    let mut scene = Scene::new(taken);
    scene.seen.borrow_mut().collects = false;
    scene.pass(DAY);
    assert_eq!((scene.attempts(), scene.problems()), (vec![], vec![ProblemKind::Collect]));
    scene.seen.borrow_mut().collects = true;
    scene.pass(2 * HOUR);
    assert_eq!((scene.attempts().is_empty(), scene.problems()), (false, vec![]));
}

#[test]
fn damaged_state_goes_on_with_what_is_known_and_a_removed_one_ends_it() {
    let mut scene = Scene::new(taken);
    scene.pass(HOUR / 2);
    let file = scene.state().path().join("private/enrollment.json");
    std::fs::write(&file, "{").unwrap();
    scene.pass(2 * HOUR);
    assert!(scene.attempts().len() >= 2);
    assert_eq!(scene.problems(), [ProblemKind::Storage]);
    std::fs::write(scene.state().status(), "{\"ser").unwrap();
    scene.pass(2 * HOUR);
    assert!(scene.status().last_sent_at.is_some());
    std::fs::remove_file(file).unwrap();
    assert!(scene.runner.turn().unwrap_err().detail.contains("not enrolled"));
    assert!(Runner::new(Simulated(scene.seen.clone()), scene.state(), Spool::new(scene.state().spool()), RunOptions::default()).is_err());
}
