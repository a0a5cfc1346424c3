//! How the agent fares, in a file that everybody at the device may read: no secret is in it.

use std::collections::BTreeSet;
use std::io;

use serde::{Deserialize, Serialize};

use super::files::{self, Readers};
use super::send::Answer;
use super::state::{Enrollment, StateFolder, sensible_interval};
use crate::domain::time::Time;
use crate::limits::{AGENT_FILE_BYTES_MAX, STATUS_DROPS_MAX};

/// Seconds by which a report may be late before that is called a problem: time for a start, a retry, a wake from sleep.
const SLACK_SECONDS: i64 = 15 * 60;

/// What `recoger agent status --json` prints, beside `healthy` and `findings`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Status {
    /// Where reports go.
    pub server: String,
    /// The device's id there.
    pub device_id: String,
    /// The serial number that it is known by.
    pub serial_number: String,
    /// A personal device: security facts only.
    pub personal: bool,
    /// Version of the program that wrote this.
    pub agent_version: String,
    /// Seconds between two reports, as the appliance said it last.
    pub report_interval_seconds: u32,
    /// When the machine was looked at last.
    pub last_collected_at: Option<Time>,
    /// When the last report was taken.
    pub last_sent_at: Option<Time>,
    /// When the running agent looks again.
    pub next_report_at: Option<Time>,
    /// Reports that wait to be sent.
    pub spooled: usize,
    /// What does not work, one of a kind.
    pub problems: Vec<Problem>,
    /// Reports that were given up, newest last.
    pub dropped: Vec<Dropped>,
    /// The last answer: the verdicts, with what to do.
    pub answer: Option<Answer>,
    /// Checks whose failure the person at the screen was told of.
    pub told: BTreeSet<String>,
}

/// Something that does not work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Of what kind.
    pub kind: ProblemKind,
    /// One sentence, with what to do.
    pub detail: String,
    /// Since when without a break.
    pub since: Time,
}

/// Kinds of problems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// The appliance can't be reached or has too much to do. Not a fault of the device before reports are late.
    Server,
    /// The appliance does not accept the device's key.
    Key,
    /// The machine could not be looked at.
    Collect,
    /// The state was made on another machine, or this one got another serial number.
    OtherMachine,
    /// State or spool can't be written or read.
    Storage,
}

/// A report that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// When.
    pub at: Time,
    /// Why.
    pub why: String,
}

impl Status {
    /// The status after `enrollment`: nothing has been sent yet.
    pub fn new(enrollment: &Enrollment) -> Status {
        let (report_interval_seconds, personal) = (enrollment.report_interval_seconds, enrollment.personal);
        let mut status = Status { report_interval_seconds, personal, ..Status::default() };
        status.belongs_to(enrollment);
        status
    }

    /// What the file in `state` says; nothing where it is missing or damaged, for all of it comes again.
    pub fn load(state: &StateFolder) -> Option<Status> {
        serde_json::from_slice(&files::read_limited(&state.status(), AGENT_FILE_BYTES_MAX).ok()?).ok()
    }

    /// Writes the file.
    fn save(&self, state: &StateFolder) -> io::Result<()> {
        let bytes = serde_json::to_vec_pretty(self)?;
        files::write_whole(&state.status(), &bytes, Readers::Everybody)
    }

    /// Changes the status of `enrollment`, one program at a time. That it can't be written is said in the log and no reason to stop.
    pub fn change(state: &StateFolder, enrollment: &Enrollment, change: impl FnOnce(&mut Status)) {
        // Without the lock a change of another program may be lost, until the next report.
        let _alone = state.lock_status();
        let mut status = Status::of(state, enrollment).unwrap_or_else(|| Status::new(enrollment));
        status.belongs_to(enrollment);
        change(&mut status);
        if let Err(error) = status.save(state) {
            tracing::warn!(%error, "the status file can't be written");
        }
    }

    /// The status as far as it is of this enrolment.
    pub fn of(state: &StateFolder, enrollment: &Enrollment) -> Option<Status> {
        Status::load(state).filter(|status| status.device_id == enrollment.device_id)
    }

    /// Takes over whom the device reports to.
    fn belongs_to(&mut self, enrollment: &Enrollment) {
        self.server.clone_from(&enrollment.server);
        self.device_id.clone_from(&enrollment.device_id);
        self.serial_number.clone_from(&enrollment.serial_number);
        env!("CARGO_PKG_VERSION").clone_into(&mut self.agent_version);
    }

    /// A problem of this kind exists; how long it has existed stays.
    pub fn problem(&mut self, kind: ProblemKind, detail: impl Into<String>, now: Time) {
        let since = self.problems.iter().find(|problem| problem.kind == kind).map_or(now, |problem| problem.since);
        self.solved(kind);
        self.problems.push(Problem { kind, detail: detail.into(), since });
        self.problems.sort_by_key(|problem| problem.kind);
    }

    /// There is no problem of this kind, now.
    pub fn solved(&mut self, kind: ProblemKind) {
        self.problems.retain(|problem| problem.kind != kind);
    }

    /// Reports were given up.
    pub fn drop_noted(&mut self, why: impl Into<String>, now: Time) {
        self.dropped.push(Dropped { at: now, why: why.into() });
        let surplus = self.dropped.len().saturating_sub(STATUS_DROPS_MAX);
        self.dropped.drain(..surplus);
    }

