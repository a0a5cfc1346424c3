//! Lanes of worker threads behind bounded queues, so that no kind of work can hold up another, and within each a turn for every address,
//! so that nobody's many requests can hold up another's few.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::accept::address_group;
use super::counters::{Counters, LaneCounters};
use super::settings::{Caps, LaneSize};
use crate::error::{Error, Result};
use crate::http::Lane;
use crate::limits;

/// Work for a lane.
pub(super) type Job = Box<dyn FnOnce() + Send>;

/// The queue of a lane is full, or the server is stopping.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Full;

/// The lanes and their threads. The threads end when the lanes are closed or dropped, each after the job it is at.
pub(super) struct Lanes {
    queues: [Arc<Queue>; 6],
}

impl Lanes {
    /// Starts all threads; fails when the system refuses one.
    pub fn start(caps: &Caps, counters: &Arc<Counters>) -> Result<Lanes> {
        let start = |lane, size, name| start_lane(lane, size, name, counters.clone());
        // In the order of `index`.
        let queues = [
            start(Lane::Quick, caps.quick, "quick")?,
            start(Lane::Intake, caps.intake, "intake")?,
            start(Lane::Large, caps.large, "large")?,
            start(Lane::Download, caps.download, "download")?,
            start(Lane::SignIn, caps.sign_in, "sign-in")?,
            start(Lane::Report, caps.report, "report")?,
        ];
        Ok(Lanes { queues })
    }

    /// Queues `job` for `peer`, or says at once that there is no room. In a full queue the address with the most jobs loses its newest to one
    /// that has fewer: that job is dropped.
    pub fn submit(&self, lane: Lane, peer: IpAddr, job: Job) -> std::result::Result<(), Full> {
        self.queues[index(lane)].push(Waiting { from: address_group(peer), job })
    }

    /// Takes no more jobs and lets the threads end once the queues are empty.
    pub fn close(&self) {
        for queue in &self.queues {
            queue.lock().open = false;
            queue.changed.notify_all();
        }
    }

    /// Waits until nothing is queued or running, at most until `deadline`; says whether that came true.
    pub fn wait_idle(&self, deadline: Instant) -> bool {
        self.queues.iter().all(|queue| queue.wait_idle(deadline))
    }

    /// Whether every thread lives and no lane is stuck. Reports and downloads may take long, so theirs can't be told from a stuck one.
    pub fn healthy(&self) -> bool {
        self.queues.iter().all(|queue| {
            let state = queue.lock();
            let slow = matches!(queue.lane, Lane::Report | Lane::Download);
            let stuck = !slow && !state.jobs.is_empty() && state.last_progress.elapsed() > limits::LANE_STALL_MAX;
            state.threads == queue.size.threads && !stuck
        })
    }
}

impl Drop for Lanes {
    fn drop(&mut self) {
        self.close();
    }
}

struct Queue {
    lane: Lane,
    size: LaneSize,
    counters: Arc<Counters>,
    state: Mutex<State>,
    /// A job came, or the queue was closed.
    changed: Condvar,
    /// The last job ended.
    idle: Condvar,
}

struct Waiting {
    from: IpAddr,
    job: Job,
}

struct State {
    /// Oldest first.
    jobs: VecDeque<Waiting>,
    running: usize,
    /// How many of them are whose; only addresses that have any.
    running_by_address: HashMap<IpAddr, usize>,
    threads: usize,
    open: bool,
    last_progress: Instant,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs under this lock, so the state is whole even after a panic elsewhere.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn counters(&self) -> &LaneCounters {
        self.counters.lane(self.lane)
    }

    fn push(&self, waiting: Waiting) -> std::result::Result<(), Full> {
        let mut state = self.lock();
        let has_room = state.jobs.len() < self.size.queue_max;
        let given_up = if has_room { None } else { state.give_up_for(waiting.from) };
        if !has_room {
            self.counters().refused.add_one();
        }
        if !state.open || !(has_room || given_up.is_some()) {
            return Err(Full);
        }
        if state.jobs.is_empty() {
            state.last_progress = Instant::now();
        }
        state.jobs.push_back(waiting);
        self.publish(&state);
        drop(state);
        // Tells whoever waits for it, so not under the lock.
        drop(given_up);
        self.changed.notify_one();
        Ok(())
    }

