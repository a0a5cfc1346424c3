//! Exceptions through the store: begin and end, tags, the past, tenants.

mod moments;
mod tags;

use serde_json::json;

use crate::domain::compliance::CheckStatus;
use crate::domain::exception::{Exception, ExceptionScope, ExceptionState, SubjectType};
use crate::domain::inventory::Device;
use crate::domain::time::{Time, parse_date};
use crate::error::{Kind, Result};
use crate::store::devices::tests::support::*;
use crate::store::exceptions::{self, Filter, NewException, Page, Sort};
use crate::store::{Actor, verdicts};

pub const CHECK: &str = "device.disk_encryption";

/// For the device `id`, until 2026-01-20, in the default zone UTC.
pub fn for_device(id: &str) -> NewException {
    NewException {
        subject_type: SubjectType::Device,
        scope: ExceptionScope::Subject(id.to_owned()),
        check_id: CHECK.to_owned(),
        reason: "Reinstalled next week".to_owned(),
        compensating_measure: None,
        requested_by: None,
        approver: None,
        expires_on: parse_date("2026-01-20").unwrap(),
    }
}

pub fn for_tag(tag: &str) -> NewException {
    NewException { scope: ExceptionScope::Tag(tag.to_owned()), ..for_device("") }
}

impl Scene {
    pub fn except(&self, now: Time, new: NewException) -> Result<Exception> {
        self.write(now, move |tx| exceptions::create(tx, new))
    }

    pub fn revoke(&self, now: Time, id: &str) -> Result<Exception> {
        let id = id.to_owned();
        self.write(now, move |tx| exceptions::revoke(tx, &id))
    }

    /// A laptop whose disk is not encrypted, reported at `now`.
    pub fn unencrypted(&self, now: Time) -> Device {
        self.report(now, with("disk_encryption", json!(false)))
    }

    fn in_force(&self, id: &str, at: Time) -> Vec<String> {
        let id = id.to_owned();
        let found = self.read(at, move |tx| exceptions::in_force_at(tx, SubjectType::Device, &id, &[], at));
        found.into_iter().map(|exception| exception.id).collect()
    }
}

#[test]
fn it_spares_the_status_from_its_recording_until_it_is_revoked_and_stays_known() {
    let scene = Scene::new();
    let id = scene.unencrypted(T0).id;
    assert_eq!(scene.device(&id).compliance_status.as_str(), "non_compliant");
    let exception = scene.except(seconds(100), for_device(&id)).unwrap();
    assert_eq!((exception.recorded_at, exception.until), (seconds(100), days(11)));
    assert_eq!((scene.status(&id, CHECK), scene.device(&id).compliance_status.as_str()), (CheckStatus::Excepted, "compliant"));
    // A report that says the same changes nothing.
    scene.unencrypted(seconds(150));
    let revoked = scene.revoke(seconds(200), &exception.id).unwrap();
    assert_eq!(revoked.until, seconds(200));
    assert_eq!([revoked.state(seconds(200)), revoked.state(seconds(199))], [ExceptionState::Revoked, ExceptionState::Active]);
    assert_eq!((scene.status(&id, CHECK), scene.device(&id).compliance_status.as_str()), (CheckStatus::Fail, "non_compliant"));
    assert_eq!(scene.history_of(&id, Some(CHECK)), ["fail 0..100", "excepted 100..200", "fail 200.."]);
    assert_eq!(scene.history_of(&id, None), ["non_compliant 0..100", "compliant 100..200", "non_compliant 200.."]);
    for (at, held) in [(99, false), (100, true), (199, true), (200, false)] {
        assert_eq!(!scene.in_force(&id, seconds(at)).is_empty(), held, "at {at}");
        assert_eq!(scene.status_at(&id, CHECK, seconds(at)) == Some(CheckStatus::Excepted), held, "at {at}");
    }
    let again = scene.revoke(seconds(201), &exception.id).unwrap_err();
    assert_eq!(again.kind, Kind::Conflict);
}

