//! The shipped files, each correction by what showed it, and what is refused in a file of one's own.

use super::*;
use crate::domain::check::Subject;

fn shipped(key: &str) -> &'static Framework {
    Framework::shipped().iter().find(|framework| framework.key == key).unwrap()
}

fn control<'f>(framework: &'f Framework, id: &str) -> &'f Control {
    framework.controls.iter().find(|control| control.id == id).unwrap_or_else(|| panic!("{id} has no checks"))
}

fn iso(id: &str) -> &'static Control {
    control(shipped("iso27001"), id)
}

/// Listed controls, fully and partly evidenced ones and those out of scope.
#[test]
fn the_shipped_files_list_what_they_promise() {
    let counts = |framework: &Framework| {
        let full = framework.controls.iter().filter(|control| control.coverage == Coverage::Full).count();
        let partial = framework.controls.len() - full;
        (framework.key.clone(), framework.controls.len() + framework.out_of_scope.len(), full, partial)
    };
    let expected = [
        ("iso27001", 93, 0, 34),
        ("soc2", 61, 0, 15),
        ("nist-csf-2.0", 106, 0, 24),
        ("nis2-art21", 10, 0, 8),
        ("gdpr-art32", 8, 0, 4),
        ("cyber-essentials-3.3", 33, 1, 20),
        ("pci-dss-4.0.1", 41, 0, 25),
        ("hipaa-164.312", 16, 0, 5),
        ("cis-v8.1-ig1", 56, 3, 25),
    ];
    let found: Vec<_> = Framework::shipped().iter().map(counts).collect();
    assert_eq!(found, expected.map(|(key, listed, full, partial)| (key.to_owned(), listed, full, partial)));
}

#[test]
fn cis_is_off_until_switched_on_and_only_it() {
    let off: Vec<&str> = Framework::shipped().iter().filter(|framework| !framework.ship_default).map(|f| f.key.as_str()).collect();
    assert_eq!(off, ["cis-v8.1-ig1"]);
}

#[test]
fn every_check_of_the_catalogue_serves_a_framework() {
    let unused: Vec<&str> = Catalogue::shipped()
        .checks()
        .iter()
        .map(|check| check.id.as_str())
        .filter(|id| {
            let names = |control: &Control| control.checks.iter().chain(&control.supporting).any(|named| named == id);
            !Framework::shipped().iter().flat_map(|framework| &framework.controls).any(names)
        })
        .collect();
    assert!(unused.is_empty(), "{unused:?}");
}

#[test]
fn monitoring_rests_on_a_detection_agent_and_not_on_check_ins_or_ticks() {
    for (framework, id) in [("iso27001", "A.8.16"), ("soc2", "CC7.2"), ("nist-csf-2.0", "DE.CM-09")] {
        assert_eq!(control(shipped(framework), id).checks, ["device.edr_installed"], "{framework} {id}");
    }
    assert_eq!(iso("A.8.16").supporting, ["device.reporting_fresh"]);
}

#[test]
fn a_confidentiality_class_is_not_personal_data() {
    assert_eq!(iso("A.5.34").checks, ["service.personal_data_recorded"]);
    assert!(!iso("A.5.34").supporting.contains(&"service.data_classified".to_owned()));
    assert!(control(shipped("gdpr-art32"), "32(2)").checks.contains(&"service.personal_data_recorded".to_owned()));
}

#[test]
fn lockout_belongs_to_authentication_and_local_admins_not_to_access_rules() {
    let names = |control: &Control, id: &str| control.checks.iter().chain(&control.supporting).any(|named| named == id);
    assert!(!names(iso("A.5.17"), "tenant.lockout_policy"));
    assert!(iso("A.8.5").checks.contains(&"tenant.lockout_policy".to_owned()));
    assert!(!names(iso("A.5.15"), "device.no_local_admin"));
}

#[test]
fn servers_are_no_user_endpoints() {
    for id in ["A.8.1", "A.7.7", "A.6.7"] {
        assert_eq!(iso(id).scope.device_type_not, [DeviceType::Server], "{id}");
    }
    // What nobody has told the type of is not left out of an endpoint control.
    for (framework, id) in [("cis-v8.1-ig1", "4.5"), ("cyber-essentials-3.3", "CE-FW-7")] {
        assert!(control(shipped(framework), id).scope.device_type.is_empty(), "{framework} {id}");
    }
}

#[test]
fn operational_systems_are_only_supported_by_what_endpoints_tell() {
    assert!(iso("A.8.19").checks.is_empty() && !iso("A.8.19").supporting.is_empty());
}

