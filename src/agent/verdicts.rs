//! The verdicts as a table of plain text: what fails stands first, with what to do.

use std::fmt::Write;

use super::send::{Answer, CheckVerdict};

/// The table, ending in a newline. Each state has a word beside its sign, so it can be read without colour or by ear.
pub fn verdict_table(answer: &Answer) -> String {
    let mut checks: Vec<&CheckVerdict> = answer.checks.iter().collect();
    // The sort is stable: within one state and severity the catalogue's order stays.
    checks.sort_by_key(|check| (status_rank(&check.status), check.advice, severity_rank(&check.severity)));
    let width = checks.iter().map(|check| check.title.chars().count()).max().unwrap_or(0);
    let mut text = format!("{}: {}\n", printable(&answer.device_name), printable(&answer.compliance_status).replace('_', " "));
    for check in checks {
        let (sign, word) = sign_and_word(&check.status);
        let advice = if check.advice { " (advice)" } else { "" };
        // Writing to a String can't fail.
        let _ = writeln!(text, "{sign} {word:<14} {:<width$}  {}{advice}", printable(&check.title), printable(&check.severity));
        if check.status == "fail" {
            if let Some(observed) = &check.observed {
                let _ = writeln!(text, "    found: {}", printable(&observed.to_string()));
            }
            if let Some(grace) = check.grace_until {
                let _ = writeln!(text, "    grace until {grace}");
            }
            if let Some(remediation) = &check.remediation {
                let _ = writeln!(text, "    to do: {}", printable(remediation));
            }
        }
    }
    let count = |status: &str| answer.checks.iter().filter(|check| check.status == status).count();
    let _ = writeln!(
        text,
        "{} checks: {} failed, {} without data, {} excepted, {} passed, {} not applicable",
        answer.checks.len(),
        count("fail"),
        count("no_data"),
        count("excepted"),
        count("pass"),
        count("not_applicable")
    );
    text
}

/// The server's words without what could steer a terminal.
fn printable(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).collect()
}

fn sign_and_word(status: &str) -> (&'static str, String) {
    let (sign, word) = match status {
        "fail" => ("✗", "failed"),
        "no_data" => ("?", "no data"),
        "excepted" => ("~", "excepted"),
        "pass" => ("✓", "passed"),
        "not_applicable" => ("-", "not applicable"),
        other => return ("?", printable(other)),
    };
    (sign, word.to_owned())
}

fn status_rank(status: &str) -> u8 {
    match status {
        "fail" => 0,
        "no_data" => 1,
        "excepted" => 2,
        "pass" => 3,
        _ => 4,
    }
}

fn severity_rank(severity: &str) -> u8 {
    match severity {
        "critical" => 0,
        "high" => 1,
        "medium" => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(title: &str, status: &str, severity: &str) -> CheckVerdict {
        CheckVerdict {
            title: title.to_owned(),
            status: status.to_owned(),
            severity: severity.to_owned(),
            remediation: Some(format!("mend {title}")),
            observed: Some(serde_json::json!(false)),
            ..CheckVerdict::default()
        }
    }

    #[test]
    fn failures_come_first_with_what_to_do_and_by_severity() {
        let advice = CheckVerdict { advice: true, ..check("Admin", "fail", "critical") };
        let answer = Answer {
            device_name: "anna-laptop".to_owned(),
            compliance_status: "non_compliant".to_owned(),
            checks: vec![
                check("TPM", "pass", "low"),
                check("Lock", "no_data", "high"),
                advice,
                check("Updates", "fail", "high"),
                check("Disk", "fail", "critical"),
            ],
            ..Answer::default()
        };
        let expected = "anna-laptop: non compliant\n\
            ✗ failed         Disk     critical\n    found: false\n    to do: mend Disk\n\
            ✗ failed         Updates  high\n    found: false\n    to do: mend Updates\n\
            ✗ failed         Admin    critical (advice)\n    found: false\n    to do: mend Admin\n\
            ? no data        Lock     high\n\
            ✓ passed         TPM      low\n\
            5 checks: 3 failed, 1 without data, 0 excepted, 1 passed, 0 not applicable\n";
        assert_eq!(verdict_table(&answer), expected);
    }

    #[test]
    fn words_of_the_server_can_not_steer_the_terminal() {
        let answer = Answer { checks: vec![check("\u{1b}[2JDisk", "fail", "low")], ..Answer::default() };
        assert!(!verdict_table(&answer).contains('\u{1b}'));
    }
}
