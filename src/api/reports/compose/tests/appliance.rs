//! What the appliance says about itself: by what was known at the end, apart from everything else, and in no score.

use serde_json::json;

use super::*;
use crate::domain::access::Role;
use crate::domain::compliance::Counts;
use crate::report::content::Clocks;
use crate::store::users::set_role;

fn own<'r>(report: &'r ComplianceReport, id: &str) -> &'r CheckResult {
    report.appliance.checks.iter().find(|check| check.id == id).unwrap_or_else(|| panic!("no {id}"))
}

/// A framework that rests on one check of each kind.
fn both() -> Framework {
    let controls = "
[[control]]
id = \"A.1\"
coverage = \"partial\"
checks = [\"device.disk_encryption\", \"device.firewall_enabled\"]
[[control]]
id = \"A.2\"
coverage = \"partial\"
checks = [\"user.admin_mfa_enabled\", \"tenant.admins_limited\", \"tenant.audit_auth_events\", \"tenant.report_cadence\", \"tenant.retirements_recorded\"]
";
    mini("", controls)
}

#[test]
fn the_appliance_is_judged_by_what_was_known_at_the_end_and_changes_no_score() {
    let scene = Scene::new();
    let bea = scene.add_user("bea@example.com", Role::User);
    for day in 0..41 {
        scene.report(days(day), with("time_sync", json!(day < 20)));
    }
    scene.change_settings(days(1), json!({ "checks": { "tenant.admins_limited": { "params": { "max": 1 } } } }));
    let id = bea.clone();
    scene.write(days(15), move |tx| set_role(tx, &id, Role::Admin, None)).unwrap();
    let make = |start, end| scene.composed(days(40), &both(), start, end);
    let (before, after) = (make("2026-01-12", "2026-01-20"), make("2026-01-12", "2026-02-05"));
    let counts = |passed, failed, no_data| Counts { passed, failed, no_data, ..Counts::default() };
    assert_eq!(own(&before, "tenant.admins_limited").counts, counts(1, 0, 0));
    assert_eq!(own(&after, "tenant.admins_limited").counts, counts(0, 1, 0));
    assert_eq!(own(&after, "tenant.audit_auth_events").counts, counts(1, 0, 0));
    // No report was ever made, and no device ever left: nothing is known, which is no pass.
    assert_eq!(own(&after, "tenant.report_cadence").counts, counts(0, 0, 1));
    assert_eq!(own(&after, "tenant.retirements_recorded").counts, counts(0, 0, 1));
    assert_eq!((own(&before, "user.admin_mfa_enabled").counts.failed, own(&after, "user.admin_mfa_enabled").counts.failed), (1, 2));
    let named = own(&after, "user.admin_mfa_enabled").failing.iter().any(|failing| failing.subject.id == bea);
    assert!(named, "who has no second factor is named");
    assert_eq!((after.appliance.accounts, after.appliance.administrators, after.appliance.accounts_with_mfa), (2, 2, 0));
    assert_eq!(before.appliance.clocks, Clocks { follow: 1, ..Clocks::default() });
    assert_eq!(after.appliance.clocks, Clocks { do_not: 1, ..Clocks::default() });
    // All of that stands apart.
    assert_eq!((before.result, after.result), (before.result, before.result));
    assert!(after.checks.iter().all(|check| check.subject.enters_score()));
    assert!(after.appliance.checks.iter().all(|check| !check.subject.enters_score()));
    assert!(after.deviations.iter().all(|deviation| deviation.subject.kind.enters_score()));
    assert_eq!(after.evidence.measured, after.checks.iter().map(|check| check.counts.passed + check.counts.failed).sum::<u64>());
}
