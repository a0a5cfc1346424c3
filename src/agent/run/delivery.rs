//! One round of sending what waits, oldest first, and what each outcome means for the next round.

use std::collections::BTreeMap;

use super::timers::{Alarm, retry_after};
use super::{Runner, World};
use crate::agent::Report;
use crate::agent::send::{Answer, Delivery};
use crate::agent::status::ProblemKind;
use crate::error::Result;
use crate::limits::{REPORT_FAULTS_MAX, RETRY_AFTER_SECONDS_MAX, RETRY_SECONDS_MAX, SPOOL_ROUND_REPORTS_MAX};

/// How often the server fell over each report while it took others.
pub(super) type Faults = BTreeMap<u64, u32>;

/// Why a round ended before all was sent.
enum Halt {
    /// The key is not accepted.
    Key(String),
    /// The server is away or busy; perhaps it said for how many seconds.
    Server(String, Option<u32>),
    /// The spool can't be read.
    Storage(String),
}

/// How a round ended.
pub(super) struct Ended {
    /// What became of the report that was tried last.
    pub last: Option<Result<Answer>>,
    /// Whether nothing was left to try.
    pub all: bool,
}

/// What a round did.
#[derive(Default)]
struct Round {
    taken: usize,
    last: Option<Result<Answer>>,
    all: bool,
    answer: Option<Answer>,
    /// Why reports were given up.
    refused: Vec<String>,
    /// Reports over which the server fell.
    faulty: Vec<u64>,
}

impl<W: World> Runner<W> {
    /// Sends what waits, up to a limit, so that the next look at the machine is not put off for long.
    pub(super) fn deliver(&mut self) -> Ended {
        let mut round = Round::default();
        let sent = self.send_in_order(&mut round);
        self.give_up_faulty(&mut round);
        if round.taken > 0 {
            self.failures = 0;
        }
        self.note(|status, now| {
            for why in &round.refused {
                tracing::warn!(why, "a report was given up");
                status.drop_noted(why.as_str(), now);
            }
            if sent.is_ok() {
                // Also when all were refused: the server is there and knows the key.
                status.solved(ProblemKind::Server);
                status.solved(ProblemKind::Key);
            }
        });
        if let Some(answer) = round.answer {
            self.answered(answer);
            tracing::info!(reports = round.taken, "sent");
        }
        if let Err(halt) = sent {
            self.wait_after(halt);
        }
        Ended { last: round.last, all: round.all }
    }

    fn send_in_order(&mut self, round: &mut Round) -> std::result::Result<(), Halt> {
        let storage = |error: std::io::Error| Halt::Storage(error.to_string());
        let (mut last, mut fault) = (None, None);
        for _ in 0..SPOOL_ROUND_REPORTS_MAX {
            let Some(entry) = self.spool.next_after(last).map_err(storage)? else {
                round.all = true;
                break;
            };
            last = Some(entry.number);
            let (delivery, left_out) = self.send_whole_or_less(&entry.json);
            round.last = Some(delivery.clone().answer());
            match delivery {
                Delivery::Taken(answer) => {
                    self.spool.remove(entry.number).map_err(storage)?;
                    round.taken += 1;
                    round.refused.extend(left_out.map(|why| format!("Only the security facts of a report were taken: {why}")));
                    round.answer = Some(*answer);
                }
                Delivery::Refused(why) => {
                    self.spool.remove(entry.number).map_err(storage)?;
                    round.refused.push(why);
                }
                // Is it this report, or every one? The next one tells, and a second fault is an answer.
                Delivery::Faulty(why) => {
                    round.faulty.push(entry.number);
                    if fault.replace(why).is_some() {
                        break;
                    }
                }
                Delivery::KeyRefused(why) => return Err(Halt::Key(why)),
                Delivery::Busy(why, seconds) => return Err(Halt::Server(why, seconds)),
                Delivery::Away(why) => return Err(Halt::Server(why, None)),
            }
        }
        fault.map_or(Ok(()), |why| Err(Halt::Server(why, None)))
    }

    /// A report that is refused goes once more with its security facts alone, and then with the reason why: the appliance takes no more
    /// than that from a device which it has come to know as a personal one.
    fn send_whole_or_less(&mut self, json: &[u8]) -> (Delivery, Option<String>) {
        let whole = self.world.send(&self.enrollment, json);
        let Delivery::Refused(why) = &whole else { return (whole, None) };
        match Report::security_only(json).map(|less| self.world.send(&self.enrollment, &less)) {
            None | Some(Delivery::Refused(_)) => (whole, None),
            Some(other) => (other, Some(why.clone())),
        }
    }

    /// A report over which the server falls again and again, while it takes others, would hold up nothing but itself for ever.
    fn give_up_faulty(&mut self, round: &mut Round) {
        if round.taken == 0 {
            // The server fails over everything.
            return;
        }
        for number in &round.faulty {
            let faults = self.faults.entry(*number).or_default();
            *faults += 1;
            if *faults >= REPORT_FAULTS_MAX && self.spool.remove(*number).is_ok() {
                self.faults.remove(number);
                round.refused.push("The appliance failed over a report again and again; its log has the reason".to_owned());
            }
        }
    }

    fn wait_after(&mut self, halt: Halt) {
        let interval = self.interval();
        self.failures = self.failures.saturating_add(1);
        let (kind, why, seconds) = match halt {
            Halt::Key(why) => (
                ProblemKind::Key,
                format!("{why}; enrol this device again with `recoger agent enroll TOKEN`"),
                RETRY_SECONDS_MAX.max(interval),
            ),
            Halt::Server(why, said) => {
                let own = retry_after(self.failures, interval, self.world.random());
                (ProblemKind::Server, why, own.max(said.unwrap_or(0).min(RETRY_AFTER_SECONDS_MAX)))
            }
            Halt::Storage(why) => (
                ProblemKind::Storage,
                format!("Unsent reports can't be read or removed: {why}"),
                retry_after(self.failures, interval, self.world.random()),
            ),
        };
        self.send = Alarm::after(self.world.now(), seconds);
        self.note(|status, now| {
            status.solved(if kind == ProblemKind::Key { ProblemKind::Server } else { ProblemKind::Key });
            status.problem(kind, why.as_str(), now);
        });
        tracing::warn!(why, seconds, "not sent; trying again later");
    }
}
