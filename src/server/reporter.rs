//! A thread that makes the reports which wait, one after the other, and orders those of the schedules.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};

use crate::api::reports::making;
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::limits::{DRAIN_DEADLINE, REPORT_SCHEDULE_LOOK_SECONDS, REPORTER_PAUSE};
use crate::store::{Store, reports};

/// The running thread.
pub struct Reporter {
    stop: Sender<()>,
    /// Breaks when the thread ends.
    ended: Receiver<()>,
}

impl Reporter {
    /// Starts it. What was being made when the program last stopped waits again.
    pub fn start(store: Arc<Store>, clock: fn() -> Time) -> Result<Reporter> {
        let again = store.write_root(clock(), reports::recover)?;
        if again > 0 {
            tracing::info!(reports = again, "reports that were being made when the program stopped wait again");
        }
        let (stop, stopped) = channel();
        let (running, ended) = channel();
        std::thread::Builder::new()
            .name("reporter".to_owned())
            .spawn(move || {
                let _running: Sender<()> = running;
                let mut looked_at = Time(0);
                while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(REPORTER_PAUSE) {
                    let now = clock();
                    if now.seconds_since(looked_at).abs() >= REPORT_SCHEDULE_LOOK_SECONDS {
                        looked_at = now;
                        if let Err(error) = order_due(&store, now) {
                            tracing::error!(%error, "scheduled reports could not be ordered; it will be tried again");
                        }
                    }
                    if let Err(error) = make_next(&store, &clock) {
                        tracing::error!(%error, "reports that wait could not be looked for; it will be tried again");
                    }
                }
            })
            .map_err(|error| Error::internal(format!("the reporter thread did not start: {error}")))?;
        Ok(Reporter { stop, ended })
    }

    /// Ends it after the report that it is at, unless that takes longer than the drain deadline: what is not finished is begun anew after
    /// the next start.
    pub fn stop(self) {
        drop(self.stop);
        let _ = self.ended.recv_timeout(DRAIN_DEADLINE);
    }
}

fn order_due(store: &Store, now: Time) -> Result<()> {
    // The writer is only asked when there is something to do.
    if store.read_root(now, reports::is_due)? {
        store.write_root(now, reports::order_due)?;
    }
    Ok(())
}

/// Makes the report whose turn it is, if any waits.
fn make_next(store: &Store, clock: &fn() -> Time) -> Result<()> {
    let now = clock();
    if !store.read_root(now, reports::any_waits)? {
        return Ok(());
    }
    if let Some((tenant_id, report)) = store.write_root(now, reports::claim)? {
        making::make(store, &tenant_id, &report, clock);
        tracing::info!(report = report.id, "the making of a report came to its end");
    }
    Ok(())
}
