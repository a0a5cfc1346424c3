//! An invented report of any size for tests.

mod rest;

use std::sync::Arc;

use serde_json::{Value, json};

use super::content::*;
use crate::domain::check::{Evidence, Severity, Subject};
use crate::domain::compliance::{CheckStatus, Counts, Score, Status};
use crate::domain::device::Source;
use crate::domain::time::{Time, parse_date};

/// Names in every script that the fonts have, and one that they have not.
pub const NAMES: [&str; 8] = [
    "Łukasz Żółć",
    "Γεώργιος Παπαδόπουλος",
    "Ольга Ковальчук",
    "Nguyễn Thị Hồng",
    "İbrahim Çelik",
    "Ľubica Ďurišová",
    "O’Brien & Sons <IT>",
    "山田太郎",
];

const CHECKS: [(&str, &str, Severity); 7] = [
    ("device.disk_encryption", "System disk is encrypted", Severity::Critical),
    ("device.firewall_enabled", "Host firewall is on", Severity::High),
    ("device.screen_lock_enabled", "Screen lock needs a credential", Severity::High),
    ("device.screen_lock_delay", "Screen locks soon", Severity::Medium),
    ("device.os_supported", "Operating system is supported", Severity::High),
    ("device.os_patch_age", "Updates are recent", Severity::High),
    ("device.malware_protection", "Malware protection is on", Severity::High),
];

fn time(text: &str) -> Time {
    Time::parse(text).unwrap()
}

fn day(text: &str) -> chrono::NaiveDate {
    parse_date(text).unwrap()
}

/// Nothing but what a report can't be without.
pub fn empty() -> ComplianceReport {
    let hash = "5c".repeat(32);
    ComplianceReport {
        format: FORMAT,
        organisation: Organisation { name: "Example Łódź".to_owned(), logo: None },
        framework: Framework {
            id: "iso27001".to_owned(),
            title: "ISO/IEC 27001:2022, Annex A".to_owned(),
            version: "2022".to_owned(),
            publisher: "ISO/IEC".to_owned(),
            complete: true,
            attribution: "Identifiers of ISO/IEC 27001:2022 with our own wording; not affiliated with ISO or IEC.".to_owned(),
            disclaimer: "A certificate also needs clauses 4 to 10 (management system), which this report does not look at.".to_owned(),
        },
        period: Period {
            start: day("2026-08-27"),
            end: day("2026-11-24"),
            as_of: time("2026-11-24T22:59:59Z"),
            as_of_local: "2026-11-24 23:59:59 +01:00".to_owned(),
            time_zone: "Europe/Warsaw".to_owned(),
            preliminary: false,
        },
        generated: Generated {
            report_id: "rpt_0197b2c4d5e6f7a8".to_owned(),
            at: time("2026-11-25T08:12:44Z"),
            by: Some("Ann Example".to_owned()),
            role: Some("admin".to_owned()),
            trigger: "the API".to_owned(),
            appliance_version: "0.1.0".to_owned(),
        },
        request: Request {
            in_words: "All devices and services of the organisation, state at the end of the period, deviations within it.".to_owned(),
            as_sent: r#"POST /v1/reports/compliance {"framework": "iso27001", "format": "pdf"}"#.to_owned(),
            scope: Vec::new(),
            parameters: Vec::new(),
        },
        basis: Basis {
            catalogue_sha256: hash.clone(),
            framework_sha256: hash,
            os_support_sha256: None,
            os_support_date: None,
            settings_version: None,
            signing_key_pem: None,
        },
        result: Score { score: None, completeness: 0, counts: Counts::default() },
        coverage: CoverageCounts { full: 0, partial: 32, out_of_scope: 61 },
        evidence: EvidenceTally::default(),
        previous: None,
        trend: Vec::new(),
        control_tally: ControlTally::default(),
        controls: Vec::new(),
        checks: Vec::new(),
        checks_not_in_use: Vec::new(),
        deviations: Vec::new(),
        population: Population::default(),
        devices: Vec::new(),
        services: Vec::new(),
        people: Vec::new(),
        exceptions: Vec::new(),
        attestations: Vec::new(),
        not_covered: Vec::new(),
        appliance: ApplianceBlock::default(),
        audit_chain: AuditChain::default(),
        method: Vec::new(),
        changes: Vec::new(),
    }
}

