//! Memory that requests and answers may hold together: in all, and per address, so that no single client can use it up.

use std::sync::Arc;

use super::accept::Share;
use super::counters::{Counters, Gauge};
use super::settings::Caps;

/// What the bytes are for; each has a budget of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Bodies of requests, from their first byte until they are answered.
    Bodies,
    /// Whole answers, until the kernel has their last byte.
    Answers,
}

/// Bytes that count against a budget until this is dropped.
pub(super) struct Reservation {
    purpose: Purpose,
    bytes: usize,
    caps: Caps,
    counters: Arc<Counters>,
    share: Arc<Share>,
}

impl Reservation {
    /// Nothing yet.
    pub fn new(purpose: Purpose, caps: Caps, counters: Arc<Counters>, share: Arc<Share>) -> Reservation {
        Reservation { purpose, bytes: 0, caps, counters, share }
    }

    /// Takes `bytes` more; `false` when a budget is used up. Where nothing is held, even more than the budget is given.
    pub fn grow(&mut self, bytes: usize) -> bool {
        let (max, per_address_max) = match self.purpose {
            Purpose::Bodies => (self.caps.bodies_bytes, self.caps.bodies_bytes_per_address),
            Purpose::Answers => (self.caps.answers_bytes, self.caps.answers_bytes_per_address),
        };
        let (all, of_address) = self.gauges();
        if !of_address.try_add(bytes, per_address_max) {
            return false;
        }
        if !all.try_add(bytes, max) {
            of_address.subtract(bytes);
            return false;
        }
        self.bytes += bytes;
        true
    }

    /// Hands `bytes` of what was taken over to another reservation, which gives them back on its own.
    pub fn split(&mut self, bytes: usize) -> Reservation {
        let bytes = bytes.min(self.bytes);
        self.bytes -= bytes;
        Reservation { purpose: self.purpose, bytes, caps: self.caps, counters: self.counters.clone(), share: self.share.clone() }
    }

    fn gauges(&self) -> (&Gauge, &Gauge) {
        match self.purpose {
            Purpose::Bodies => (&self.counters.bodies_bytes, &self.share.bodies_bytes),
            Purpose::Answers => (&self.counters.answers_bytes, &self.share.answers_bytes),
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let (all, of_address) = self.gauges();
        of_address.subtract(self.bytes);
        all.subtract(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_given_back_and_one_address_has_only_its_share() {
        let caps = Caps { answers_bytes: 100, answers_bytes_per_address: 60, ..Caps::default() };
        let counters = Arc::new(Counters::default());
        let (one, other) = (Arc::new(Share::default()), Arc::new(Share::default()));
        let reserve = |share: &Arc<Share>, bytes| {
            let mut reservation = Reservation::new(Purpose::Answers, caps, counters.clone(), share.clone());
            reservation.grow(bytes).then_some(reservation)
        };
        let first = reserve(&one, 50).unwrap();
        assert!(reserve(&one, 20).is_none(), "over its share");
        let second = reserve(&other, 50).unwrap();
        assert!(reserve(&one, 1).is_none(), "over the budget");
        drop((first, second));
        assert_eq!(counters.answers_bytes.get(), 0);
        let mut large = reserve(&one, 1000).expect("a single large one fits where nothing else is");
        let part = large.split(400);
        drop(large);
        assert_eq!(counters.answers_bytes.get(), 400, "each part is given back on its own");
        drop(part);
        assert_eq!((counters.answers_bytes.get(), one.answers_bytes.get()), (0, 0));
    }
}
