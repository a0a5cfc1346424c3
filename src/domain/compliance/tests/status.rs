//! The status of devices and services, grace and due reviews.

use super::*;

#[track_caller]
fn status(patch: Value, inputs: &StatusInputs<'_>, moment: &str, expected: Status, changes_at: Option<&str>) {
    let outcome = subject_status(&resolved(patch), inputs, at(moment));
    assert_eq!(
        (outcome.status, outcome.changes_at.map(|time| time.to_string()).as_deref()),
        (expected, changes_at),
        "{inputs:?} at {moment}"
    );
}

fn standing(check_id: &str, status: CheckStatus) -> CheckStanding<'_> {
    CheckStanding { check_id, status, since: at("2026-01-01T00:00:00Z") }
}

#[test]
fn the_first_that_holds_is_the_status() {
    let (bad, unknown, minor) =
        (standing("device.disk_encryption", Fail), standing("device.firewall_enabled", NoData), standing("device.screen_lock_delay", Fail));
    let silent_at = Some("2026-01-15T12:00:01Z");
    let ask = |checks: &[CheckStanding<'_>], expected| {
        let inputs = StatusInputs { subject: Subject::Device, checks, last_seen: Some(at(NOW)), review_due_on: None };
        status(json!({}), &inputs, NOW, expected, silent_at);
    };
    ask(&[bad, unknown, minor], Status::NonCompliant);
    ask(&[unknown, minor], Status::Unknown);
    ask(&[minor], Status::NeedsReview);
    ask(&[], Status::Compliant);
    ask(&[standing("device.disk_encryption", Pass), standing("device.os_patch_age", NoData)], Status::Compliant);
    ask(&[standing("device.disk_encryption", Excepted), standing("device.screen_lock_enabled", NotApplicable)], Status::Compliant);
    ask(&[standing("device.auto_updates", Fail), standing("device.edr_installed", Fail), standing("device.gone", Fail)], Status::Compliant);
}

#[test]
fn settings_grade_checks_and_take_them_out_of_the_status() {
    let ask = |patch: Value, check: CheckStanding<'_>, expected| {
        let inputs = StatusInputs { subject: Subject::Device, checks: &[check], last_seen: Some(at(NOW)), review_due_on: None };
        status(json!({ "checks": { check.check_id: patch } }), &inputs, NOW, expected, Some("2026-01-15T12:00:01Z"));
    };
    ask(json!({ "severity": "medium" }), standing("device.disk_encryption", Fail), Status::NeedsReview);
    ask(json!({ "severity": "high" }), standing("device.screen_lock_delay", Fail), Status::NonCompliant);
    ask(json!({ "state": "advice" }), standing("device.disk_encryption", Fail), Status::Compliant);
    ask(json!({ "state": "off" }), standing("device.disk_encryption", NoData), Status::Compliant);
    ask(json!({ "state": "baseline" }), standing("device.auto_updates", Fail), Status::NonCompliant);
}

#[test]
fn grace_ends_to_the_second() {
    let inputs = StatusInputs {
        subject: Subject::Device,
        checks: &[standing("device.disk_encryption", Fail)],
        last_seen: Some(at("2026-01-07T00:00:00Z")),
        review_due_on: None,
    };
    let grace = json!({ "checks": { "device.disk_encryption": { "grace_days": 7 } } });
    status(grace.clone(), &inputs, "2026-01-07T23:59:59Z", Status::NeedsReview, Some("2026-01-08T00:00:00Z"));
    status(grace, &inputs, "2026-01-08T00:00:00Z", Status::NonCompliant, Some("2026-01-21T00:00:01Z"));
    status(json!({}), &inputs, "2026-01-01T00:00:00Z", Status::NonCompliant, Some("2026-01-21T00:00:01Z"));
}

#[test]
fn silence_makes_a_device_unknown_and_a_service_is_never_silent() {
    let device = |last_seen| StatusInputs { subject: Subject::Device, checks: &[], last_seen, review_due_on: None };
    let seen = Some(at(NOW));
    status(json!({}), &device(seen), "2026-01-15T12:00:00Z", Status::Compliant, Some("2026-01-15T12:00:01Z"));
    status(json!({}), &device(seen), "2026-01-15T12:00:01Z", Status::Unknown, None);
    status(json!({ "silent_after_days": 3 }), &device(seen), "2026-01-04T12:00:01Z", Status::Unknown, None);
    status(json!({}), &device(None), NOW, Status::Unknown, None);
    let service = StatusInputs { subject: Subject::Service, ..device(None) };
    status(json!({}), &service, NOW, Status::Compliant, None);
}

#[test]
fn a_review_is_due_soon_then_overdue_then_non_compliant() {
    let zone = json!({ "time_zone": "Europe/Berlin" });
    let due = |status| StatusInputs {
        subject: Subject::Service,
        checks: Box::leak(Box::new([standing("service.review_current", status)])),
        last_seen: None,
        review_due_on: parse_date("2026-02-15"),
    };
    status(zone.clone(), &due(Pass), "2026-01-31T22:59:59Z", Status::Compliant, Some("2026-01-31T23:00:00Z"));
    status(zone.clone(), &due(Pass), "2026-01-31T23:00:00Z", Status::NeedsReview, None);
    // Overdue by 30 days on 17 March; non-compliant from the 18th, even though the failure was recorded long before.
    status(zone.clone(), &due(Fail), "2026-03-17T22:59:59Z", Status::NeedsReview, Some("2026-03-17T23:00:00Z"));
    status(zone.clone(), &due(Fail), "2026-03-17T23:00:00Z", Status::NonCompliant, None);
    status(zone.clone(), &due(Excepted), "2026-03-18T00:00:00Z", Status::Compliant, None);
    status(
        json!({ "checks": { "service.review_current": { "state": "off" } } }),
        &due(Pass),
        "2026-02-10T00:00:00Z",
        Status::Compliant,
        None,
    );
    let (checks, failing_since) = (resolved(zone), at("2026-03-01T00:00:00Z"));
    let until = |id, due_on| grace_until(checks.get(id).unwrap(), failing_since, due_on, checks.zone).to_string();
    assert_eq!(until("service.review_current", parse_date("2026-02-15")), "2026-03-17T23:00:00Z");
    assert_eq!(until("service.mfa_enforced", parse_date("2026-02-15")), "2026-03-01T00:00:00Z");
}
