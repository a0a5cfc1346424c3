//! Exceptions by tag: they hold for what has the tag, while it has it.

use super::*;
use crate::domain::device::Ownership;
use crate::store::devices::{self, Patch, Recorded};
use crate::store::services::{self, tests::good};

impl Scene {
    fn tag(&self, now: Time, id: &str, tags: &[&str]) {
        let (id, tags) = (id.to_owned(), tags.iter().map(|tag| (*tag).to_owned()).collect());
        self.write(now, move |tx| devices::patch(tx, &id, &Patch { tags: Some(tags), ..Patch::default() })).unwrap();
    }
}

#[test]
fn it_holds_while_the_device_has_the_tag() {
    let scene = Scene::new();
    let id = scene.unencrypted(T0).id;
    scene.except(seconds(10), for_tag("lab")).unwrap();
    scene.apply_due(seconds(10));
    assert_eq!(scene.status(&id, CHECK), CheckStatus::Fail);
    scene.tag(seconds(20), &id, &["x", "lab"]);
    assert_eq!(scene.device(&id).compliance_status.as_str(), "compliant");
    scene.tag(seconds(30), &id, &["lab2"]);
    assert_eq!(scene.history_of(&id, Some(CHECK)), ["fail 0..20", "excepted 20..30", "fail 30.."]);
    // What it held for at a past moment is what had the tag then.
    let held = |at: Time| {
        let device = scene.device_at(&id, at).unwrap();
        scene.read(at, |tx| exceptions::in_force_at(tx, SubjectType::Device, &device.id, &device.tags, at)).len()
    };
    assert_eq!([held(seconds(15)), held(seconds(25)), held(seconds(35))], [0, 1, 0]);
}

#[test]
fn those_that_have_the_tag_are_judged_at_the_moment_of_its_recording_and_of_its_end() {
    let scene = Scene::new();
    let id = scene.unencrypted(T0).id;
    scene.tag(seconds(1), &id, &["lab"]);
    let exception = scene.except(seconds(10), for_tag("lab")).unwrap();
    // The housekeeper comes a little later.
    scene.apply_due(seconds(12));
    let revoked = scene.revoke(seconds(20), &exception.id).unwrap();
    assert_eq!(revoked.until, seconds(20));
    scene.apply_due(seconds(25));
    assert_eq!(scene.history_of(&id, Some(CHECK)), ["fail 0..10", "excepted 10..20", "fail 20.."]);
}

#[test]
fn a_report_from_before_the_tag_is_not_spared_for_that_time() {
    let scene = Scene::new();
    let id = scene.report(T0, report()).id;
    scene.except(seconds(1), for_tag("lab")).unwrap();
    scene.tag(seconds(hours(2)), &id, &["lab"]);
    scene.report(seconds(hours(3)), collected(seconds(hours(1)), with("disk_encryption", json!(false))));
    let history = scene.history_of(&id, Some(CHECK));
    assert_eq!(history[1..], [format!("fail {}..{}", hours(1), hours(2)), format!("excepted {}..", hours(2))]);
    // Another change of the record hides nothing: it has had the tag since the second hour.
    scene.report(seconds(hours(4)), report());
    scene
        .write(seconds(hours(6)), {
            let id = id.clone();
            move |tx| devices::patch(tx, &id, &Patch { device_name: Some(Some("renamed".to_owned())), ..Patch::default() })
        })
        .unwrap();
    scene.report(seconds(hours(7)), collected(seconds(hours(5)), with("disk_encryption", json!(false))));
    assert_eq!(scene.history_of(&id, Some(CHECK)).last().unwrap(), &format!("excepted {}..", hours(5)));
}

#[test]
fn services_have_tags_too_and_a_devices_tag_is_not_theirs() {
    let scene = Scene::new();
    let mut patch = good(&scene);
    (patch.tags, patch.mfa_enforced) = (Some(vec!["lab".to_owned()]), Some(Some(false)));
    let id = scene.service(T0, "GitHub", patch).id;
    scene.except(seconds(1), for_tag("lab")).unwrap();
    let of_services = NewException { subject_type: SubjectType::Service, check_id: "service.mfa_enforced".to_owned(), ..for_tag("lab") };
    scene.apply_due(seconds(1));
    assert_eq!(scene.status(&id, "service.mfa_enforced"), CheckStatus::Fail);
    let exception = scene.except(seconds(5), of_services).unwrap();
    scene.apply_due(seconds(6));
    assert_eq!(scene.status(&id, "service.mfa_enforced"), CheckStatus::Excepted);
    let untagged = services::Patch { tags: Some(Vec::new()), ..services::Patch::default() };
    scene.patch_service(seconds(7), &id, untagged).unwrap();
    assert_eq!(scene.history_of(&id, Some("service.mfa_enforced")), ["fail 0..5", "excepted 5..7", "fail 7.."]);
    assert_eq!(exception.state(seconds(7)), ExceptionState::Active);
}

/// The write that records an exception must not judge what may be a whole fleet.
#[test]
fn a_tag_on_thousands_of_devices_marks_them_and_small_transactions_judge_them() {
    let scene = Scene::new();
    scene
        .write(T0, |tx| {
            for number in 0..2_000 {
                let recorded = Recorded {
                    serial_number: format!("S-{number}"),
                    device_name: "shelf".to_owned(),
                    device_type: crate::domain::device::DeviceType::Laptop,
                    os_type: crate::domain::device::OsType::Linux,
                    os_version: None,
                    user_id: None,
                    ownership: Ownership::Company,
                    tags: if number % 2 == 0 { vec!["lab".to_owned()] } else { Vec::new() },
                };
                devices::record(tx, &recorded)?;
            }
            Ok(())
        })
        .unwrap();
    // Nobody owns them, which is advice and fails.
    let check = "device.owner_assigned";
    let count = |status: &str| scene.count(&format!("verdict WHERE check_id = '{check}' AND status = '{status}'"));
    assert_eq!((count("fail"), count("excepted")), (2_000, 0));
    scene.except(seconds(1), NewException { check_id: check.to_owned(), ..for_tag("lab") }).unwrap();
    assert_eq!((count("excepted"), scene.count("device WHERE changes_at <= 1768003201")), (0, 1_000));
    let first = scene.store.write_root(seconds(1), crate::store::due::apply_due).unwrap();
    assert_eq!((first, count("excepted")), (64, 64));
    scene.apply_due(seconds(1));
    assert_eq!((count("fail"), count("excepted")), (1_000, 1_000));
}
