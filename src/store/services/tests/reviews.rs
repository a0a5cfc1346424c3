//! Reviews: their own copy for ever, what they do to the service, and what is refused.

use super::*;

#[test]
fn a_review_updates_what_it_answers_and_keeps_its_own_copy() {
    let scene = Scene::new();
    let id = scene.service(T0, "GitHub", good(&scene)).id;
    let given = Answers { mfa_enforced: Some(false), data_location: Some(vec!["US".to_owned()]), ..Answers::default() };
    let review = scene.review_with(days(1), &id, "2026-01-08", None, given.clone()).unwrap();
    assert_eq!((review.recorded_late_days, review.next_review_date.to_string().as_str()), (3, "2027-01-08"));
    let service = scene.stored_service(&id);
    assert_eq!(
        service.record.answers,
        Answers { sso_enabled: Some(true), audit_logging_enabled: Some(true), encryption_at_rest: Some(true), ..given.clone() }
    );
    assert_eq!((service.status.as_str(), service.recorded_at), ("non_compliant", days(1)));
    scene.patch_service(days(2), &id, Patch { mfa_enforced: Some(Some(true)), ..Patch::default() }).unwrap();
    scene
        .write(days(3), {
            let id = id.clone();
            move |tx| services::retire(tx, &id)
        })
        .unwrap();
    let (kept, total) = scene.read(days(4), |tx| stored::list(tx, &id, 0, 10));
    assert_eq!((kept.len(), total, &kept[0].statement.answers), (1, 1, &given));
    let changed = scene.store.write_root(days(4), |root| {
        Ok(root.tenant_write("x", Actor::system()).connection.execute("UPDATE security_review SET findings = 'none'", [])?)
    });
    assert!(changed.is_err(), "a review can't be changed");
    assert!(scene.review(days(4), &id, "2026-01-13", None).is_err(), "a deleted service is reviewed no more");
}

#[test]
fn an_older_review_is_kept_but_says_nothing_of_the_present() {
    let scene = Scene::new();
    let id = scene.service(T0, "GitHub", good(&scene)).id;
    scene.review(T0, &id, "2026-01-10", Some("2026-03-01")).unwrap();
    let before = scene.stored_service(&id);
    let older = Answers { mfa_enforced: Some(false), ..Answers::default() };
    scene.review_with(days(1), &id, "2025-01-10", Some("2026-01-10"), older).unwrap();
    assert_eq!(scene.stored_service(&id), before);
    let (reviews, _) = scene.read(days(1), |tx| stored::list(tx, &id, 0, 10));
    assert_eq!(reviews.iter().map(|review| review.statement.review_date.to_string()).collect::<Vec<_>>(), ["2026-01-10", "2025-01-10"]);
}

#[test]
fn days_are_those_of_the_organisation_and_the_next_lies_after_the_review() {
    let scene = Scene::new();
    scene.change_settings(days(-1), json!({"time_zone": "Pacific/Auckland"}));
    let id = scene.service(T0, "GitHub", good(&scene)).id;
    let detail = |day, next| scene.review(T0, &id, day, next).map(drop).map_err(|error| error.detail);
    // 2026-01-10T00:00Z is one o'clock in the afternoon there.
    assert_eq!(detail("2026-01-10", None), Ok(()));
    assert_eq!(detail("2026-01-11", None), Err("`review_date` lies in the future".to_owned()));
    let evening = seconds(hours(11));
    assert!(scene.review(evening, &id, "2026-01-11", None).is_ok());
    for next in ["2026-01-10", "2026-01-09"] {
        assert_eq!(detail("2026-01-10", Some(next)), Err("`next_review_date` must lie after `review_date`".to_owned()));
    }
}

#[test]
fn only_the_owner_is_let_in_where_a_person_is_named() {
    let scene = Scene::new();
    let ada = scene.add_user("ada@example.com", crate::domain::access::Role::User);
    let id = scene.service(T0, "GitHub", good(&scene)).id;
    let (own, other) = (id.clone(), ada.clone());
    let refused = scene.write(T0, move |tx| services::patch(tx, &own, &Patch::default(), Some(&other)));
    assert_eq!(refused.unwrap_err().kind, crate::error::Kind::Forbidden);
    let (own, admin) = (id.clone(), scene.admin.clone());
    let handed = Patch { owner_id: Some(Some(ada)), ..Patch::default() };
    let refused = scene.write(T0, move |tx| services::patch(tx, &own, &handed, Some(&admin)));
    assert_eq!(refused.unwrap_err().detail, "Only admins may change `owner_id`");
}