/// A report with so many devices and everything else that a report may have.
pub fn with_devices(count: u64) -> ComplianceReport {
    let failed = count / 20 + u64::from(count > 0);
    let counts = Counts { passed: count - failed, failed, ..Counts::default() };
    let mut report = empty();
    report.devices = (0..count).map(device).collect();
    report.checks = CHECKS.iter().map(|(id, title, severity)| check(id, title, *severity, counts)).collect();
    report.result = Score {
        score: Some(78),
        completeness: 81,
        counts: Counts { passed: counts.passed * 7, failed: failed * 7, excepted: 1, no_data: 12, not_applicable: 4 },
    };
    report.evidence = EvidenceTally {
        measured: counts.passed * 6,
        declared: 40,
        derived: 60,
        from_agent: counts.passed * 6,
        from_integration: 3,
        from_person: 40,
        controls_attested: 1,
    };
    report.previous = Some(PreviousReport {
        report_id: "rpt_before".to_owned(),
        as_of: time("2026-08-26T21:59:59Z"),
        score: Some(71),
        completeness: 80,
        better: vec![CHECKS[0].0.to_owned()],
        worse: Vec::new(),
    });
    report.trend = (0..90_u8)
        .map(|n| TrendPoint {
            day: report.period.start + chrono::Days::new(n.into()),
            score: (n % 40 != 20).then_some(60 + n / 5),
            completeness: 80,
        })
        .collect();
    report.control_tally = ControlTally { pass: 9, partial: 14, fail: 6, no_data: 3, manual: 60, not_applicable: 1 };
    report.controls = (1..=32).map(|n| control(n, counts)).collect();
    report.deviations = (0..count.min(400)).map(deviation).collect();
    report.services = (0..12).map(service).collect();
    rest::population(&mut report, count, failed);
    rest::records(&mut report);
    rest::integrity(&mut report, counts);
    report
}

fn subject(n: u64) -> SubjectRef {
    SubjectRef {
        kind: Subject::Device,
        id: format!("dev_{n:08}"),
        name: format!("laptop-{n:05}"),
        serial_number: Some(format!("C02{n:09}")),
        owner: Some(NAMES[n as usize % NAMES.len()].to_owned()),
    }
}

fn device(n: u64) -> Device {
    let subject = subject(n);
    let result = |(at, (id, ..)): (usize, &(&str, &str, Severity))| SubjectResult {
        check_id: Arc::from(*id),
        status: if (n + at as u64).is_multiple_of(20) { CheckStatus::Fail } else { CheckStatus::Pass },
        since: Some(time("2026-09-01T07:00:00Z")),
        observed: json!(true),
        source: Some(Source::Agent),
    };
    Device {
        id: subject.id,
        serial_number: subject.serial_number.unwrap(),
        name: subject.name,
        device_type: "laptop".to_owned(),
        os_type: ["macos", "windows", "linux"][n as usize % 3].to_owned(),
        os_version: Some("15.6.1".to_owned()),
        ownership: "company".to_owned(),
        owner: subject.owner,
        owner_email: Some(format!("person{n}@example.org")),
        tags: Vec::new(),
        source: Some(Source::Agent),
        agent_version: Some("0.1.0".to_owned()),
        first_seen: time("2026-02-03T09:00:00Z"),
        last_seen: Some(time("2026-11-24T20:15:00Z")),
        retired_at: None,
        retired_reason: None,
        in_scope: true,
        status: Some(Status::ALL[n as usize % 4]),
        results: CHECKS.iter().enumerate().map(result).collect(),
        facts: vec![FactValue { name: Arc::from("security.disk_encryption"), value: json!(true), at: Some(time("2026-11-24T20:15:00Z")) }],
    }
}