#[test]
fn passes_and_missing_data_are_never_touched() {
    let scene = Scene::new();
    let id = scene.report(T0, report()).id;
    scene.except(seconds(1), for_device(&id)).unwrap();
    assert_eq!(scene.status(&id, CHECK), CheckStatus::Pass);
    let mut silent = report();
    silent.sections[0].1.remove("disk_encryption");
    scene.report(seconds(2), silent);
    assert_eq!((scene.status(&id, CHECK), scene.device(&id).compliance_status.as_str()), (CheckStatus::NoData, "unknown"));
    scene.unencrypted(seconds(3));
    assert_eq!(scene.status(&id, CHECK), CheckStatus::Excepted);
    scene.report(seconds(4), report());
    assert_eq!(scene.history_of(&id, Some(CHECK)), ["pass 0..2", "no_data 2..3", "excepted 3..4", "pass 4.."]);
}

#[test]
fn what_cannot_be_recorded_is_refused_and_nothing_stored() {
    let scene = Scene::new();
    let id = scene.unencrypted(T0).id;
    let (tenant, other_admin) = scene.other_tenant();
    let of = |day: &str| NewException { expires_on: parse_date(day).unwrap(), ..for_device(&id) };
    // Recorded on 2026-01-10: 365 days ahead is 2027-01-10.
    for (new, named) in [
        (of("2026-01-09"), "`expires_on` lies in the past"),
        (of("2027-01-11"), "`expires_on` must be at most 365 days ahead"),
        (for_device("dev_0"), "`subject_id` must be that of a device"),
        (NewException { subject_type: SubjectType::Service, ..for_device(&id) }, "`subject_id` must be that of a service"),
        (NewException { requested_by: Some(other_admin), ..for_device(&id) }, "`requested_by` must be"),
    ] {
        let error = scene.except(T0, new).unwrap_err();
        assert!(error.kind == Kind::Invalid && error.detail.starts_with(named), "{}", error.detail);
    }
    let (device, exception) = (id.clone(), for_device(&id));
    let foreign = scene.store.write(&tenant, &Actor::system(), T0, move |tx| exceptions::create(tx, exception)).unwrap_err();
    assert!(foreign.detail.starts_with("`subject_id` must be"), "{}", foreign.detail);
    assert_eq!(scene.count("exception"), 0);
    assert!(scene.except(T0, of("2026-01-10")).is_ok() && scene.except(T0, of("2027-01-10")).is_ok());
    let verdicts = scene.store.read(&tenant, &Actor::system(), T0, |tx| verdicts::present(tx, &device)).unwrap();
    assert!(verdicts.is_empty());
}

#[test]
fn another_tenants_exceptions_do_not_exist() {
    let scene = Scene::new();
    let (tenant, _) = scene.other_tenant();
    let id = scene.unencrypted(T0).id;
    let theirs = scene.store.write(&tenant, &Actor::system(), T0, |tx| exceptions::create(tx, for_tag("lab"))).unwrap();
    let own = scene.except(T0, for_device(&id)).unwrap();
    let page = Page { sort: Sort::RecordedAt, descending: true, skip: 0, limit: 50 };
    let (listed, total) = scene.read(T0, |tx| exceptions::list(tx, &Filter::default(), page));
    assert_eq!((listed, total), (vec![own], 1));
    for error in [
        scene.store.read(&scene.tenant_id, &Actor::system(), T0, |tx| exceptions::get(tx, &theirs.id)).unwrap_err(),
        scene.revoke(T0, &theirs.id).unwrap_err(),
    ] {
        assert_eq!(error.kind, Kind::NotFound);
    }
}

#[test]
fn one_person_who_asks_and_approves_is_named_as_such() {
    let scene = Scene::new();
    let id = scene.unencrypted(T0).id;
    let other = scene.add_user("other@example.com", crate::domain::access::Role::User);
    let recorded = |requested_by: Option<String>| {
        let new = NewException { requested_by, approver: Some(scene.admin.clone()), ..for_device(&id) };
        let exception = scene.except(T0, new).unwrap();
        (exception.requested_by.unwrap(), exception.self_approved)
    };
    assert_eq!(recorded(None), (scene.admin.clone(), true));
    assert_eq!(recorded(Some(scene.admin.clone())), (scene.admin.clone(), true));
    assert_eq!(recorded(Some(other.clone())), (other, false));
}
