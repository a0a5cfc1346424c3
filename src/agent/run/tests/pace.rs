//! When the loop reports: the usual pace, clocks that jump, a server that asks for another pace.

use super::*;
use crate::agent::send::CheckVerdict;

#[test]
fn it_reports_at_its_interval_with_jitter_and_begins_at_a_random_moment() {
    let mut scene = Scene::new(taken);
    scene.pass(10 * DAY);
    let attempts = scene.attempts();
    assert!((230..=250).contains(&attempts.len()), "{}", attempts.len());
    assert!(attempts[0].at <= 60, "{:?}", attempts[0]);
    let gaps = gaps(&attempts);
    assert!(gaps.iter().all(|gap| (3240..=3960).contains(gap)), "{gaps:?}");
    assert!(gaps.iter().collect::<std::collections::BTreeSet<_>>().len() > 100, "no jitter");
    let status = scene.status();
    assert_eq!((status.problems, status.spooled), (vec![], 0));
    assert!(status.next_report_at.unwrap() > scene.seen.borrow().now.wall);
}

#[test]
fn sixty_laptops_that_start_together_do_not_come_together() {
    let mut firsts = std::collections::BTreeSet::new();
    let mut scene = Scene::new(taken);
    for number in 0..60_u32 {
        scene.seen.borrow_mut().random = number.wrapping_mul(2_654_435_769);
        let started = scene.seen.borrow().now.steady.as_secs();
        scene.restart();
        scene.pass(60);
        firsts.insert(scene.take_attempts()[0].at - started);
    }
    assert!(firsts.len() > 20, "{firsts:?}");
}

#[test]
fn the_servers_pace_is_followed_and_outlives_a_restart() {
    let answer =
        |seconds| move |_: &Attempt| Delivery::Taken(Box::new(Answer { report_interval_seconds: Some(seconds), ..Answer::default() }));
    let mut scene = Scene::new(answer(7200));
    scene.pass(DAY);
    assert!((11..=14).contains(&scene.take_attempts().len()));
    scene.serve(taken);
    scene.restart();
    scene.pass(DAY);
    assert!((11..=14).contains(&scene.take_attempts().len()));
    // A server can neither silence a device for ever nor drive it mad.
    scene.serve(answer(0));
    scene.pass(5 * HOUR);
    scene.take_attempts();
    scene.pass(HOUR);
    assert!((54..=67).contains(&scene.attempts().len()), "{}", scene.attempts().len());
}

#[test]
fn after_a_sleep_of_the_machine_it_reports_at_once() {
    let mut scene = Scene::new(taken);
    scene.pass(HOUR / 2);
    assert_eq!(scene.take_attempts().len(), 1);
    // The steady clock stands still meanwhile.
    let woken = scene.seen.borrow().now.wall.plus_seconds(8 * 3600);
    scene.seen.borrow_mut().now.wall = woken;
    scene.pass(60);
    let attempts = scene.take_attempts();
    assert_eq!(attempts.len(), 1);
    assert!(attempts[0].collected_at.seconds_since(woken) <= 30);
    scene.pass(HOUR / 2);
    assert_eq!(scene.attempts(), [], "and then goes on as usual");
}

#[test]
fn a_clock_set_back_delays_nothing() {
    let mut scene = Scene::new(taken);
    scene.pass(HOUR / 2);
    scene.take_attempts();
    let back = scene.seen.borrow().now.wall.plus_seconds(-400 * 86_400);
    scene.seen.borrow_mut().now.wall = back;
    scene.pass(3 * HOUR);
    assert!((2..=4).contains(&scene.attempts().len()), "{:?}", scene.attempts());
    assert!(scene.status().next_report_at.unwrap().seconds_since(scene.seen.borrow().now.wall) <= 3960);
}

#[test]
fn people_are_told_of_a_failure_once_unless_nobody_wants_it() {
    let failing = |_: &Attempt| {
        let check =
            CheckVerdict { check_id: "x".to_owned(), title: "Disk".to_owned(), status: "fail".to_owned(), ..CheckVerdict::default() };
        Delivery::Taken(Box::new(Answer { checks: vec![check], ..Answer::default() }))
    };
    let mut scene = Scene::new(failing);
    scene.pass(DAY);
    scene.restart();
    scene.pass(DAY);
    assert_eq!(scene.seen.borrow().told, ["Not fulfilled: Disk"]);
    let mut silent = Scene::new(failing);
    silent.state().keep(&Enrollment { notify: false, ..example() }).unwrap();
    silent.pass(DAY);
    let mut silenced = Scene::new(failing);
    silenced.runner.options.silent = true;
    silenced.pass(DAY);
    assert!(silent.seen.borrow().told.is_empty() && silenced.seen.borrow().told.is_empty());
}
