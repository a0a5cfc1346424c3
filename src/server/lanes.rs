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

    /// Where a job of `lane` may wait for its client, if that lane lets another run meanwhile.
    pub fn place(&self, lane: Lane) -> Option<Place> {
        (aside_max(lane) > 0).then(|| Place(self.queues[index(lane)].clone()))
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
            state.threads == queue.size.threads + aside_max(queue.lane) && !stuck
        })
    }
}

impl Drop for Lanes {
    fn drop(&mut self) {
        self.close();
    }
}

/// The place of a job that may wait for its client: while it does, another may run.
pub(super) struct Place(Arc<Queue>);

impl Place {
    /// Runs `wait` without taking up a place; afterwards waits for one.
    pub fn aside<T>(&self, wait: impl FnOnce() -> T) -> T {
        self.0.lock().aside += 1;
        self.0.changed.notify_all();
        let result = wait();
        let mut state = self.0.lock();
        while !state.has_place(&self.0) {
            state = self.0.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.aside -= 1;
        result
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
    /// How many of them wait for their clients.
    aside: usize,
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
            if state.has_place(self)
                && let Some(next) = state.next()
            {
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
        if aside_max(self.lane) > 0 {
            self.changed.notify_all();
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
    /// Whether one more may run that does not wait for its client.
    fn has_place(&self, queue: &Queue) -> bool {
        self.running - self.aside < queue.size.threads
    }

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

/// Jobs of a lane that may wait for their clients beside those that run.
fn aside_max(lane: Lane) -> usize {
    if lane == Lane::Report { limits::REPORT_STREAMS_ASIDE_MAX } else { 0 }
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
    let state = State { jobs, running: 0, aside: 0, running_by_address, threads: 0, open: true, last_progress: Instant::now() };
    let queue = Arc::new(Queue { lane, size, counters, state: Mutex::new(state), changed: Condvar::new(), idle: Condvar::new() });
    for number in 0..size.threads + aside_max(lane) {
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
mod tests;
