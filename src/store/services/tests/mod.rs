//! Services through the store: changes, moments, reviews, lists and the past.

mod lists;
mod moments;
mod reviews;

use serde_json::json;

use crate::domain::compliance::CheckStatus;
use crate::domain::review::{Review, Statement};
use crate::domain::service::{Answers, DataClassification, Service};
use crate::domain::time::{Time, parse_date};
use crate::error::Result;
use crate::store::devices::tests::support::*;
use crate::store::services::{self, Patch};
use crate::store::{Actor, due, reviews as stored};

/// A service on which all is well once it was reviewed, owned by the admin.
pub fn good(scene: &Scene) -> Patch {
    Patch {
        owner_id: Some(Some(scene.admin.clone())),
        data_classification: Some(Some(DataClassification::Internal)),
        sso_enabled: Some(Some(true)),
        mfa_enforced: Some(Some(true)),
        audit_logging_enabled: Some(Some(true)),
        encryption_at_rest: Some(Some(true)),
        data_location: Some(Some(vec!["DE".to_owned()])),
        ..Patch::default()
    }
}

impl Scene {
    pub fn service(&self, now: Time, name: &'static str, patch: Patch) -> Service {
        self.write(now, move |tx| services::create(tx, name, &patch)).unwrap()
    }

    pub fn patch_service(&self, now: Time, id: &str, patch: Patch) -> Result<Service> {
        let id = id.to_owned();
        self.write(now, move |tx| services::patch(tx, &id, &patch, None))
    }

    /// A review of `day` that names `next`.
    pub fn review(&self, now: Time, id: &str, day: &str, next: Option<&str>) -> Result<Review> {
        self.review_with(now, id, day, next, Answers::default())
    }

    pub fn review_with(&self, now: Time, id: &str, day: &str, next: Option<&str>, answers: Answers) -> Result<Review> {
        let (id, review_date) = (id.to_owned(), parse_date(day).unwrap());
        let next_review_date = next.map(|next| parse_date(next).unwrap());
        let statement = Statement { review_date, next_review_date, findings: None, outcome: None, finding_items: Vec::new(), answers };
        self.write(now, move |tx| stored::create(tx, &id, statement, &[], None))
    }

    pub fn stored_service(&self, id: &str) -> Service {
        self.read(T0, |tx| services::get(tx, id))
    }

    pub fn service_at(&self, id: &str, at: Time) -> Option<Service> {
        self.store.read(&self.tenant_id, &Actor::system(), at, |tx| services::at(tx, id, at)).ok()
    }
}

#[test]
fn a_service_of_which_nothing_is_said_is_unknown_and_never_off() {
    let scene = Scene::new();
    let id = scene.service(T0, "GitHub", Patch::default()).id;
    for check in ["sso_enabled", "mfa_enforced", "audit_logging", "encryption_at_rest", "data_classified", "review_current"] {
        assert_eq!(scene.status(&id, &format!("service.{check}")), CheckStatus::NoData, "{check}");
    }
    assert_eq!(scene.status(&id, "service.owner_assigned"), CheckStatus::Fail);
    // A serious failure comes before what is unknown.
    assert_eq!(scene.stored_service(&id).status.as_str(), "non_compliant");
    let owned = scene.patch_service(seconds(1), &id, Patch { owner_id: Some(Some(scene.admin.clone())), ..Patch::default() }).unwrap();
    assert_eq!(owned.status.as_str(), "unknown");
    let off = Patch { mfa_enforced: Some(Some(false)), ..Patch::default() };
    assert_eq!(scene.patch_service(seconds(2), &id, off).unwrap().status.as_str(), "non_compliant");
}

#[test]
fn a_name_is_taken_without_regard_to_case_until_its_service_is_deleted() {
    let scene = Scene::new();
    let first = scene.service(T0, "Übersicht", Patch::default()).id;
    let other = scene.service(T0, "Other", Patch::default()).id;
    let taken = scene.write(T0, |tx| services::create(tx, "üBERSICHT", &Patch::default())).unwrap_err();
    assert_eq!((taken.kind, taken.detail.as_str()), (crate::error::Kind::Conflict, "A service with this `name` exists already"));
    let rename = || Patch { name: Some("ÜBERSICHT".to_owned()), ..Patch::default() };
    assert!(scene.patch_service(T0, &other, rename()).is_err());
    assert_eq!(scene.patch_service(T0, &first, rename()).unwrap().record.name, "ÜBERSICHT");
    let (tenant, _) = scene.other_tenant();
    scene.store.write(&tenant, &Actor::system(), T0, |tx| services::create(tx, "Übersicht", &Patch::default())).unwrap();
    scene.write(seconds(1), move |tx| services::retire(tx, &first)).unwrap();
    scene.patch_service(seconds(2), &other, rename()).unwrap();
}

