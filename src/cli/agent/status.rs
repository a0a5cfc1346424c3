//! `recoger agent status`: for the person at the device, without any rights.

use clap::Args;
use serde_json::json;

use super::super::{Output, print};
use super::{State, enroll, now};
use crate::agent;
use crate::agent::status::Status as Kept;
use crate::domain::time::Time;
use crate::error::{Error, Result};

#[derive(Debug, Args)]
pub(in crate::cli) struct Status {
    #[command(flatten)]
    state: State,
    #[command(flatten)]
    output: Output,
}

pub(super) fn run(command: &Status) -> Result<()> {
    let state = command.state.folder();
    let now = now();
    let Some(status) = Kept::load(&state) else {
        if command.output.json {
            print::json(&json!({"healthy": false, "findings": ["This device is not enrolled"]}))?;
        }
        return Err(Error::invalid(format!("No agent is enrolled in {}; run `recoger agent enroll TOKEN`", state.path().display())));
    };
    let findings = status.findings(now);
    if command.output.json {
        let mut shown = serde_json::to_value(&status).map_err(Error::internal)?;
        shown["healthy"] = json!(findings.is_empty());
        shown["findings"] = json!(findings);
        print::json(&shown)?;
    } else {
        print::out(&text(&status, now))?;
    }
    match &findings[..] {
        [] => Ok(()),
        findings => Err(Error::invalid(print::plain(&findings.join(". ")))),
    }
}

fn text(status: &Kept, now: Time) -> String {
    let mut lines = vec![
        format!("Appliance:    {}", print::plain(&status.server)),
        format!("Device:       {}, serial number {}", print::plain(&status.device_id), print::plain(&status.serial_number)),
        format!("Last sent:    {}", status.last_sent_at.map_or_else(|| "never".to_owned(), |time| ago(time, now))),
        format!("Next report:  {}", status.next_report_at.map_or_else(|| "when the agent runs".to_owned(), |time| ahead(time, now))),
        format!("Interval:     {}", enroll::interval(status.report_interval_seconds)),
        format!("Waiting:      {}", status.spooled),
        format!(
            "Collected:    {}",
            if status.personal { "security facts only: a personal device" } else { "all, as `recoger agent show` prints it" }
        ),
    ];
    lines.extend(status.problems.iter().map(|problem| format!("Problem:      {}, since {}", print::plain(&problem.detail), problem.since)));
    lines.extend(status.dropped.iter().map(|dropped| format!("Given up:     {}, at {}", print::plain(&dropped.why), dropped.at)));
    if let Some(answer) = &status.answer {
        lines.push(String::new());
        lines.push(agent::verdict_table(answer));
    }
    lines.join("\n")
}

fn ago(time: Time, now: Time) -> String {
    match u32::try_from(now.seconds_since(time)) {
        Ok(seconds) => format!("{time}, {} ago", enroll::interval(seconds)),
        Err(_) => time.to_string(),
    }
}

fn ahead(time: Time, now: Time) -> String {
    match u32::try_from(time.seconds_since(now)) {
        Ok(seconds) => format!("{time}, in {}", enroll::interval(seconds)),
        Err(_) => format!("{time}, overdue"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::send::{Answer, CheckVerdict};
    use crate::agent::state::Enrollment;
    use crate::agent::status::ProblemKind;

    #[test]
    fn the_person_reads_when_what_and_how_to_mend_it() {
        let now = Time(1_800_000_000);
        let check = CheckVerdict {
            title: "System disk is encrypted".to_owned(),
            status: "fail".to_owned(),
            remediation: Some("Back up, reinstall with encryption".to_owned()),
            ..CheckVerdict::default()
        };
        let enrollment: Enrollment =
            serde_json::from_value(json!({"server": "https://r.lan:8443\u{1b}[2J", "api_key": "rk", "device_id": "dev_1",
            "serial_number": "S1", "report_interval_seconds": 3600, "enrolled_at": now}))
            .unwrap();
        let mut status = Kept::new(&enrollment);
        status.sent(&enrollment, Answer { checks: vec![check], ..Answer::default() }, now.plus_seconds(-600));
        status.next_report_at = Some(now.plus_seconds(3000));
        status.problem(ProblemKind::Key, "The key is revoked", now);
        let text = text(&status, now);
        for wanted in ["10 minutes ago", "in 50 minutes", "The key is revoked, since 2027", "to do: Back up", "✗ failed"] {
            assert!(text.contains(wanted), "{wanted}: {text}");
        }
        assert!(!text.contains('\u{1b}'));
        assert!(super::text(&Kept::default(), now).contains("never"));
    }
}
