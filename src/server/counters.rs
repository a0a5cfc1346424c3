//! Counters of the front, for `/metrics` and health: plain atomics, read at any time by anybody.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::http::Lane;

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// The number now.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn add_one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A number that goes up and down.
#[derive(Debug, Default)]
pub struct Gauge(AtomicUsize);

impl Gauge {
    /// The number now.
    pub fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Adds `amount` unless the sum would exceed `max`; to nothing, any amount may be added.
    pub(super) fn try_add(&self, amount: usize, max: usize) -> bool {
        let sum = |now: usize| now.checked_add(amount).filter(|sum| *sum <= max || now == 0);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, sum).is_ok()
    }

    pub(super) fn add(&self, amount: usize) {
        self.0.fetch_add(amount, Ordering::Relaxed);
    }

    pub(super) fn subtract(&self, amount: usize) {
        self.0.fetch_sub(amount, Ordering::Relaxed);
    }

    pub(super) fn set(&self, value: usize) {
        self.0.store(value, Ordering::Relaxed);
    }
}

/// One lane.
#[derive(Debug, Default)]
pub struct LaneCounters {
    /// Requests waiting now.
    pub queued: Gauge,
    /// Requests being worked on now.
    pub running: Gauge,
    /// Requests refused because the queue was full, those who had waited among them.
    pub refused: Count,
    /// Requests skipped because their client had gone.
    pub abandoned: Count,
    /// Panics caught.
    pub panics: Count,
}

/// The whole front, since it started.
#[derive(Debug, Default)]
pub struct Counters {
    /// Connections open now.
    pub connections: Gauge,
    /// Connections accepted, those refused at once not counted.
    pub accepted: Count,
    /// Connections closed at once for the cap on all, when no room could be made.
    pub refused_total: Count,
    /// Connections closed at once for the cap per address.
    pub refused_address: Count,
    /// Waiting connections ended to make room for an address that held fewer.
    pub evicted: Count,
    /// `accept` failed (descriptors, memory).
    pub accept_errors: Count,
    /// TLS handshakes that failed or took too long.
    pub handshake_failures: Count,
    /// Connections cut for a missed deadline: slow head, answer not taken.
    pub deadline_cuts: Count,
    /// Requests whose head was read.
    pub requests: Count,
    /// Request bodies in memory now, bytes.
    pub bodies_bytes: Gauge,
    /// Whole answers in memory now, bytes; small ones are not counted.
    pub answers_bytes: Gauge,
    /// [`Lane::Quick`].
    pub quick: LaneCounters,
    /// [`Lane::Intake`].
    pub intake: LaneCounters,
    /// [`Lane::Large`].
    pub large: LaneCounters,
    /// [`Lane::Download`].
    pub download: LaneCounters,
    /// [`Lane::SignIn`].
    pub sign_in: LaneCounters,
    /// [`Lane::Report`].
    pub report: LaneCounters,
}

impl Counters {
    /// The counters of `lane`.
    pub fn lane(&self, lane: Lane) -> &LaneCounters {
        match lane {
            Lane::Quick => &self.quick,
            Lane::Intake => &self.intake,
            Lane::Large => &self.large,
            Lane::Download => &self.download,
            Lane::SignIn => &self.sign_in,
            Lane::Report => &self.report,
        }
    }
}