#[test]
fn a_version_that_was_is_answered_as_of_its_time_with_its_verdicts() {
    let scene = Scene::new();
    let id = scene.service(T0, "GitHub", good(&scene)).id;
    scene.review(T0, &id, "2026-01-10", None).unwrap();
    let patch = Patch { mfa_enforced: Some(Some(false)), category: Some(Some("code".into())), ..Patch::default() };
    scene.patch_service(days(2), &id, patch).unwrap();
    let gone = id.clone();
    scene.write(days(5), move |tx| services::retire(tx, &gone)).unwrap();

    let state = |at| scene.service_at(&id, at).map(|service| (service.record.category, service.status.as_str(), service.recorded_at));
    assert_eq!(state(T0.plus_seconds(-1)), None);
    assert_eq!(state(days(2).plus_seconds(-1)), Some((None, "compliant", T0)));
    assert_eq!(state(days(2)), Some((Some("code".into()), "non_compliant", days(2))));
    assert_eq!(state(days(5)), None);
    assert_eq!(scene.status_at(&id, "service.mfa_enforced", days(1)), Some(CheckStatus::Pass));
    assert_eq!(scene.status_at(&id, "service.mfa_enforced", days(2)), Some(CheckStatus::Fail));
    let day = hours(24);
    assert_eq!(
        scene.history_of(&id, Some("service.mfa_enforced")),
        [format!("pass 0..{}", 2 * day), format!("fail {}..{}", 2 * day, 5 * day)]
    );
    assert_eq!(scene.history_of(&id, None), [format!("compliant 0..{}", 2 * day), format!("non_compliant {}..{}", 2 * day, 5 * day)]);
    assert_eq!(crate::store::integrity::check(&scene.store, days(6)).unwrap(), []);
}

#[test]
fn a_disabled_owner_shows_at_once_and_in_the_log() {
    let scene = Scene::new();
    let ada = scene.add_user("ada@example.com", crate::domain::access::Role::User);
    let id = scene.service(T0, "GitHub", Patch { owner_id: Some(Some(ada.clone())), ..good(&scene) }).id;
    scene.review(T0, &id, "2026-01-10", None).unwrap();
    scene.disable(days(1), &ada);
    assert_eq!(scene.stored_service(&id).status.as_str(), "non_compliant");
    scene.enable(days(2), &ada);
    assert_eq!(scene.stored_service(&id).status.as_str(), "compliant");
    let day = hours(24);
    assert_eq!(
        scene.history_of(&id, Some("service.owner_assigned")),
        [format!("pass 0..{day}"), format!("fail {day}..{}", 2 * day), format!("pass {}..", 2 * day)]
    );
    let sql = "SELECT metadata FROM audit_log WHERE chain = ?1 AND event_name = 'service_updated' AND created_at >= ?2 ORDER BY seq";
    let from = days(1).0.to_string();
    let log = scene.store.read_root(T0, |root| Ok(root.test_texts(sql, &[&scene.tenant_id, &from]))).unwrap();
    let expected = json!({"owner_active": {"old": true, "new": false}, "status": {"old": "compliant", "new": "non_compliant"}});
    assert_eq!(serde_json::from_str::<serde_json::Value>(&log[0]).unwrap(), expected);
    // He may stay, but is made no owner.
    scene.disable(days(3), &ada);
    let other =
        scene.write(days(3), move |tx| services::create(tx, "Other", &Patch { owner_id: Some(Some(ada.clone())), ..Patch::default() }));
    assert_eq!(other.unwrap_err().detail, "`owner_id` must be that of an active user");
    assert!(scene.patch_service(days(3), &id, Patch { url: Some(Some("https://a".into())), ..Patch::default() }).is_ok());
}

#[test]
fn a_change_of_settings_reaches_services() {
    let scene = Scene::new();
    let id = scene.service(T0, "GitHub", Patch { sso_enabled: Some(Some(false)), ..good(&scene) }).id;
    scene.review(T0, &id, "2026-01-10", None).unwrap();
    assert_eq!(scene.stored_service(&id).status.as_str(), "needs_review");
    scene.change_settings(seconds(60), json!({"checks": {"service.sso_enabled": {"severity": "critical"}}}));
    scene.apply_due(seconds(60));
    assert_eq!(scene.stored_service(&id).status.as_str(), "non_compliant");
    scene.change_settings(seconds(120), json!({"checks": {"service.sso_enabled": {"state": "off"}}}));
    scene.apply_due(seconds(120));
    assert_eq!(scene.history_of(&id, None), ["needs_review 0..60", "non_compliant 60..120", "compliant 120.."]);
    assert_eq!(scene.store.read_root(seconds(120), due::next_due).unwrap(), scene.stored_service(&id).changes_at);
}