    /// The next job; `None` once the queue is closed and empty.
    fn take(&self) -> Option<Waiting> {
        let mut state = self.lock();
        loop {
            if let Some(next) = state.next() {
                state.running += 1;
                *state.running_by_address.entry(next.from).or_default() += 1;
                self.publish(&state);
                return Some(next);
            }
            if !state.open {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn finished(&self, from: IpAddr) {
        let mut state = self.lock();
        state.running -= 1;
        if let Some(running) = state.running_by_address.get_mut(&from) {
            *running -= 1;
            if *running == 0 {
                state.running_by_address.remove(&from);
            }
        }
        state.last_progress = Instant::now();
        self.publish(&state);
        if state.running == 0 && state.jobs.is_empty() {
            self.idle.notify_all();
        }
    }

    fn wait_idle(&self, deadline: Instant) -> bool {
        let mut state = self.lock();
        while state.running > 0 || !state.jobs.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left == Duration::ZERO {
                return false;
            }
            state = self.idle.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    fn publish(&self, state: &State) {
        self.counters().queued.set(state.jobs.len());
        self.counters().running.set(state.running);
    }
}

impl State {
    /// The oldest job of the address that has the fewest running. The queue is short, so looking through it costs less than the job.
    fn next(&mut self) -> Option<Waiting> {
        let running = |waiting: &Waiting| self.running_by_address.get(&waiting.from).copied().unwrap_or(0);
        let (position, _) = self.jobs.iter().enumerate().min_by_key(|(_, waiting)| running(waiting))?;
        self.jobs.remove(position)
    }

    /// The newest job of the address that has the most queued, if `from` will still have fewer with one more.
    fn give_up_for(&mut self, from: IpAddr) -> Option<Waiting> {
        let mut queued: HashMap<IpAddr, usize> = HashMap::new();
        for waiting in &self.jobs {
            *queued.entry(waiting.from).or_default() += 1;
        }
        let own = queued.get(&from).copied().unwrap_or(0);
        let (greediest, most) = queued.into_iter().max_by_key(|(_, jobs)| *jobs)?;
        if own + 1 >= most {
            return None;
        }
        let position = self.jobs.iter().rposition(|waiting| waiting.from == greediest)?;
        self.jobs.remove(position)
    }
}

fn index(lane: Lane) -> usize {
    match lane {
        Lane::Quick => 0,
        Lane::Intake => 1,
        Lane::Large => 2,
        Lane::Download => 3,
        Lane::SignIn => 4,
        Lane::Report => 5,
    }
}

fn start_lane(lane: Lane, size: LaneSize, name: &str, counters: Arc<Counters>) -> Result<Arc<Queue>> {
    let (jobs, running_by_address) = (VecDeque::new(), HashMap::new());
    let state = State { jobs, running: 0, running_by_address, threads: 0, open: true, last_progress: Instant::now() };
    let queue = Arc::new(Queue { lane, size, counters, state: Mutex::new(state), changed: Condvar::new(), idle: Condvar::new() });
    for number in 0..size.threads {
        let worker_queue = queue.clone();
        let builder = thread::Builder::new().name(format!("{name}-{number}")).stack_size(limits::WORKER_STACK_BYTES);
        if let Err(error) = builder.spawn(move || work(&worker_queue)) {
            // Lets those already started end.
            queue.lock().open = false;
            queue.changed.notify_all();
            return Err(Error::internal(format!("can't start worker thread {name}-{number}: {error}")));
        }
        queue.lock().threads += 1;
    }
    Ok(queue)
}

fn work(queue: &Queue) {
    while let Some(Waiting { from, job }) = queue.take() {
        // The job fences the service itself and answers 500; this is for what is left, so that the thread lives on whatever happens.
        if catch_unwind(AssertUnwindSafe(job)).is_err() {
            queue.counters().panics.add_one();
        }
        queue.finished(from);
    }
    queue.lock().threads -= 1;
}

#[cfg(test)]
mod tests {
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
}