fn check(id: &str, title: &str, severity: Severity, counts: Counts) -> CheckResult {
    let failing = |n: u64| FailingSubject {
        subject: subject(n),
        since: time("2026-11-20T07:00:00Z"),
        observed: Some("security.disk_encryption is false".to_owned()),
        remediation: None,
        grace_until: n.is_multiple_of(2).then(|| time("2026-12-04T07:00:00Z")),
        exception_id: (n == 1).then(|| "exc_1".to_owned()),
    };
    CheckResult {
        id: id.to_owned(),
        title: title.to_owned(),
        subject: Subject::Device,
        rule: "The fact security.disk_encryption is true".to_owned(),
        parameters: vec!["at most 14 days".to_owned()],
        scope: None,
        severity,
        evidence: Evidence::Measured,
        sources: SourceCounts { agent: counts.passed, integration: 0, person: 0 },
        counts,
        deviations: DeviationSummary { open: counts.failed, of: counts.applicable(), oldest_days: Some(4), target_days: Some(14) },
        period: Some(PeriodFigure {
            days_passed: 4_812.5,
            days_failed: 120.0,
            days_no_data: 40.0,
            days_total: 4_972.5,
            deviations: 9,
            mean_days_to_mend: Some(2.3),
            longest_days: Some(9.0),
        }),
        controls: vec!["A.8.1".to_owned(), "A.8.24".to_owned()],
        remediation: vec![
            "macOS: System Settings > Privacy & Security > FileVault > Turn On.".to_owned(),
            "Windows: turn device encryption on.".to_owned(),
        ],
        failing: (0..counts.failed).map(failing).collect(),
    }
}

fn control(n: u64, counts: Counts) -> Control {
    let check = |(at, (id, title, _)): (usize, &(&str, &str, Severity))| ControlCheck {
        check_id: (*id).to_owned(),
        title: (*title).to_owned(),
        required: at == 0,
        active: at < 2,
        appliance: false,
        counts,
        deviations: DeviationSummary { open: counts.failed, of: counts.applicable(), oldest_days: Some(4), target_days: Some(14) },
    };
    Control {
        id: format!("A.8.{n}"),
        title: "User endpoint devices are protected".to_owned(),
        coverage: if n == 4 { Coverage::Full } else { Coverage::Partial },
        status: [ControlStatus::Pass, ControlStatus::Partial, ControlStatus::Fail, ControlStatus::NoData][n as usize % 4],
        shows: "Enrolled devices are encrypted, locked and up to date as their agents measured it.".to_owned(),
        gap: "Devices that were never enrolled, phones, and the rules on their use.".to_owned(),
        checks: CHECKS[..3].iter().enumerate().map(check).collect(),
        attestations: if n == 1 { vec![rest::attestation()] } else { Vec::new() },
        not_applicable: None,
    }
}

fn deviation(n: u64) -> Deviation {
    Deviation {
        subject: subject(n),
        check_id: CHECKS[0].0.to_owned(),
        check_title: CHECKS[0].1.to_owned(),
        severity: CHECKS[0].2,
        from: time("2026-10-01T07:00:00Z"),
        to: (!n.is_multiple_of(3)).then(|| time("2026-10-05T07:00:00Z")),
        seconds: 4 * 86_400,
        target_days: Some(14),
        exception_id: None,
        recorded_late: n == 2,
    }
}

fn service(n: u64) -> Service {
    let review = |n: u64| Review {
        id: format!("rev_{n}"),
        review_date: day("2026-09-14"),
        recorded_at: time("2026-09-17T10:00:00Z"),
        recorded_late_days: Some(3),
        reviewer: Some(NAMES[n as usize % NAMES.len()].to_owned()),
        outcome: Some("passed_with_findings".to_owned()),
        findings: Some("Two accounts of people who left were still active; removed on the same day.".to_owned()),
        open_findings: n % 2,
        next_review_date: Some(day("2026-12-14")),
    };
    Service {
        id: format!("svc_{n}"),
        name: format!("Service {n}"),
        category: Some("productivity".to_owned()),
        owner: Some(NAMES[n as usize % NAMES.len()].to_owned()),
        owner_email: None,
        data_classification: Some("confidential".to_owned()),
        processes_personal_data: Some(true),
        data_location: Some(vec!["DE".to_owned(), "IE".to_owned()]),
        tags: Vec::new(),
        created_at: time("2026-01-04T10:30:00Z"),
        deleted_at: None,
        last_review_date: Some(day("2026-09-14")),
        next_review_date: Some(day("2026-12-14")),
        in_scope: true,
        status: Some(Status::ALL[n as usize % 4]),
        results: vec![SubjectResult {
            check_id: Arc::from("service.mfa_enforced"),
            status: CheckStatus::Pass,
            since: None,
            observed: Value::Null,
            source: Some(Source::Person),
        }],
        facts: Vec::new(),
        reviews: vec![review(n)],
    }
}
