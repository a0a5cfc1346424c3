//! Queues, turns and places.

use std::sync::mpsc;

use super::*;

const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::BROADCAST);

fn lanes(threads: usize, queue_max: usize) -> (Lanes, Arc<Counters>) {
    let size = LaneSize { threads, queue_max };
    let caps = Caps { quick: size, intake: size, large: size, sign_in: size, report: size, ..Caps::default() };
    let counters = Arc::new(Counters::default());
    (Lanes::start(&caps, &counters).unwrap(), counters)
}

#[test]
fn a_full_queue_says_so_at_once_and_other_lanes_go_on() {
    let (lanes, counters) = lanes(1, 2);
    let (started, has_started) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let blocker = move || {
        started.send(()).unwrap();
        released.recv().unwrap();
    };
    assert_eq!(lanes.submit(Lane::Quick, PEER, Box::new(blocker)), Ok(()));
    has_started.recv().unwrap();
    assert_eq!(lanes.submit(Lane::Quick, PEER, Box::new(|| ())), Ok(()));
    assert_eq!(lanes.submit(Lane::Quick, PEER, Box::new(|| ())), Ok(()));
    assert_eq!(lanes.submit(Lane::Quick, PEER, Box::new(|| ())), Err(Full));
    assert_eq!((counters.quick.queued.get(), counters.quick.running.get(), counters.quick.refused.get()), (2, 1, 1));

    let (done, is_done) = mpsc::channel();
    assert_eq!(lanes.submit(Lane::Report, PEER, Box::new(move || done.send(()).unwrap())), Ok(()));
    is_done.recv().unwrap();
    release.send(()).unwrap();
    assert!(lanes.wait_idle(Instant::now() + Duration::from_secs(10)));
}

#[test]
fn a_panicking_job_costs_no_thread() {
    let (lanes, counters) = lanes(1, 8);
    for _ in 0..3 {
        lanes.submit(Lane::SignIn, PEER, Box::new(|| panic!("on purpose"))).unwrap();
    }
    assert!(lanes.wait_idle(Instant::now() + Duration::from_secs(10)));
    assert!(lanes.healthy());
    assert_eq!(counters.sign_in.panics.get(), 3);
}

#[test]
fn closing_lets_queued_work_finish_and_takes_no_more() {
    let (lanes, _) = lanes(1, 8);
    let (done, is_done) = mpsc::channel();
    for number in 0..5 {
        let done = done.clone();
        lanes.submit(Lane::Quick, PEER, Box::new(move || done.send(number).unwrap())).unwrap();
    }
    lanes.close();
    assert_eq!(lanes.submit(Lane::Quick, PEER, Box::new(|| ())), Err(Full));
    assert!(lanes.wait_idle(Instant::now() + Duration::from_secs(10)));
    assert_eq!(is_done.try_iter().collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
}

/// A lane of which one thread is at a job of [`PEER`] until the sender is used.
fn blocked(threads: usize, queue_max: usize) -> (Lanes, Arc<Counters>, mpsc::Sender<()>) {
    let (lanes, counters) = lanes(threads, queue_max);
    let (started, has_started) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let blocker = move || {
        started.send(()).unwrap();
        released.recv().unwrap();
    };
    lanes.submit(Lane::Quick, PEER, Box::new(blocker)).unwrap();
    has_started.recv().unwrap();
    (lanes, counters, release)
}

#[test]
fn who_has_none_running_comes_before_who_has() {
    let (lanes, _, release) = blocked(2, 8);
    let (go_on, goes_on) = mpsc::channel::<()>();
    let second = lanes.submit(Lane::Quick, PEER, Box::new(move || goes_on.recv().unwrap()));
    assert_eq!(second, Ok(()));
    let (done, is_done) = mpsc::channel();
    for (peer, name) in [(PEER, "1"), (PEER, "2"), (OTHER, "other"), (PEER, "3")] {
        let done = done.clone();
        lanes.submit(Lane::Quick, peer, Box::new(move || done.send(name).unwrap())).unwrap();
    }
    release.send(()).unwrap();
    let in_order: Vec<&str> = (0..4).map(|_| is_done.recv().unwrap()).collect();
    assert_eq!(in_order, ["other", "1", "2", "3"]);
    go_on.send(()).unwrap();
    assert!(lanes.wait_idle(Instant::now() + Duration::from_secs(10)));
}

#[test]
fn in_a_full_queue_the_greediest_gives_up_its_newest_for_who_has_fewer() {
    let (lanes, counters, release) = blocked(1, 3);
    let (done, is_done) = mpsc::channel();
    let submit = |peer, name| {
        let done = done.clone();
        lanes.submit(Lane::Quick, peer, Box::new(move || done.send(name).unwrap()))
    };
    for name in ["1", "2", "3"] {
        assert_eq!(submit(PEER, name), Ok(()));
    }
    assert_eq!(submit(PEER, "4"), Err(Full));
    assert_eq!(submit(OTHER, "other"), Ok(()));
    assert_eq!(submit(OTHER, "too many"), Err(Full), "two of three are not fewer");
    assert_eq!((counters.quick.queued.get(), counters.quick.refused.get()), (3, 3));
    release.send(()).unwrap();
    assert!(lanes.wait_idle(Instant::now() + Duration::from_secs(10)));
    assert_eq!(is_done.try_iter().collect::<Vec<_>>(), ["1", "2", "other"]);
}
