//! A thread that does what falls due by time alone: verdicts that change at their moment, days that end, counters that are kept, audit logs
//! that are to be verified, data that has become old.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::pipeline::Pipeline;
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::limits::{DAY_COUNTING_SLICE, HOUSEKEEPING_PAUSE};
use crate::store::audit_check::ChainChecker;
use crate::store::daily::DayCounter;
use crate::store::{Store, WriteRoot, due, expiry, retention};

/// Seconds between two removals of what has expired.
const EXPIRY_SECONDS: i64 = 3600;

/// Seconds between two times of keeping what was counted: as much is forgotten when the program is killed.
const COUNTS_SECONDS: i64 = 10;

/// Seconds between two looks whether somebody was erased: writing the file anew is no work for each second.
const COMPACT_SECONDS: i64 = 60;

/// The running thread.
pub struct Housekeeper {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Housekeeper {
    /// Starts it.
    pub fn start(store: Arc<Store>, clock: fn() -> Time, pipeline: Arc<Pipeline>) -> Result<Housekeeper> {
        let (stop, stopped) = channel();
        let thread = std::thread::Builder::new()
            .name("housekeeper".to_owned())
            .spawn(move || {
                let (mut expired_at, mut counted_at, mut compacted_at) = (Time(0), Time(0), Time(0));
                let (mut days, mut chains) = (DayCounter::default(), ChainChecker::default());
                while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(HOUSEKEEPING_PAUSE) {
                    let now = clock();
                    if let Err(error) = apply_due(&store, now) {
                        tracing::error!(%error, "what is due could not be applied; it will be tried again");
                    }
                    if let Err(error) = count_days(&store, now, &mut days) {
                        tracing::error!(%error, "a past day could not be counted; it will be tried again");
                    }
                    if now.seconds_since(counted_at).abs() >= COUNTS_SECONDS {
                        counted_at = now;
                        if let Err(error) = pipeline.save_counts(false) {
                            tracing::error!(%error, "request counts could not be kept; it will be tried again");
                        }
                    }
                    if now.seconds_since(expired_at).abs() >= EXPIRY_SECONDS {
                        expired_at = now;
                        if let Err(error) = store.write_root(now, hourly) {
                            tracing::error!(%error, "what has expired could not be removed; it will be tried again");
                        }
                    }
                    if now.seconds_since(compacted_at).abs() >= COMPACT_SECONDS {
                        compacted_at = now;
                        if let Err(error) = store.compact_if_due(now) {
                            tracing::error!(%error, "the file could not be written anew after an erasure; it will be tried again");
                        }
                    }
                    if let Err(error) = chains.advance(&store, now) {
                        tracing::error!(%error, "an audit log could not be verified; it will be tried again");
                    }
                    if let Err(error) = apply_retention(&store, now) {
                        tracing::error!(%error, "retention could not be applied; it will be tried again");
                    }
                }
            })
            .map_err(|error| Error::internal(format!("the housekeeper thread did not start: {error}")))?;
        Ok(Housekeeper { stop, thread })
    }

    /// Ends it after what it is doing.
    pub fn stop(self) {
        drop(self.stop);
        let _ = self.thread.join();
    }
}

fn hourly(root: &WriteRoot) -> Result<()> {
    retention::look_at_clock(root)?;
    expiry::remove(root)
}

/// A step of the daily removal. One for each look: it has all day.
fn apply_retention(store: &Store, now: Time) -> Result<()> {
    if let Some(chain) = store.read_root(now, retention::next_due)? {
        store.write_root(now, move |root| retention::step(root, &chain))?;
    }
    Ok(())
}

/// Applies everything that is due at `now`, in small transactions so that reports get in between.
pub fn apply_due(store: &Store, now: Time) -> Result<()> {
    while store.read_root(now, due::next_due)?.is_some_and(|moment| moment <= now) {
        store.write_root(now, due::apply_due)?;
    }
    Ok(())
}

/// Counts days that are over, for a short time: what is due comes first. Nothing is missed, for a day is counted as it was known at its end.
fn count_days(store: &Store, now: Time, days: &mut DayCounter) -> Result<()> {
    let begun = Instant::now();
    while begun.elapsed() < DAY_COUNTING_SLICE && days.advance(store, now)? {}
    Ok(())
}

const _: () = assert!(HOUSEKEEPING_PAUSE.as_millis() <= Duration::from_secs(1).as_millis(), "a verdict may be late by a second, not more");