    /// A report was taken.
    pub fn sent(&mut self, enrollment: &Enrollment, answer: Answer, now: Time) {
        self.last_sent_at = Some(now);
        if let Some(seconds) = answer.report_interval_seconds {
            self.report_interval_seconds = sensible_interval(seconds);
        }
        if let Some(ownership) = &answer.ownership {
            // What the person at the device wants holds in any case.
            self.personal = enrollment.personal || ownership == "personal";
        }
        self.answer = Some(answer);
        self.solved(ProblemKind::Server);
        self.solved(ProblemKind::Key);
    }

    /// What is wrong, a sentence each; none when the device reports and every check in use is fulfilled.
    pub fn findings(&self, now: Time) -> Vec<String> {
        let late_after = i64::from(self.report_interval_seconds) * 2 + SLACK_SECONDS;
        let is_late = self.last_sent_at.is_none_or(|sent| now.seconds_since(sent) > late_after);
        let problems = self.problems.iter().filter(|problem| problem.kind != ProblemKind::Server || is_late);
        let mut findings: Vec<String> = problems.map(|problem| format!("{} (since {})", problem.detail, problem.since)).collect();
        match (self.next_report_at, self.last_sent_at) {
            (Some(next), _) if now.seconds_since(next) > SLACK_SECONDS => {
                findings.push(
                    "The agent does not run: its next report is overdue; start it, for example with `systemctl start recoger-agent`"
                        .to_owned(),
                );
            }
            (_, None) if findings.is_empty() => findings.push("Nothing has been sent yet".to_owned()),
            (_, Some(sent)) if is_late && findings.is_empty() => findings.push(format!("Nothing has been sent since {sent}")),
            _ => {}
        }
        let failing = self.answer.iter().flat_map(|answer| &answer.checks).filter(|check| check.status == "fail" && !check.advice).count();
        if failing > 0 {
            findings.push(format!("{failing} security {} not fulfilled", if failing == 1 { "check is" } else { "checks are" }));
        }
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::send::CheckVerdict;
    use crate::agent::state::example;

    const NOW: Time = Time(2_000_000);

    fn reporting() -> Status {
        let mut status = Status::new(&example());
        status.sent(&example(), Answer::default(), NOW);
        status.next_report_at = Some(NOW.plus_seconds(3600));
        status
    }

    #[test]
    fn what_is_wrong_is_found_and_nothing_else() {
        let failing = |advice: bool| {
            let check = CheckVerdict { status: "fail".to_owned(), advice, ..CheckVerdict::default() };
            Answer { checks: vec![check], ..Answer::default() }
        };
        type Change = fn(&mut Status);
        let cases: [(&str, Change, i64, &str); 8] = [
            ("it reports", |_| {}, 0, ""),
            ("a single late report", |_| {}, 3600 + 600, ""),
            ("nobody runs", |_| {}, 3600 + 1000, "does not run"),
            ("never sent", |status| status.last_sent_at = None, 0, "Nothing has been sent yet"),
            ("away for a moment", |status| status.problem(ProblemKind::Server, "Nothing listens", NOW), 100, ""),
            (
                "away for long",
                |status| {
                    status.problem(ProblemKind::Server, "Nothing listens", NOW);
                    status.next_report_at = Some(NOW.plus_seconds(10_000));
                },
                9_000,
                "Nothing listens (since 1970-01-24T03:33:20Z)",
            ),
            ("key", |status| status.problem(ProblemKind::Key, "The key is revoked", NOW), 0, "The key is revoked"),
            ("silent without a reason", |status| status.next_report_at = None, 9_000, "Nothing has been sent since"),
        ];
        for (title, change, later, wanted) in cases {
            let mut status = reporting();
            change(&mut status);
            let findings = status.findings(NOW.plus_seconds(later));
            match wanted {
                "" => assert_eq!(findings, Vec::<String>::new(), "{title}"),
                wanted => assert!(findings.len() == 1 && findings[0].contains(wanted), "{title}: {findings:?}"),
            }
        }
        for (advice, wanted) in [(false, vec!["1 security check is not fulfilled"]), (true, vec![])] {
            let mut status = reporting();
            status.sent(&example(), failing(advice), NOW);
            assert_eq!(status.findings(NOW), wanted);
        }
    }

    #[test]
    fn a_problem_keeps_its_beginning_until_it_is_solved() {
        let mut status = reporting();
        status.problem(ProblemKind::Key, "first", NOW);
        status.problem(ProblemKind::Key, "second", NOW.plus_seconds(9));
        assert_eq!(status.problems, [Problem { kind: ProblemKind::Key, detail: "second".to_owned(), since: NOW }]);
        status.solved(ProblemKind::Key);
        status.problem(ProblemKind::Key, "third", NOW.plus_seconds(10));
        assert_eq!(status.problems[0].since, NOW.plus_seconds(10));
    }

    #[test]
    fn given_up_reports_are_remembered_up_to_a_limit() {
        let mut status = reporting();
        for number in 0..100 {
            status.drop_noted(number.to_string(), NOW);
        }
        assert_eq!((status.dropped.len(), status.dropped.last().unwrap().why.as_str()), (STATUS_DROPS_MAX, "99"));
    }

    #[test]
    #[cfg(unix)]
    fn everybody_reads_it_and_no_secret_is_in_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::new(folder.path());
        assert_eq!(Status::load(&state), None);
        reporting().save(&state).unwrap();
        assert_eq!(Status::load(&state), Some(reporting()));
        assert_eq!(std::fs::metadata(state.status()).unwrap().permissions().mode() & 0o777, 0o644);
        let text = std::fs::read_to_string(state.status()).unwrap();
        assert!(!text.contains(&example().api_key), "{text}");
        std::fs::write(state.status(), &text[..text.len() / 2]).unwrap();
        assert_eq!(Status::load(&state), None);
    }
}
