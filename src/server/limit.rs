//! How many requests a credential or an address may make: fixed windows at the UTC minute and day.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use crate::domain::access::Allowance;
use crate::domain::time::{DAY, Time};
use crate::limits::{ADDRESS_REQUESTS_PER_MINUTE, LIMITER_KEYS_MAX, SIGN_INS_PER_MINUTE};
use crate::store::rate_windows::RateWindow;

/// Seconds of the shorter window.
const MINUTE: i64 = 60;

/// Whose requests are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Key {
    /// A user or an API key.
    Credential(String),
    /// Requests without a credential, by address (IPv6: by /64, since a host has as many addresses as it likes).
    Address(IpAddr),
    /// Sign-ins, by address.
    SignIn(IpAddr),
    /// Everybody who came when the table was full of others.
    Overflow,
}

/// Where a key stands after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Whether this request is within the limits.
    pub allowed: bool,
    /// The limit of the window with fewer requests left.
    pub limit: u32,
    /// What is left in that window.
    pub remaining: u32,
    /// When that window ends.
    pub reset: Time,
}

/// The counters, in memory.
#[derive(Default)]
pub struct Limiter {
    keys: Mutex<HashMap<Key, Windows>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Windows {
    minute: Window,
    day: Window,
    /// Something was counted since the windows were kept.
    changed: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct Window {
    number: i64,
    requests: u32,
}

/// The key of an address.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) & !u128::from(u64::MAX)).into()),
    }
}

impl Key {
    /// Requests without a credential from `address`.
    pub fn address(address: IpAddr) -> Key {
        Key::Address(network(address))
    }

    /// Sign-ins from `address`.
    pub fn sign_in(address: IpAddr) -> Key {
        Key::SignIn(network(address))
    }
}

/// What an address without a credential may do.
pub const ADDRESS_ALLOWANCE: Allowance = Allowance { per_minute: Some(ADDRESS_REQUESTS_PER_MINUTE), per_day: None };
/// How often an address may try to sign in.
pub const SIGN_IN_ALLOWANCE: Allowance = Allowance { per_minute: Some(SIGN_INS_PER_MINUTE), per_day: None };

impl Limiter {
    /// Counts a request of `key` if it is within `allowance`; one that is refused does not count.
    pub fn count(&self, key: &Key, allowance: Allowance, now: Time) -> Standing {
        self.stand(key, allowance, now, true)
    }

    /// Where `key` stands, without counting.
    pub fn peek(&self, key: &Key, allowance: Allowance, now: Time) -> Standing {
        self.stand(key, allowance, now, false)
    }

    /// The credentials' windows to keep: the days in which something was counted since the last call, or all windows at the end of the
    /// program. Addresses are not kept: they are personal, and count by the minute only.
    pub fn changed(&self, at_end: bool) -> Vec<RateWindow> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let mut kept = Vec::new();
        for (key, windows) in keys.iter_mut().filter(|(_, windows)| windows.changed || at_end) {
            windows.changed = false;
            let Key::Credential(credential) = key else { continue };
            let window = |seconds, window: Window| RateWindow {
                credential: credential.clone(),
                seconds,
                begins_at: window.number * seconds,
                requests: window.requests,
            };
            kept.push(window(DAY, windows.day));
            if at_end {
                kept.push(window(MINUTE, windows.minute));
            }
        }
        kept
    }

    /// Goes on counting where the kept windows ended.
    pub fn restore(&self, windows: &[RateWindow]) {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        for kept in windows.iter().take(LIMITER_KEYS_MAX) {
            let windows = keys.entry(Key::Credential(kept.credential.clone())).or_default();
            let window = Window { number: kept.begins_at.div_euclid(kept.seconds), requests: kept.requests };
            if kept.seconds == DAY { windows.day = window } else { windows.minute = window }
        }
    }

    fn stand(&self, key: &Key, allowance: Allowance, now: Time, count: bool) -> Standing {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if count && keys.len() >= LIMITER_KEYS_MAX && !keys.contains_key(key) {
            let today = now.0.div_euclid(DAY);
            let minute = now.0.div_euclid(MINUTE);
            keys.retain(|key, windows| match key {
                Key::Credential(_) => windows.day.number == today,
                _ => windows.minute.number == minute,
            });
        }
        let key = if keys.len() >= LIMITER_KEYS_MAX && !keys.contains_key(key) { &Key::Overflow } else { key };
        let mut windows = keys.get(key).copied().unwrap_or_default();
        windows.minute.turn(now.0.div_euclid(MINUTE));
        windows.day.turn(now.0.div_euclid(DAY));
        let minute_end = Time((windows.minute.number + 1) * MINUTE);
        let day_end = Time((windows.day.number + 1) * DAY);
        let left = |limit: Option<u32>, window: Window| limit.map_or(u32::MAX, |limit| limit.saturating_sub(window.requests));
        let allowed = left(allowance.per_minute, windows.minute) > 0 && left(allowance.per_day, windows.day) > 0;
        if count {
            windows.minute.requests = windows.minute.requests.saturating_add(u32::from(allowed));
            windows.day.requests = windows.day.requests.saturating_add(u32::from(allowed));
            windows.changed |= allowed;
            // Kept for a refused request too: it may be the first to show that the clock went back.
            keys.insert(key.clone(), windows);
        }
        let (minute_left, day_left) = (left(allowance.per_minute, windows.minute), left(allowance.per_day, windows.day));
        // No limit at all is shown as the largest number, so that clients that do arithmetic go on.
        match day_left < minute_left {
            true => Standing { allowed, limit: allowance.per_day.unwrap_or(u32::MAX), remaining: day_left, reset: day_end },
            false => Standing { allowed, limit: allowance.per_minute.unwrap_or(u32::MAX), remaining: minute_left, reset: minute_end },
        }
    }
}

