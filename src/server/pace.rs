//! How much one poll of a connection may move, and how much an address over time, before they need a turn.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use crate::limits;

/// What one poll of a connection may move. Outside of a poll there is no bound.
pub(super) struct Pace {
    bytes: AtomicUsize,
    bytes_max: AtomicUsize,
    cut_short: AtomicBool,
}

/// What a poll did.
pub(super) struct Moved {
    /// Bytes that came and went.
    pub bytes: usize,
    /// Whether more would have.
    pub cut_short: bool,
}

impl Pace {
    /// Without bound for now.
    pub fn new() -> Pace {
        Pace { bytes: AtomicUsize::new(0), bytes_max: AtomicUsize::new(usize::MAX), cut_short: AtomicBool::new(false) }
    }

    /// Whether this poll has moved what it may. Whoever asks goes on only if not, so a yes cuts the poll short.
    pub fn is_used_up(&self) -> bool {
        let used_up = self.bytes.load(Ordering::Relaxed) >= self.bytes_max.load(Ordering::Relaxed);
        if used_up {
            self.cut_short.store(true, Ordering::Relaxed);
        }
        used_up
    }

    /// So many bytes came or went.
    pub fn count(&self, bytes: usize) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// A poll begins that may move so much.
    pub fn begin(&self, bytes_max: usize) {
        self.bytes.store(0, Ordering::Relaxed);
        self.bytes_max.store(bytes_max, Ordering::Relaxed);
    }

    /// The poll is over.
    pub fn end(&self) -> Moved {
        self.bytes_max.store(usize::MAX, Ordering::Relaxed);
        Moved { bytes: self.bytes.swap(0, Ordering::Relaxed), cut_short: self.cut_short.swap(false, Ordering::Relaxed) }
    }
}

/// What an address moves over time, on all its connections.
#[derive(Debug, Default)]
pub(super) struct Flow(Mutex<Ebb>);

#[derive(Debug, Default)]
struct Ebb {
    /// Bytes moved, less what time has forgiven.
    bytes: usize,
    /// Until when it has.
    until: Option<Instant>,
}

impl Flow {
    /// Whether it has moved so much that it has to wait for turns.
    pub fn is_used_up(&self, now: Instant) -> bool {
        let mut ebb = self.lock();
        let forgiven = ebb.until.map_or(0, |until| now.duration_since(until).as_millis() as usize * limits::FLOW_BYTES_PER_MILLISECOND);
        if forgiven > 0 || ebb.until.is_none() {
            ebb.bytes = ebb.bytes.saturating_sub(forgiven);
            ebb.until = Some(now);
        }
        ebb.bytes >= limits::FLOW_BYTES
    }

    /// So many bytes came or went.
    pub fn count(&self, bytes: usize) {
        if bytes > 0 {
            let mut ebb = self.lock();
            ebb.bytes = ebb.bytes.saturating_add(bytes).min(2 * limits::FLOW_BYTES);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Ebb> {
        // Nothing under this lock can panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_flow_is_forgiven_as_time_passes() {
        let (flow, start) = (Flow::default(), Instant::now());
        let after = |milliseconds| flow.is_used_up(start + Duration::from_millis(milliseconds));
        assert!(!after(0));
        flow.count(limits::FLOW_BYTES - 1);
        assert!(!after(0));
        flow.count(1);
        assert!(after(0));
        assert!(!after(1));
        flow.count(limits::FLOW_BYTES_PER_MILLISECOND);
        assert!(after(1));
        flow.count(usize::MAX);
        let milliseconds = (limits::FLOW_BYTES / limits::FLOW_BYTES_PER_MILLISECOND) as u64;
        assert!(after(1 + milliseconds));
        assert!(!after(10 + 2 * milliseconds), "however much it was");
    }

    #[test]
    fn outside_of_a_poll_nothing_is_cut_short() {
        let pace = Pace::new();
        pace.count(limits::TURN_BYTES);
        assert!(!pace.is_used_up());
        pace.begin(2);
        pace.count(2);
        assert!(pace.is_used_up());
        let Moved { bytes, cut_short } = pace.end();
        assert_eq!((bytes, cut_short), (2, true));
        assert!(!pace.is_used_up() && !pace.end().cut_short);
    }
}
