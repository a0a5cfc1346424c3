//! What controls, scopes, parameters, applicability and attestations make of the figures.

use super::*;

#[test]
fn a_control_about_this_appliance_only_is_at_best_partial() {
    let shipped = Framework::shipped().iter().find(|framework| framework.key == "nis2-art21").unwrap();
    let case = Case::new(shipped.clone());
    let evaluated = case.run(|evaluation| add(evaluation, Subject::Tenant, &healthy_tenant()));
    let result = evaluated.controls.iter().find(|result| result.control.id == "21(2)(b)").unwrap();
    assert_eq!((result.status, result.only_this_appliance), (Partial, true));
}

#[test]
fn a_control_with_supporting_checks_only_is_at_best_partial_and_never_fails() {
    let only = "\n[[control]]\nid = \"C\"\ncoverage = \"partial\"\nsupporting = [\"device.no_local_admin\"]\n";
    let case = Case::new(framework(only));
    for (admin, wanted) in [(json!({ "local_admin": false }), Partial), (json!({ "local_admin": true }), Partial), (json!({}), NoData)] {
        let evaluated = case.run(|evaluation| add_device(evaluation, laptop(OsType::Macos), admin.clone(), &[]));
        assert_eq!(status(&evaluated, "C"), wanted, "{admin}");
    }
}

#[test]
fn the_same_check_with_other_scope_or_parameters_is_another_result() {
    let controls = [
        one("device.screen_lock_delay", "scope = { device_type_not = [\"server\"] }"),
        one("device.screen_lock_delay", "params = { \"device.screen_lock_delay\" = { max_secs = 120 } }").replace("\"C\"", "\"D\""),
        one("device.screen_lock_delay", "params = { \"device.screen_lock_delay\" = { max_secs = 900 } }").replace("\"C\"", "\"E\""),
        one("device.screen_lock_delay", "").replace("\"C\"", "\"F\""),
    ];
    let case = Case::new(framework(&controls.concat()));
    let evaluated = case.run(|evaluation| {
        add_device(evaluation, laptop(OsType::Macos), json!({ "screen_lock_delay_secs": 300 }), &[]);
        add_device(evaluation, device(OsType::Linux, DeviceType::Server), json!({ "screen_lock_delay_secs": 10 }), &[]);
        add_device(evaluation, device(OsType::Linux, DeviceType::Other), json!({ "screen_lock_delay_secs": 10 }), &[]);
    });
    let rows: Vec<_> = evaluated.rows.iter().map(|row| (row.scope.words(), row.params["max_secs"].clone(), row.counts)).collect();
    let three = |passed, failed, not_applicable| Counts { passed, failed, not_applicable, ..Counts::default() };
    let expected = [
        ("devices not of type server".to_owned(), json!(900), three(2, 0, 0)),
        ("all".to_owned(), json!(120), three(1, 1, 1)),
        ("all".to_owned(), json!(900), three(2, 0, 1)),
    ];
    assert_eq!(rows, expected, "E and F ask the same");
    assert_eq!(["C", "D", "E", "F"].map(|id| status(&evaluated, id)), [Pass, Fail, Pass, Pass]);
    assert_eq!(evaluated.score.score, Some(83), "each result counts once: (1 + 1/2 + 1) / 3");
}

#[test]
fn an_organisation_may_ask_for_more_than_a_framework_and_never_for_less() {
    let of = |framework: &str, own: serde_json::Value, control: &str| {
        let framework = framework_with(framework, &one("device.os_patch_age", control));
        let checks = resolved(json!({ "checks": { "device.os_patch_age": { "params": own } } }));
        let found = checks.get("device.os_patch_age").unwrap();
        demanded_params(&framework, &framework.controls[0], found, &checks.catalogue.regions)["max_days"].clone()
    };
    let demand = |days: u32| format!("params = {{ \"device.os_patch_age\" = {{ max_days = {days} }} }}\n");
    assert_eq!(of("", json!({}), ""), json!(30), "the catalogue's");
    assert_eq!(of("", json!({ "max_days": 45 }), ""), json!(45), "the organisation's");
    assert_eq!(of(&demand(14), json!({}), ""), json!(14));
    assert_eq!(of(&demand(14), json!({ "max_days": 30 }), ""), json!(14), "14 days beside an organisation with 30");
    assert_eq!(of(&demand(14), json!({ "max_days": 7 }), ""), json!(7));
    assert_eq!(of(&demand(14), json!({}), &demand(20)), json!(20), "the control before the framework");
    assert_eq!(of(&demand(45), json!({}), ""), json!(45), "the catalogue's default is nobody's demand");
    assert_eq!(of(&demand(45), json!({ "max_days": 30 }), ""), json!(30));
}

