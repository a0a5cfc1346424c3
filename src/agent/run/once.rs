//! One look, kept until it is sent together with what still waits: for a device on which no agent runs all the time, as under cron.

use super::{Runner, World};
use crate::agent::send::Answer;
use crate::error::{Error, Kind, Result};
use crate::limits::{SPOOL_REPORTS_MAX, SPOOL_ROUND_REPORTS_MAX};

/// Rounds that a full spool takes, and one for what is new.
const ROUNDS_MAX: usize = SPOOL_REPORTS_MAX.div_ceil(SPOOL_ROUND_REPORTS_MAX) + 1;

impl<W: World> Runner<W> {
    /// Looks at the machine and sends all that waits, oldest first; gives the answer to the newest. After an error the reports wait for the
    /// next time, but for those that the appliance will never take.
    pub fn once(mut self) -> Result<Answer> {
        self.look_at_machine()?;
        let mut answer = Err(Error::new(Kind::Unavailable, "Nothing was sent"));
        for _ in 0..ROUNDS_MAX {
            let ended = self.deliver();
            answer = ended.last.unwrap_or(answer);
            if ended.all || answer.is_err() {
                break;
            }
        }
        answer.map_err(|error| match self.spool.count() {
            0 => error,
            waiting => Error { detail: format!("{}; unsent reports that wait for the next run: {waiting}", error.detail), ..error },
        })
    }
}
