//! Attestations and the files of attestations and reviews, as the contract has them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{attestation, id_of, made, review};
use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::request::{PIXEL, delete, get, post};
use crate::support::world::World;

const PDF: &[u8] = b"%PDF-1.4\nxref\n0 0\ntrailer<<>>\nstartxref\n9\n%%EOF";

#[track_caller]
fn check_download(answer: &Answer, content: &[u8], name: &str) {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.body, content);
    for (field, value) in [
        ("content-type", "application/octet-stream"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("content-disposition", name),
    ] {
        assert_eq!(answer.header(field), Some(value), "{field}");
    }
}

#[test]
fn what_is_attested_is_kept_with_its_files_and_changes_no_verdict() {
    let world = World::new();
    let device = world.device_of(Actor::User).id;
    let before = world.send(Actor::Admin, get(&format!("/v1/devices/{device}"))).json();
    let mut body = attestation(&device);
    body["files"] = json!([
        {"name": "../Prüf \"bericht\".exe", "content": STANDARD.encode(PDF)},
        {"name": "photo.png", "content": PIXEL},
    ]);
    let recorded = made(&world, Actor::Admin, "/v1/attestations", &body);
    for name in ["subject_type", "subject_id", "check_id", "statement", "valid_until"] {
        assert_eq!(recorded[name], body[name], "{name}");
    }
    assert_eq!((recorded["state"].as_str(), &recorded["created_by"]), (Some("valid"), &json!(world.user_id(Actor::Admin))));
    let [pdf, png] = [&recorded["files"][0], &recorded["files"][1]];
    assert_eq!((pdf["name"].as_str(), pdf["media_type"].as_str()), (Some("Prüf _bericht_.exe.pdf"), Some("application/pdf")));
    assert_eq!((png["name"].as_str(), png["media_type"].as_str()), (Some("photo.png"), Some("image/png")));
    let shown = |query: &str| world.send(Actor::User, get(&format!("/v1/devices/{device}{query}"))).json();
    let of_disks =
        |shown: &Value| shown["checks"].as_array().unwrap().iter().position(|check| check["check_id"] == body["check_id"]).unwrap();
    let mut after = world.send(Actor::Admin, get(&format!("/v1/devices/{device}"))).json();
    let place = of_disks(&after);
    let expected = json!({"id": recorded["id"], "statement": body["statement"], "valid_until": body["valid_until"]});
    assert_eq!(after["checks"][place]["attestation"].take(), expected);
    assert_eq!(after, before, "shown as attested, and all else as measured");
    let at = world.appliance.clock.now();

    let target = format!("/v1/attestations/{}", id_of(&recorded));
    let download = |file: &Value| world.send(Actor::Auditor, get(&format!("{target}/files/{}", id_of(file))));
    let name = "attachment; filename=\"Pr_f _bericht_.exe.pdf\"; filename*=UTF-8''Pr%C3%BCf%20_bericht_.exe.pdf";
    check_download(&download(pdf), PDF, name);
    let name = "attachment; filename=\"photo.png\"; filename*=UTF-8''photo.png";
    check_download(&download(png), &STANDARD.decode(PIXEL).unwrap(), name);
    let log = world.send(Actor::Admin, get("/v1/audit-logs?event_name=attestation_created")).json();
    assert_eq!(log[0]["metadata"]["files"], json!([pdf["sha256"], png["sha256"]]));
    assert!(!log.to_string().contains("Ada"), "the statement stands in the attestation alone");

    world.appliance.clock.advance(60);
    assert_eq!(world.send(Actor::Admin, delete(&target)).status, 204);
    assert_eq!(shown("")["checks"][place]["attestation"], Value::Null);
    assert_eq!(shown(&format!("?at={at}"))["checks"][place]["attestation"], expected, "what was vouched for then");
    assert_eq!(world.send(Actor::Admin, delete(&target)).status, 409);
    assert_eq!(world.send(Actor::Auditor, get(&target)).json()["state"], "revoked");
    assert_eq!(download(pdf).status, 200, "what was vouched for stays known");
    for (query, count) in [("?state=valid", 0), ("?state=revoked", 1), ("?subject_type=device", 1), ("?framework_id=soc2", 0)] {
        assert_eq!(world.send(Actor::Admin, get(&format!("/v1/attestations{query}"))).json().as_array().unwrap().len(), count, "{query}");
    }
}