impl Window {
    /// Moves to window `number`. A clock that went back keeps the count: turning the clock must not give requests for free.
    fn turn(&mut self, number: i64) {
        if number > self.number {
            self.requests = 0;
        }
        self.number = number;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STARTUP: Allowance = Allowance { per_minute: Some(60), per_day: Some(100) };
    /// A UTC midnight.
    const MIDNIGHT: Time = Time(1_767_225_600);

    fn key() -> Key {
        Key::Credential("user_1".to_owned())
    }

    #[test]
    fn the_limit_is_exact_and_starts_anew_at_the_minute() {
        let limiter = Limiter::default();
        let before = MIDNIGHT.plus_seconds(59);
        for number in 1..=60 {
            let standing = limiter.count(&key(), STARTUP, before);
            assert!(standing.allowed);
            assert_eq!((standing.limit, standing.remaining, standing.reset), (60, 60 - number, MIDNIGHT.plus_seconds(60)));
        }
        assert!(!limiter.count(&key(), STARTUP, before).allowed);
        let standing = limiter.count(&key(), STARTUP, MIDNIGHT.plus_seconds(60));
        assert!(standing.allowed, "a new minute");
        assert_eq!((standing.limit, standing.remaining), (100, 39), "the day has fewer left than the minute, refused ones did not count");
    }

    #[test]
    fn a_clock_that_goes_back_gives_nothing_for_free() {
        let limiter = Limiter::default();
        (0..60).for_each(|_| assert!(limiter.count(&key(), STARTUP, MIDNIGHT.plus_seconds(600)).allowed));
        assert!(!limiter.count(&key(), STARTUP, MIDNIGHT).allowed);
        assert!(limiter.count(&key(), STARTUP, MIDNIGHT.plus_seconds(61)).allowed, "but it is not held for ever");
    }

    #[test]
    fn a_restart_gives_nothing_for_free() {
        let limiter = Limiter::default();
        (0..40).for_each(|_| assert!(limiter.count(&key(), STARTUP, MIDNIGHT).allowed));
        assert!(limiter.changed(false).iter().all(|window| window.seconds == DAY && window.requests == 40));
        assert_eq!(limiter.changed(false), [], "nothing was counted since");
        let after = Limiter::default();
        after.restore(&limiter.changed(true));
        let standing = after.count(&key(), STARTUP, MIDNIGHT.plus_seconds(1));
        assert_eq!((standing.limit, standing.remaining), (60, 19), "the same minute");
        let standing = after.count(&key(), STARTUP, MIDNIGHT.plus_seconds(61));
        assert_eq!((standing.limit, standing.remaining), (100, 58), "the same day");
    }

    #[test]
    fn no_limit_means_none() {
        let limiter = Limiter::default();
        let none = Allowance { per_minute: None, per_day: None };
        (0..5_000).for_each(|_| assert!(limiter.count(&key(), none, MIDNIGHT).allowed));
    }

    #[test]
    fn addresses_of_one_ipv6_network_count_together_and_the_table_is_bounded() {
        let limiter = Limiter::default();
        assert_eq!(Key::address("2001:db8::1".parse().unwrap()), Key::address("2001:db8::ffff:1".parse().unwrap()));
        for number in 0..(LIMITER_KEYS_MAX + 10) {
            let address = IpAddr::V6((u128::try_from(number).unwrap() << 64).into());
            limiter.count(&Key::address(address), ADDRESS_ALLOWANCE, MIDNIGHT);
        }
        assert!(limiter.keys.lock().unwrap().len() <= LIMITER_KEYS_MAX + 1);
    }
}
