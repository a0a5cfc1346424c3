//! When to look and when to send: alarms by two clocks, jitter, and the wait after a failure.

use std::time::Duration;

use crate::domain::time::Time;
use crate::limits::{REPORT_JITTER, RETRY_SECONDS_FIRST, RETRY_SECONDS_MAX, RETRY_SECONDS_MIN};

/// A reading of both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// What a calendar says; somebody may set it, and it goes on while the machine sleeps.
    pub wall: Time,
    /// Time since some moment; never goes back, and may stand still while the machine sleeps.
    pub steady: Duration,
}

/// Rings once either clock has come far enough. Set back, the wall clock can't delay it; after a sleep of the machine, the steady one can't.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Alarm(Now);

impl Alarm {
    /// Rings `seconds` after `now`.
    pub fn after(now: Now, seconds: u32) -> Alarm {
        let wall = now.wall.plus_seconds(i64::from(seconds));
        Alarm(Now { wall, steady: now.steady + Duration::from_secs(seconds.into()) })
    }

    pub fn rings(&self, now: Now) -> bool {
        now.steady >= self.0.steady || now.wall >= self.0.wall
    }

    /// Time until it rings if nobody touches the clocks.
    pub fn left(&self, now: Now) -> Duration {
        if self.rings(now) { Duration::ZERO } else { self.0.steady - now.steady }
    }

    /// When it rings, by the calendar of `now`: the wall clock may have been set since.
    pub fn at(&self, now: Now) -> Time {
        now.wall.plus_seconds(i64::try_from(self.left(now).as_secs()).unwrap_or(i64::MAX))
    }
}

/// `interval` seconds, shorter or longer by up to [`REPORT_JITTER`]. `random` is from 0 to below 1.
pub(super) fn jittered(interval: u32, random: f64) -> u32 {
    scaled(interval, 1.0 - REPORT_JITTER + 2.0 * REPORT_JITTER * random).max(1)
}

/// Seconds to wait after the `failures`-th failed attempt in a row: at random below a bound that doubles. The bound ends at `interval`,
/// the pace which the server itself has set.
pub(super) fn retry_after(failures: u32, interval: u32, random: f64) -> u32 {
    let doubled = RETRY_SECONDS_FIRST.saturating_mul(1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX));
    let bound = doubled.min(RETRY_SECONDS_MAX).min(interval).max(1);
    scaled(bound, random).clamp(RETRY_SECONDS_MIN.min(bound), bound)
}

/// A random part of `seconds`.
pub(super) fn scaled(seconds: u32, factor: f64) -> u32 {
    // Between 0 and 1.1 times an u32 of at most a week: no sign and no overflow to lose.
    (f64::from(seconds) * factor).round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now(wall: i64, steady: u64) -> Now {
        Now { wall: Time(wall), steady: Duration::from_secs(steady) }
    }

    #[test]
    fn an_alarm_rings_by_whichever_clock_comes_first() {
        let alarm = Alarm::after(now(1000, 50), 100);
        for (title, wall, steady, rings) in [
            ("at once", 1000, 50, false),
            ("just before", 1099, 149, false),
            ("in time", 1100, 150, true),
            ("the machine slept", 5000, 60, true),
            ("the clock was set back", 10, 150, true),
            ("set back, not yet", 10, 149, false),
        ] {
            assert_eq!(alarm.rings(now(wall, steady)), rings, "{title}");
        }
        assert_eq!(alarm.left(now(1040, 90)), Duration::from_secs(60));
        assert_eq!((alarm.at(now(10, 90)), alarm.left(now(5000, 60))), (Time(70), Duration::ZERO));
    }

    #[test]
    fn jitter_stays_within_a_tenth() {
        assert_eq!([0.0, 0.5, 0.999_999].map(|random| jittered(3600, random)), [3240, 3600, 3960]);
        assert_eq!(jittered(1, 0.0), 1);
    }

    #[test]
    fn the_wait_grows_at_random_up_to_a_bound() {
        let longest = |failures| retry_after(failures, 86_400, 0.999_999);
        assert_eq!([1, 2, 3, 7, 8, 40, u32::MAX].map(longest), [30, 60, 120, 1920, 3600, 3600, 3600]);
        assert_eq!([1, 8].map(|failures| retry_after(failures, 86_400, 0.0)), [5, 5]);
        assert_eq!(retry_after(4, 86_400, 0.5), 120);
        // Never slower than the usual pace.
        assert_eq!((retry_after(9, 600, 0.999_999), retry_after(9, 1, 0.0)), (600, 1));
    }
}
