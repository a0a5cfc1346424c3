//! The time that a test sets: one clock for each test, that is for each thread, which moves only when told.

use std::cell::Cell;

use recoger::domain::time::Time;

/// When every test begins: 2026-01-01T00:00:00Z.
pub const START: Time = Time(1_767_225_600);

thread_local! {
    static NOW: Cell<Time> = const { Cell::new(START) };
}

/// The test's time. This is what `App::clock` is set to. A thread that a test starts begins at [`START`] again; give it [`set`].
pub fn now() -> Time {
    NOW.get()
}

/// Goes to `time`, forwards or back.
pub fn set(time: Time) {
    NOW.set(time);
}

/// Lets `seconds` pass.
pub fn advance(seconds: i64) {
    set(now().plus_seconds(seconds));
}

#[test]
fn time_passes_only_when_told() {
    set(START);
    advance(90);
    assert_eq!(now().seconds_since(START), 90);
}