#[test]
fn records_of_retired_devices_are_claimed_where_they_are_evidence() {
    assert_eq!(iso("A.5.11").checks, ["tenant.leavers_devices_returned", "tenant.retirements_recorded"]);
    assert_eq!(iso("A.7.14").checks, ["tenant.retired_encrypted", "tenant.retirements_recorded"]);
    assert_eq!(control(shipped("soc2"), "CC6.5").checks, ["tenant.retired_encrypted", "tenant.retirements_recorded"]);
}

#[test]
fn soc2_is_reported_by_category() {
    let soc2 = shipped("soc2");
    let common = |id: &str| soc2.category_of(id).is_some_and(|category| category.id == "security");
    let evidenced = soc2.controls.iter().filter(|control| common(&control.id)).count();
    let others = soc2.out_of_scope.iter().filter(|control| common(&control.id)).count();
    assert_eq!((evidenced, evidenced + others), (14, 33));
    assert!(soc2.is_chosen("CC6.1", &[]) && !soc2.is_chosen("C1.1", &[]) && !soc2.is_chosen("P6.1", &[]));
    assert!(soc2.is_chosen("C1.1", &["confidentiality".to_owned()]));
    assert_eq!(soc2.category_of("PI1.1").unwrap().id, "processing_integrity");
}

#[test]
fn controls_that_rest_on_the_appliance_alone_say_so() {
    for id in ["CC6.2", "CC4.2"] {
        let control = control(shipped("soc2"), id);
        assert!(control.gap.starts_with("Rests on this appliance alone"), "{id}");
        let subject = |id: &String| Catalogue::shipped().check(id).unwrap().subject;
        assert!(control.checks.iter().all(|id| !subject(id).enters_score()), "{id}");
    }
}

#[test]
fn full_coverage_does_not_contradict_its_own_gap() {
    assert_eq!(control(shipped("cyber-essentials-3.3"), "CE-MP-1").coverage, Coverage::Partial);
    assert_eq!(control(shipped("cis-v8.1-ig1"), "4.3").coverage, Coverage::Partial);
}

#[test]
fn central_sign_in_is_no_proof_of_unique_ids() {
    for (framework, id) in [("hipaa-164.312", "164.312(a)(2)(i)"), ("pci-dss-4.0.1", "8.2.1"), ("cyber-essentials-3.3", "CE-UA-2")] {
        let found = shipped(framework).out_of_scope.iter().find(|control| control.id == id);
        assert_eq!(found.map(|control| control.reason), Some(OutOfScope::Platform), "{framework} {id}");
    }
}

#[test]
fn no_framework_outranks_the_organisations_list_of_places() {
    for framework in Framework::shipped() {
        let params = framework.controls.iter().map(|control| &control.params).chain([&framework.params]);
        assert!(params.into_iter().all(|params| !params.contains_key("service.data_location_allowed")), "{}", framework.key);
    }
}

#[test]
fn no_disk_check_stands_for_stored_card_numbers() {
    let pci = shipped("pci-dss-4.0.1");
    assert!(!pci.controls.iter().any(|control| control.checks.contains(&"device.disk_encryption".to_owned())));
    assert_eq!(pci.scope_required.as_ref().unwrap().tags_any, ["cde"]);
}

#[test]
fn oscal_names_are_tokens() {
    assert_eq!(shipped("hipaa-164.312").oscal_id("164.312(a)(2)(iv)"), "hipaa-164.312_164.312-a-2-iv");
    assert_eq!(shipped("pci-dss-4.0.1").oscal_id("2.1, 2.3"), "pci-dss-4.0.1_2.1-2.3");
    for framework in Framework::shipped() {
        let ids = framework.controls.iter().map(|control| &control.id).chain(framework.out_of_scope.iter().map(|control| &control.id));
        for token in ids.map(|id| framework.oscal_id(id)) {
            let mut characters = token.chars();
            assert!(characters.next().unwrap().is_ascii_alphabetic(), "{token}");
            assert!(characters.all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)), "{token}");
        }
    }
}

#[test]
fn a_full_control_rests_on_what_is_measured_on_devices() {
    for framework in Framework::shipped() {
        for control in framework.controls.iter().filter(|control| control.coverage == Coverage::Full) {
            let subject = |id: &String| Catalogue::shipped().check(id).unwrap().subject;
            assert!(control.checks.iter().all(|id| subject(id) == Subject::Device), "{} {}", framework.key, control.id);
        }
    }
}

const GOOD: &str = r#"format = 1
[framework]
key = "own"
name = "Own rules"
version = "1"
publisher = "Example"
text_license = "own"
disclaimer = "For inside use."
complete = true
params = { "device.os_patch_age" = { max_days = 14 } }

[[control]]
id = "1 (a)"
title = "Patched"
coverage = "partial"
checks = ["device.os_patch_age"]
supporting = ["device.auto_updates"]
shows = "Updates."
gap = "Servers."
[[out_of_scope]]
reason = "people"
controls = [
  { id = "2", title = "Training" } ]
