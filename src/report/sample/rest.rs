//! What else stands in an invented report: population, exceptions, what is not covered, integrity.

use serde_json::json;

use super::*;

/// Adds the population and its people.
pub fn population(report: &mut ComplianceReport, count: u64, silent: u64) {
    let line = |label: &str, count: i64| ReconciliationLine { label: label.to_owned(), count };
    let total = i64::try_from(count).unwrap();
    report.population = Population {
        devices_registered: count,
        devices_in_scope: count,
        devices_reporting: count - silent,
        devices_silent: silent,
        silent_after_days: 14,
        services_recorded: 12,
        services_in_scope: 12,
        reconciliations: vec![Reconciliation {
            title: "Devices over the period".to_owned(),
            lines: vec![
                line("Registered at the beginning", total - 1),
                line("Added within the period", 3),
                line("Retired within the period", -2),
            ],
            total_label: "Registered at the end".to_owned(),
            total,
        }],
        ..Population::default()
    };
    let person = |n: usize| Person {
        id: format!("per_{n}"),
        name: NAMES[n].to_owned(),
        email: Some(format!("person{n}@example.org")),
        needs_device: n.is_multiple_of(2),
        reason: (n % 2 == 1).then(|| "Works in the workshop".to_owned()),
        devices: 0,
        left_on: None,
    };
    report.people = (0..NAMES.len()).map(person).collect();
}

/// A statement on one control.
pub fn attestation() -> Attestation {
    Attestation {
        id: "att_1".to_owned(),
        about: "A.8.1".to_owned(),
        statement: "The rules on use of devices were read and signed by everybody.".to_owned(),
        by: Some(NAMES[3].to_owned()),
        at: time("2026-10-02T09:00:00Z"),
        valid_until: Some(day("2027-10-01")),
        files: vec![format!("rules.pdf {}", "ab".repeat(32))],
    }
}

/// Adds exceptions, attestations and what is not covered.
pub fn records(report: &mut ComplianceReport) {
    report.exceptions = vec![Exception {
        id: "exc_1".to_owned(),
        subject: "laptop-00001".to_owned(),
        check_id: CHECKS[0].0.to_owned(),
        check_title: CHECKS[0].1.to_owned(),
        reason: "Measuring machine whose software does not run on an encrypted disk.".to_owned(),
        compensating_measure: Some("Kept in a locked room, without network.".to_owned()),
        requested_by: Some(NAMES[1].to_owned()),
        approved_by: Some(NAMES[2].to_owned()),
        self_approved: false,
        from: time("2026-09-01T09:00:00Z"),
        expires_on: day("2027-03-01"),
        revoked_at: None,
        in_force: true,
        subjects: 1,
    }];
    report.attestations = vec![attestation()];
    let row = |n: u64| NotCovered {
        id: format!("A.5.{n}"),
        title: "Policies are written and approved".to_owned(),
        status: ControlStatus::Manual,
        attestations: Vec::new(),
        not_applicable: None,
    };
    report.not_covered = ["governance", "supplier", "people", "physical"]
        .iter()
        .map(|reason| NotCoveredGroup {
            reason: (*reason).to_owned(),
            text: format!("Reason: {reason}"),
            controls: (1..16).map(row).collect(),
        })
        .collect();
    report.checks_not_in_use = vec![NotInUse {
        check_id: "device.usb_storage_blocked".to_owned(),
        title: "USB storage is blocked".to_owned(),
        reason: "Not switched on".to_owned(),
        controls: vec!["A.7.10".to_owned()],
    }];
}

/// Adds what the report rests on.
pub fn integrity(report: &mut ComplianceReport, counts: Counts) {
    report.appliance = ApplianceBlock {
        checks: vec![check("user.mfa_enabled", "Accounts have a second factor", Severity::High, counts)],
        accounts: 8,
        administrators: 2,
        accounts_with_mfa: 7,
        agent_versions: vec![AgentVersion { version: Some("0.1.0".to_owned()), devices: 57 }, AgentVersion { version: None, devices: 3 }],
        clocks: Clocks { follow: 51, do_not: 1, unknown: 8 },
    };
    report.audit_chain = AuditChain {
        first_seq: Some(1),
        last_seq: Some(48_211),
        entries: 48_211,
        head_hash: Some("9f".repeat(32)),
        verified_at: Some(time("2026-11-25T08:12:40Z")),
        ok: Some(true),
        broken: None,
        events: vec![EventCount {
            event_name: "device_verdict_changed".to_owned(),
            event_title: "Device Verdict Changed".to_owned(),
            count: 512,
        }],
        checkpoint: Some(Checkpoint {
            seq: 48_000,
            hash: "1e".repeat(32),
            created_at: time("2026-11-24T23:00:00Z"),
            signature: "q8".repeat(43),
        }),
    };
    report.basis.signing_key_pem = Some(
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n".to_owned(),
    );
    report.method = vec![MethodText {
        title: "Score".to_owned(),
        paragraphs: vec!["The score is the weighted mean of the share of subjects that pass each check, rounded down. No data and exceptions are not passed.".to_owned()],
    }];
    report.request.parameters =
        vec![Parameter { check_id: CHECKS[5].0.to_owned(), name: "max_days".to_owned(), value: json!(14), origin: "framework".to_owned() }];
    report.changes = vec![SettingsChange {
        at: time("2026-10-10T10:00:00Z"),
        by: Some(NAMES[0].to_owned()),
        what: "max_days of device.os_patch_age: 30 → 14".to_owned(),
    }];
}