#[test]
fn a_required_scope_that_nothing_is_in_leaves_everything_without_data() {
    let pci = Framework::shipped().iter().find(|framework| framework.key == "pci-dss-4.0.1").unwrap();
    let case = Case { people_without_device: 3, ..Case::new(pci.clone()) };
    let run = |tags: &[String]| {
        case.run(|evaluation| {
            let tagged = DeviceFacts { tags, ..laptop(OsType::Macos) };
            add_device(evaluation, tagged, json!({ "firewall_enabled": true, "antivirus_enabled": true, "local_admin": false }), &[]);
            add(evaluation, Subject::Service, &[("mfa_enforced", json!(true))]);
            add(evaluation, Subject::Tenant, &healthy_tenant());
        })
    };
    let untagged = run(&["office".to_owned()]);
    assert!(untagged.controls.iter().all(|result| result.status == NoData));
    assert!(untagged.rows.iter().all(|row| row.counts == Counts::default()));
    assert_eq!(untagged.score.score, None);
    let tagged = run(&["office".to_owned(), "cde".to_owned()]);
    assert_eq!(status(&tagged, "1.5.1"), Pass);
    assert_eq!(status(&tagged, "10.3.2"), Partial);
    assert_eq!(counts(&tagged, "service.mfa_enforced"), [0; 5], "the service has no such tag");
    assert_eq!(status(&tagged, "8.4.1"), NoData);
}

#[test]
fn people_without_a_device_are_no_data_in_the_baseline_checks_of_devices() {
    let text = one("device.disk_encryption", "supporting = [\"device.auto_updates\", \"service.mfa_enforced\"]");
    let servers = one("device.disk_encryption", "scope = { device_type = [\"server\"] }").replace("\"C\"", "\"D\"");
    let case = Case { people_without_device: 2, ..Case::new(framework(&format!("{text}{servers}"))) };
    let evaluated = case.run(|evaluation| add_device(evaluation, laptop(OsType::Macos), json!({ "disk_encryption": true }), &[]));
    assert_eq!(evaluated.rows[0].counts, Counts { passed: 1, no_data: 2, ..Counts::default() });
    assert_eq!(evaluated.rows[1].counts, Counts { no_data: 1, ..Counts::default() }, "advice");
    assert_eq!(evaluated.rows[2].counts, Counts::default());
    assert_eq!(evaluated.rows[3].counts, Counts::default(), "no laptop is a server");
    assert_eq!((status(&evaluated, "C"), evaluated.score.score), (Partial, None));
}

#[test]
fn statement_of_applicability_attestations_and_categories() {
    let soc2 = Framework::shipped().iter().find(|framework| framework.key == "soc2").unwrap();
    let signed = Attested { by: "Ann".to_owned(), on: parse_date("2025-12-01").unwrap() };
    let mut case = Case::new(soc2.clone());
    case.not_applicable = BTreeMap::from([("CC9.2".to_owned(), "no vendors".to_owned()), ("CC6.4".to_owned(), "no office".to_owned())]);
    case.attested =
        BTreeMap::from([("CC1.1", &signed), ("CC6.1", &signed), ("CC6.4", &signed)].map(|(id, by)| (id.to_owned(), by.clone())));
    let evaluated = case.run(|evaluation| add(evaluation, Subject::Service, &[("mfa_enforced", json!(false))]));
    assert_eq!(
        (status(&evaluated, "CC9.2"), status(&evaluated, "CC6.4"), status(&evaluated, "CC1.1")),
        (NotApplicable, NotApplicable, Manual)
    );
    assert_eq!(status(&evaluated, "CC6.1"), Fail, "an attestation changes no computed status");
    let attested: Vec<&str> =
        evaluated.uncovered.iter().filter(|result| result.attested.is_some()).map(|r| r.control.id.as_str()).collect();
    assert_eq!(attested, ["CC1.1"]);
    assert!(!evaluated.rows.iter().any(|row| row.check.id == "service.review_frequency"), "its only control does not apply");
    let expected = CoverageFigures { full: 0, partial: 13, out_of_scope: 18, not_applicable: 2, percent: Some(41) };
    assert_eq!(evaluated.coverage, expected);
    assert_eq!(evaluated.tally.values().sum::<u64>(), 33);
    let chosen = Case { categories: vec!["confidentiality".to_owned()], ..Case::new(soc2.clone()) };
    assert_eq!(chosen.run(|_| ()).tally.values().sum::<u64>(), 35);
}

#[test]
fn outcomes_name_their_row_and_say_what_was_seen() {
    let case =
        Case::new(framework(&one("device.disk_encryption", "supporting = [\"device.no_forbidden_software\", \"device.auto_updates\"]")));
    case.run(|evaluation| {
        let data = json!({ "disk_encryption": false });
        let section = Section { data: data.as_object().unwrap(), confirmed_at: now() };
        let facts = Facts::of_device(&DeviceFacts { security: Some(section), ..laptop(OsType::Macos) });
        let outcomes = evaluation.borrow_mut().add(Subject::Device, &facts, &[]);
        let expected = [
            SubjectOutcome { row: 0, status: CheckStatus::Fail, observed: json!(false), reason: None },
            SubjectOutcome { row: 2, status: CheckStatus::NoData, observed: json!(null), reason: Some(Reason::Absent) },
        ];
        assert_eq!(outcomes, expected);
    });
}
