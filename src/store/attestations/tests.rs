//! Attestations through the store: when they hold, whose they are, and what becomes of their files.

use crate::domain::attestation::{About, AttestationState};
use crate::domain::evidence_file::NewFile;
use crate::domain::exception::SubjectType;
use crate::domain::time::{Time, parse_date};
use crate::error::Kind;
use crate::store::attestations::{self, NewAttestation};
use crate::store::devices::tests::support::*;
use crate::store::files::{self, Parent};
use crate::store::{Actor, reviews};

/// The smallest whole PDF that is told as one.
pub const PDF: &[u8] = b"%PDF-1.4\nxref\n0 0\ntrailer<<>>\nstartxref\n9\n%%EOF";

fn about_control() -> NewAttestation {
    NewAttestation {
        about: About::Control { framework_id: "iso27001".to_owned(), control_id: "A.7.4".to_owned() },
        check_id: None,
        statement: "The server room is watched".to_owned(),
        valid_until: parse_date("2026-01-20").unwrap(),
        files: vec![NewFile::checked("file", "plan.pdf", PDF.to_vec()).unwrap()],
    }
}

#[test]
fn it_holds_from_its_recording_to_its_end_and_a_revoked_one_stays_known() {
    let scene = Scene::new();
    let made = scene.write(seconds(5), |tx| attestations::create(tx, &about_control())).unwrap();
    assert_eq!((made.created_at, made.until), (seconds(5), days(11)));
    let valid = |at: Time| scene.read(at, |tx| attestations::valid_at(tx, at)).len();
    assert_eq!([valid(seconds(4)), valid(seconds(5)), valid(days(11).plus_seconds(-1)), valid(days(11))], [0, 1, 1, 0]);
    let id = made.id.clone();
    scene.write(seconds(9), move |tx| attestations::revoke(tx, &id)).unwrap();
    assert_eq!([valid(seconds(8)), valid(seconds(9))], [1, 0]);
    let kept = scene.read(seconds(9), |tx| attestations::get(tx, &made.id));
    assert_eq!((kept.state(seconds(9)), kept.files.as_slice()), (AttestationState::Revoked, made.files.as_slice()));
    let id = made.id.clone();
    assert_eq!(scene.write(seconds(10), move |tx| attestations::revoke(tx, &id)).unwrap_err().kind, Kind::Conflict);
}

#[test]
fn a_file_is_found_with_what_it_belongs_to_and_nowhere_else() {
    let scene = Scene::new();
    let (tenant, _) = scene.other_tenant();
    let [one, other] = [1, 2].map(|second| scene.write(seconds(second), |tx| attestations::create(tx, &about_control())).unwrap());
    let file = &one.files[0];
    let read = |tenant: &str, parent: Parent| scene.store.read(tenant, &Actor::system(), T0, |tx| files::content(tx, parent, &file.id));
    let (found, content) = read(&scene.tenant_id, Parent::Attestation(&one.id)).unwrap();
    assert_eq!((&found, content.as_slice(), found.size), (file, PDF, PDF.len() as u64));
    for (tenant, parent) in [
        (&tenant, Parent::Attestation(&one.id)),
        (&scene.tenant_id, Parent::Attestation(&other.id)),
        (&scene.tenant_id, Parent::Review(&one.id)),
    ] {
        assert_eq!(read(tenant, parent).unwrap_err().kind, Kind::NotFound);
    }
}

#[test]
fn it_is_about_something_of_the_tenant() {
    let scene = Scene::new();
    let (tenant, _) = scene.other_tenant();
    let device = scene.report(T0, report()).id;
    let about =
        NewAttestation { about: About::Subject { subject_type: SubjectType::Device, subject_id: device.clone() }, ..about_control() };
    let foreign = about.clone();
    let refused = scene.store.write(&tenant, &Actor::system(), T0, move |tx| attestations::create(tx, &foreign)).unwrap_err();
    assert!(refused.detail.starts_with("`subject_id` must be"), "{refused}");
    let made = scene.write(T0, move |tx| attestations::create(tx, &about)).unwrap();
    let error = scene.store.read(&tenant, &Actor::system(), T0, |tx| attestations::get(tx, &made.id)).unwrap_err();
    assert_eq!(error.kind, Kind::NotFound);
    assert!(scene.store.read(&tenant, &Actor::system(), T0, |tx| attestations::valid_at(tx, T0)).unwrap().is_empty());
    // The check of the device stands as it did: what is attested is not measured.
    assert_eq!(scene.status(&device, "device.disk_encryption").as_str(), "pass");
    assert!(scene.read(T0, |tx| reviews::list(tx, &device, 0, 9)).0.is_empty());
}