#[test]
fn wrong_fields_are_named_and_nothing_is_stored() {
    let world = World::new();
    let device = world.device_of(Actor::User).id;
    let foreign = world.device_of(Actor::OtherAdmin).id;
    let control = json!({"subject_type": null, "subject_id": null, "check_id": null, "framework_id": "iso27001", "control_id": "A.7.4"});
    let send = |change: &Value| {
        let mut body = attestation(&device);
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        world.send(Actor::Admin, post("/v1/attestations", &body))
    };
    assert_eq!(send(&control).status, 201);
    let before = world.appliance.contents();
    let file = |content: &[u8]| json!({"files": [{"name": "a.pdf", "content": STANDARD.encode(content)}]});
    let large = [PDF, &vec![b' '; 3_360_000]].concat();
    let with = |change: Value| {
        let mut control = control.clone();
        control.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        control
    };
    for (change, named) in [
        (json!({"subject_type": null}), "`subject_type` is required"),
        (json!({"subject_id": null}), "`subject_id` is required"),
        (json!({"subject_id": foreign}), "`subject_id` must be that of a device"),
        (json!({"subject_id": null, "subject_type": null}), "`subject_type` with `subject_id`, or `framework_id`"),
        (json!({"framework_id": "iso27001"}), "`subject_id` can't stand beside"),
        (with(json!({"framework_id": "iso9001"})), "`framework_id` must be"),
        (with(json!({"control_id": "A.99"})), "`control_id` must be"),
        (with(json!({"control_id": null})), "`control_id` is required"),
        (with(json!({"check_id": "tenant.nonsense"})), "`check_id` must be"),
        (json!({"check_id": "service.mfa_enforced"}), "`check_id` must be"),
        (json!({"statement": ""}), "`statement` is empty"),
        (json!({"valid_until": "2025-12-31"}), "`valid_until` lies in the past"),
        (json!({"valid_until": "2030-01-01"}), "`valid_until` must be at most 1096 days ahead"),
        (json!({"files": "x"}), "`files` must be an array"),
        (json!({"files": [{}]}), "`files[0].name` is required"),
        (json!({"files": [{"name": "a"}]}), "`files[0].content` is required"),
        (json!({"files": [{"name": "a", "content": "@"}]}), "`files[0].content` must be base64"),
        (json!({"files": [{"name": "a", "content": PIXEL, "type": "image/png"}]}), "Unknown field `files[0].type`"),
        (json!({"files": vec![json!({"name": "a", "content": PIXEL}); 6]}), "`files` has more than 5 entries"),
        (file(b"MZ"), "`files[0].content` must be a PDF or PNG"),
        (file(b"%PDF-1.4"), "`files[0].content` is a damaged PDF"),
        (file(&[PDF, &vec![b' '; 5_000_000]].concat()), "`files[0].content` must be at most 5 MB"),
        (json!({"files": vec![json!({"name": "a", "content": STANDARD.encode(&large)}); 3]}), "`files` must be at most 10 MB together"),
    ] {
        let answer = send(&change);
        let shown: String = change.to_string().chars().take(100).collect();
        assert!(answer.status == 400 && answer.text().contains(named), "{shown}: {} {}", answer.status, answer.text());
    }
    assert!(world.appliance.contents() == before, "something was stored");
}

#[test]
fn files_of_a_review_are_for_whoever_may_read_it() {
    let world = World::new();
    let service = format!("/v1/services/{}", world.service_of(Actor::User));
    let recorded = made(&world, Actor::User, &format!("{service}/reviews"), &review(&world.user_id(Actor::User)));
    let file = &recorded["files"][0];
    let target = format!("{service}/reviews/{}/files/{}", id_of(&recorded), id_of(file));
    let name = "attachment; filename=\"a.png\"; filename*=UTF-8''a.png";
    check_download(&world.send(Actor::Viewer, get(&target)), &STANDARD.decode(PIXEL).unwrap(), name);
    assert_eq!(world.send(Actor::OtherUser, get(&target)).status, 403);
    assert_eq!(world.send(Actor::Viewer, get(&format!("{service}/reviews"))).json()[0]["files"], json!([file]));
    // Under another service, or another review, it is not there.
    let other = format!("/v1/services/{}", world.service_of(Actor::User));
    let others = made(&world, Actor::User, &format!("{other}/reviews"), &json!({"review_date": "2026-01-01"}));
    for wrong in [target.replace(&service, &other), target.replace(&id_of(&recorded), &id_of(&others))] {
        assert_eq!(world.send(Actor::Admin, get(&wrong)).status, 404, "{wrong}");
    }
    // It outlives the service.
    assert_eq!(world.send(Actor::Admin, delete(&service)).status, 204);
    assert_eq!(world.send(Actor::User, get(&target)).status, 200);
}
