//! What people change: names, owners, ownership, tags; and what the audit log says of it.

use serde_json::json;

use super::support::*;
use crate::domain::access::Role;
use crate::domain::compliance::CheckStatus;
use crate::domain::device::RetireReason;
use crate::domain::inventory::Device;
use crate::domain::time::Time;
use crate::error::{Kind, Result};
use crate::store::devices::{self, Patch};

fn patch(scene: &Scene, now: Time, id: &str, patch: Patch) -> Result<Device> {
    let id = id.to_owned();
    scene.write(now, move |tx| devices::patch(tx, &id, &patch))
}

fn name(name: Option<&str>) -> Patch {
    Patch { device_name: Some(name.map(str::to_owned)), ..Patch::default() }
}

fn owner(user_id: Option<&str>) -> Patch {
    Patch { user_id: Some(user_id.map(str::to_owned)), ..Patch::default() }
}

#[test]
fn a_name_set_by_a_person_holds_until_it_is_cleared() {
    let scene = Scene::new();
    let id = scene.report(T0, report()).id;
    patch(&scene, seconds(60), &id, name(Some("Ada's"))).unwrap();
    let mut renamed = report();
    renamed.device_name = "laptop-2".to_owned();
    assert_eq!(scene.report(seconds(120), renamed).device_name, "Ada's");
    assert_eq!(patch(&scene, seconds(180), &id, name(None)).unwrap().device_name, "laptop-2");
    let shown = |at| scene.device_at(&id, seconds(at)).unwrap().device_name;
    assert_eq!([shown(59), shown(60), shown(179), shown(180)], ["laptop", "Ada's", "Ada's", "laptop-2"]);
    // A name that is set as it is shown still holds from then on.
    assert!(patch(&scene, seconds(240), &id, name(Some("laptop-2"))).unwrap().name_set);
    assert_eq!(scene.report(seconds(300), report()).device_name, "laptop-2");
}

#[test]
fn a_patch_that_changes_nothing_writes_nothing() {
    let scene = Scene::new();
    let ada = scene.add_user("ada@example.com", Role::User);
    let id = scene.report(T0, report()).id;
    patch(&scene, seconds(30), &id, owner(Some(&ada))).unwrap();
    scene.disable(seconds(40), &ada);
    let tables = ["record_past", "verdict_past", "audit_log"];
    let before = tables.map(|table| scene.count(table));
    // The owner's account was disabled meanwhile; he may stay.
    for same in [Patch::default(), owner(Some(&ada)), Patch { tags: Some(Vec::new()), ..Patch::default() }, name(None)] {
        patch(&scene, seconds(60), &id, same).unwrap();
    }
    assert_eq!(tables.map(|table| scene.count(table)), before);
}

#[test]
fn an_owner_is_an_active_user_of_the_tenant_and_judged_at_once() {
    let scene = Scene::new();
    let ada = scene.add_user("ada@example.com", Role::User);
    let gone = scene.add_user("gone@example.com", Role::User);
    let (_, stranger) = scene.other_tenant();
    scene.disable(days(-1), &gone);
    let id = scene.report(T0, report()).id;
    for wrong in [gone.as_str(), stranger.as_str(), "user_unknown"] {
        assert_eq!(patch(&scene, seconds(30), &id, owner(Some(wrong))).unwrap_err().kind, Kind::Invalid);
    }
    patch(&scene, seconds(60), &id, owner(None)).unwrap();
    assert_eq!(scene.status(&id, "device.owner_assigned"), CheckStatus::Fail);
    patch(&scene, seconds(90), &id, owner(Some(&ada))).unwrap();
    let shown = |at| scene.device_at(&id, seconds(at)).unwrap().user_id;
    assert_eq!([shown(59), shown(60), shown(90)], [Some(scene.admin.clone()), None, Some(ada)]);
    assert_eq!(scene.history_of(&id, Some("device.owner_assigned")), ["pass 0..60", "fail 60..90", "pass 90.."]);
    let events = scene.events();
    assert_eq!(events.iter().filter(|event| *event == "device_owner_changed").count(), 2, "{events:?}");
    // A report by somebody else does not change the owner.
    scene.report(seconds(120), report());
    assert_eq!(shown(120), shown(90));
}

