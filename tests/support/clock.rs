//! The time that a test sets: it moves only when told, and stands the same for every thread of one appliance.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use recoger::domain::time::Time;

/// When every test begins: 2026-01-01T00:00:00Z.
pub const START: Time = Time(1_767_225_600);

/// A clock in the test's hand; its clones show the same time.
#[derive(Debug, Clone)]
pub struct Clock(Arc<AtomicI64>);

impl Clock {
    /// A clock that shows [`START`].
    pub fn new() -> Clock {
        Clock(Arc::new(AtomicI64::new(START.0)))
    }

    /// The time it shows. This is what `App::clock` is set to.
    pub fn now(&self) -> Time {
        Time(self.0.load(Ordering::SeqCst))
    }

    /// Goes to `time`, forwards or back.
    pub fn set(&self, time: Time) {
        self.0.store(time.0, Ordering::SeqCst);
    }

    /// Lets `seconds` pass.
    pub fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

#[test]
fn time_passes_only_when_told_and_for_every_thread() {
    let clock = Clock::new();
    let other = clock.clone();
    std::thread::spawn(move || other.advance(90)).join().unwrap();
    assert_eq!(clock.now().seconds_since(START), 90);
    clock.set(START);
    assert_eq!(clock.now(), START);
}