"#;

#[track_caller]
fn refused(from: &str, to: &str, wanted: &str) {
    Framework::parse("own.toml", GOOD, Catalogue::shipped()).unwrap();
    assert!(GOOD.contains(from), "{from}");
    let error = Framework::parse("own.toml", &GOOD.replacen(from, to, 1), Catalogue::shipped()).unwrap_err();
    assert_eq!(error.to_string(), format!("own.toml:{wanted}"));
}

#[test]
fn a_wrong_file_says_file_line_and_field() {
    refused("format = 1", "format = 2", "1: format: must be 1, not 2");
    refused(
        "\"own\"\nname",
        "\"1own\"\nname",
        "3: framework.key: must begin with a letter and go on with letters, digits, `.`, `_` or `-`",
    );
    refused("\"Own rules\"", "\" \"", "4: framework.name: is empty");
    refused("version = \"1\"\n", "", "2: framework: missing field `version`");
    refused("complete = true", "complete = 1", "9: framework.complete: invalid type: integer `1`, expected a boolean");
    refused("complete = true", "complete = true\nscope_required = {}", "10: framework.scope_required: limits nothing");
    refused("max_days = 14", "max_days = 0", "10: framework.params.device.os_patch_age.max_days: must be a whole number from 1 to 365");
    refused("max_days = 14", "days = 14", "10: framework.params.device.os_patch_age.days: `device.os_patch_age` has no parameter `days`");
    refused(
        "{ \"device.os_patch_age\"",
        "{ \"device.secure_boot\"",
        "10: framework.params.device.secure_boot: no control uses `device.secure_boot`",
    );
    refused("{ \"device.os_patch_age\"", "{ \"device.magic\"", "10: framework.params.device.magic: there is no check `device.magic`");
    refused("\"1 (a)\"", "\"()\"", "13: control[0].id: `()` has no letter or digit");
    refused("\"partial\"", "\"half\"", "15: control[0].coverage: `half` is none of full, partial");
    refused("[\"device.os_patch_age\"]", "[\"device.os\"]", "16: control[0].checks[0]: control `1 (a)`: there is no check `device.os`");
    refused(
        "[\"device.auto_updates\"]",
        "[\"device.os_patch_age\"]",
        "17: control[0].supporting[0]: control `1 (a)`: `device.os_patch_age` is there twice",
    );
    refused("\"Updates.\"", "\"\"", "18: control[0].shows: is empty");
    refused("gap = \"Servers.\"\n", "", "12: control[0]: missing field `gap`");
    refused(
        "gap = ",
        "scope = { device_type = [\"toaster\"] }\ngap = ",
        "19: control[0].scope.device_type: `toaster` is none of laptop, desktop, server, phone, tablet, vm, other",
    );
    refused("\"people\"", "\"weather\"", &format!("21: out_of_scope[0].reason: `weather` is none of {}", one_of_reasons()));
    refused("{ id = \"2\"", "{ id = \"1 (a)\"", "23: out_of_scope[0].controls[0].id: control `1 (a)` is there twice");
    refused("{ id = \"2\"", "{ id = \"1-A\"", "23: out_of_scope[0].controls[0].id: `1-A` and `1 (a)` have the same name in OSCAL");
    refused("\"Training\"", "\"\"", "23: out_of_scope[0].controls[0].title: is empty");
    refused(
        "[[control]]",
        "[[category]]\nid = \"one\"\ntitle = \"One\"\nprefixes = [\"1\"]\n[[control]]",
        "27: out_of_scope[0].controls[0].id: control `2` belongs to 0 categories instead of one",
    );
    refused("format = 1", "format = 1 1", "1: unexpected key or value, expected newline, `#`");
}

fn one_of_reasons() -> String {
    crate::domain::named::one_of(OutOfScope::ALL)
}

#[test]
fn a_full_control_needs_checks_that_must_pass() {
    let text = GOOD.replace("coverage = \"partial\"", "coverage = \"full\"").replace("checks = [\"device.os_patch_age\"]\n", "");
    let text = text.replace("[\"device.auto_updates\"]", "[\"device.auto_updates\", \"device.os_patch_age\"]");
    let error = Framework::parse("own.toml", &text, Catalogue::shipped()).unwrap_err();
    assert_eq!(error.to_string(), "own.toml:15: control[0].coverage: must be `partial` where checks only support");
}

#[test]
fn what_is_too_large_is_refused_unread() {
    let text = format!("{GOOD}#{}", "x".repeat(crate::limits::FRAMEWORK_BYTES_MAX));
    let error = Framework::parse("own.toml", &text, Catalogue::shipped()).unwrap_err();
    assert_eq!(error.to_string(), "own.toml:1: longer than 262144 bytes");
}