#[test]
fn a_change_after_something_fell_due_leaves_that_at_its_moment() {
    let scene = Scene::new();
    let id = scene.report(T0, report()).id;
    let tags = Patch { tags: Some(vec!["a".to_owned()]), ..Patch::default() };
    let device = patch(&scene, days(15), &id, tags).unwrap();
    let silent = hours(14 * 24) + 1;
    assert_eq!(scene.history_of(&id, None), [format!("compliant 0..{silent}"), format!("unknown {silent}..")]);
    assert_eq!(scene.device(&id), device);
    assert_eq!((device.tags, device.since), (vec!["a".to_owned()], days(15)));
}

#[test]
fn a_retired_device_takes_its_keys_along() {
    let scene = Scene::new();
    let id = scene.report(T0, report()).id;
    let tenant = scene.tenant_id.clone();
    scene
        .store
        .write_root(T0, move |root| {
            let sql = "INSERT INTO api_key (id, tenant_id, name, role, prefix, hash, serial_number, created_at)
                       VALUES (?2, ?1, 'x', 'agent', 'rk', CAST(?2 AS BLOB), ?3, 0)";
            root.test_execute(sql, &[&tenant, "key_own", SERIAL]);
            root.test_execute(sql, &[&tenant, "key_other", "ANOTHER-1"]);
            Ok(())
        })
        .unwrap();
    let retired = id.clone();
    scene.write(seconds(60), move |tx| devices::retire(tx, &retired, RetireReason::Sold)).unwrap();
    assert_eq!(scene.count("api_key WHERE id = 'key_own' AND revoked_at IS NOT NULL"), 1);
    assert_eq!(scene.count("api_key WHERE id = 'key_other' AND revoked_at IS NULL"), 1);
    assert_eq!(scene.count("audit_log WHERE event_name = 'device_deleted' AND json_extract(metadata, '$.keys_revoked') = 1"), 1);
    for again in [patch(&scene, seconds(90), &id, name(Some("x"))).unwrap_err().kind, {
        let id = id.clone();
        scene.write(seconds(90), move |tx| devices::retire(tx, &id, RetireReason::Sold)).unwrap_err().kind
    }] {
        assert_eq!(again, Kind::NotFound);
    }
    // Time changes nothing of it any more.
    scene.change_settings(seconds(90), json!({"silent_after_days": 1}));
    scene.apply_due(days(100));
    assert_eq!(scene.history_of(&id, None), ["compliant 0..60"]);
}

#[test]
fn a_log_entry_about_an_agents_report_has_no_address_and_one_about_a_persons_change_has() {
    let scene = Scene::new();
    let actor = crate::store::Actor {
        actor_type: crate::store::ActorType::User,
        id: Some(scene.admin.clone()),
        email: None,
        ip_address: Some([192, 0, 2, 1].into()),
        user_agent: None,
    };
    let (reporter, prepared) = (scene.agent(), devices::PreparedReport::new(report()));
    let id = scene.store.write(&scene.tenant_id, &actor, T0, move |tx| devices::report(tx, &prepared, &reporter)).unwrap().device.id;
    scene.store.write(&scene.tenant_id, &actor, seconds(1), move |tx| devices::patch(tx, &id, &owner(None))).unwrap();
    assert_eq!(scene.count("audit_log WHERE event_name = 'device_created' AND ip_address IS NULL"), 1);
    assert_eq!(scene.count("audit_log WHERE event_name = 'device_owner_changed' AND ip_address IS NOT NULL"), 1);
    assert_eq!(scene.count("audit_log WHERE event_name = 'device_verdict_changed' AND ip_address IS NOT NULL"), 1);
}
