//! Lists: filters, order and pages; as of a moment; and that the hot statements go by an index.

use rusqlite::types::Value as Parameter;

use super::*;
use crate::domain::compliance::Status;
use crate::store::devices::tests::lists::{plan, sql_in};
use crate::store::services::list::statements;
use crate::store::services::{DueDays, Filter, Page, Sort};
use crate::store::settings;

const BY_NAME: Page = Page { sort: Sort::Name, descending: false, skip: 0, limit: 100 };

/// Four services: `a` well, `B` of Ada and without MFA, `c` of category chat, `Ä` never reviewed.
fn scene() -> (Scene, String, Vec<String>) {
    let scene = Scene::new();
    let ada = scene.add_user("Ada@example.com", crate::domain::access::Role::User);
    let mut ids = Vec::new();
    for (place, name) in ["a", "B", "c", "Ä"].into_iter().enumerate() {
        let mut patch = good(&scene);
        match name {
            "B" => (patch.mfa_enforced, patch.owner_id) = (Some(Some(false)), Some(Some(ada.clone()))),
            "c" => (patch.category, patch.data_classification) = (Some(Some("chat".into())), Some(Some(DataClassification::Restricted))),
            _ => {}
        }
        let now = seconds(i64::try_from(place).unwrap());
        let id = scene.service(now, name, patch).id;
        if name != "Ä" {
            scene.review(now, &id, "2026-01-10", None).unwrap();
        }
        ids.push(id);
    }
    (scene, ada, ids)
}

#[track_caller]
fn names(scene: &Scene, filter: &Filter, page: Page) -> String {
    let join = |found: &[Service]| found.iter().map(|service| service.record.name.as_str()).collect::<String>();
    let (found, total) = scene.read(seconds(60), |tx| services::list(tx, filter, page));
    let (then, total_then) = scene.read(seconds(60), |tx| services::list_at(tx, filter, page, seconds(60)));
    assert_eq!((join(&found), total), (join(&then), total_then), "the same list as of now says the same");
    join(&found)
}

#[test]
fn orders_and_filters_hold_now_and_as_of_a_moment() {
    let (scene, ada, _) = scene();
    let ordered = |sort, descending| names(&scene, &Filter::default(), Page { sort, descending, ..BY_NAME });
    assert_eq!((ordered(Sort::Name, false).as_str(), ordered(Sort::Name, true).as_str()), ("aBcÄ", "ÄcBa"));
    assert_eq!(ordered(Sort::CreatedAt, true), "ÄcBa");
    assert_eq!(ordered(Sort::NextReviewDate, false), "ÄcaB");
    assert_eq!(ordered(Sort::Status, false), "acBÄ");
    assert_eq!(names(&scene, &Filter::default(), Page { skip: 1, limit: 2, ..BY_NAME }), "Bc");

    let found = |filter: Filter| names(&scene, &filter, BY_NAME);
    let search = |text: &str| found(Filter { search: Some(text.to_owned()), ..Filter::default() });
    assert_eq!((search("b"), search("ADA@"), search("ä"), search("%")), ("B".into(), "B".into(), "Ä".into(), String::new()));
    assert_eq!(found(Filter { owner_id: Some(ada), ..Filter::default() }), "B");
    assert_eq!(found(Filter { status: Some(Status::Unknown), ..Filter::default() }), "Ä");
    assert_eq!(found(Filter { category: Some("chat".into()), ..Filter::default() }), "c");
    assert_eq!(found(Filter { data_classification: Some(DataClassification::Restricted), ..Filter::default() }), "c");
    assert_eq!(found(Filter { failing_check: Some("service.mfa_enforced".into()), ..Filter::default() }), "B");
}

#[test]
fn a_list_as_of_a_moment_has_the_members_and_states_of_then() {
    let (scene, _, ids) = scene();
    let (gone, changed) = (ids[0].clone(), ids[1].clone());
    scene.write(days(1), move |tx| services::retire(tx, &gone)).unwrap();
    scene.patch_service(days(1), &changed, Patch { mfa_enforced: Some(Some(true)), ..Patch::default() }).unwrap();
    let at = |filter: Filter, at| {
        let (found, _) = scene.read(at, |tx| services::list_at(tx, &filter, BY_NAME, at));
        found.iter().map(|service| service.record.name.as_str()).collect::<String>()
    };
    assert_eq!(at(Filter::default(), seconds(1)), "aB");
    assert_eq!(at(Filter::default(), days(1).plus_seconds(-1)), "aBcÄ");
    assert_eq!(at(Filter::default(), days(1)), "BcÄ");
    let failing = || Filter { failing_check: Some("service.mfa_enforced".into()), ..Filter::default() };
    assert_eq!((at(failing(), days(1).plus_seconds(-1)), at(failing(), days(1))), ("B".into(), String::new()));
    let bad = || Filter { status: Some(Status::NonCompliant), ..Filter::default() };
    assert_eq!((at(bad(), seconds(30)), at(bad(), days(2))), ("B".into(), String::new()));
}

#[test]
fn common_orders_go_by_an_index_and_sort_nothing_but_ones_own() {
    let scene = Scene::new();
    let owned = Filter { owner_id: Some("user_1".to_owned()), ..Filter::default() };
    for sort in [Sort::CreatedAt, Sort::Name, Sort::Status, Sort::NextReviewDate] {
        for descending in [true, false] {
            let plans = |filter: &Filter| {
                let mut statements = scene.read(T0, |tx| Ok(statements(tx, filter, Page { sort, descending, ..BY_NAME })));
                let count = plan(&scene, &statements.count, &statements.parameters);
                statements.parameters.extend([Parameter::Integer(50), Parameter::Integer(0)]);
                (plan(&scene, &statements.rows, &statements.parameters), count)
            };
            let (rows, count) = plans(&Filter::default());
            assert!(!rows.contains("TEMP B-TREE") && !rows.contains("SCAN"), "{sort:?} {descending}: {rows}");
            assert!(count.contains("COVERING INDEX") && !count.contains("SCAN"), "{count}");
            let (rows, count) = plans(&owned);
            assert!(rows.contains("service_owner") && count.contains("service_owner"), "{rows}{count}");
        }
    }
}

#[test]
fn no_statement_of_changes_reviews_and_judging_reads_a_whole_table() {
    let scene = Scene::new();
    let files = [
        include_str!("../mod.rs"),
        include_str!("../change.rs"),
        include_str!("../judge.rs"),
        include_str!("../due.rs"),
        include_str!("../list.rs"),
    ];
    let of_services = files.into_iter().flat_map(|file| sql_in(&file.replace("{COLUMNS}", services::COLUMNS)));
    let of_reviews = sql_in(&include_str!("../../reviews.rs").replace("{COLUMNS}", stored::COLUMNS));
    let statements: Vec<String> = of_services.chain(of_reviews).filter(|sql| !sql.contains("{conditions}")).collect();
    assert!(statements.len() >= 15, "{}", statements.len());
    for sql in statements {
        let rows = plan(&scene, &sql.replace("{SETTLE_SERVICES_MAX}", "1"), &[]);
        assert!(!rows.lines().any(|row| row.starts_with("SCAN ") && !row.starts_with("SCAN CONSTANT")), "{sql}\n{rows}");
    }
}

#[test]
fn figures_are_those_of_the_list_and_go_by_an_index() {
    let (scene, ada, ids) = scene();
    let own = scene.read(seconds(60), |tx| services::figures(tx, Some(&ada), 0));
    assert_eq!((own.total, own.reviews_due_soon, own.reviews_overdue), (1, 0, 0));
    // All but MFA, the one critical check, which weighs 10 of 43, and personal data, which nobody has answered for and weighs 3.
    let counts = own.score.counts;
    assert_eq!((counts.passed, counts.failed, counts.no_data, own.score.score), (8, 1, 1, Some(69)));
    let all = scene.read(seconds(60), |tx| services::figures(tx, None, 0));
    let by_status: Vec<u64> = all.by_status.iter().map(|(_, count)| *count).collect();
    assert_eq!((all.total, by_status), (4, vec![1, 1, 0, 2]));
    let days_of = |figures: &services::Figures| {
        figures
            .upcoming_reviews
            .iter()
            .map(|(id, _, day)| (ids.iter().position(|known| known == id).unwrap(), day.to_string()))
            .collect::<Vec<_>>()
    };
    let expected = [(2, "2026-04-10"), (0, "2027-01-10"), (1, "2027-01-10")].map(|(place, day)| (place, day.to_owned()));
    assert_eq!(days_of(&all), expected);
    let due = |day: i64| {
        let figures = scene.read(days(day), |tx| services::figures(tx, None, 0));
        let listed = |of: fn(Time, &settings::Version) -> DueDays| {
            scene.read(days(day), |tx| {
                let filter = Filter { due_days: Some(of(tx.now, &*settings::current(tx)?)), ..Filter::default() };
                let (then, total) = (services::list_at(tx, &filter, BY_NAME, tx.now)?.1, services::list(tx, &filter, BY_NAME)?.1);
                assert_eq!(then, total);
                Ok(total)
            })
        };
        assert_eq!((listed(DueDays::soon), listed(DueDays::overdue)), (figures.reviews_due_soon, figures.reviews_overdue), "day {day}");
        (figures.reviews_due_soon, figures.reviews_overdue, figures.upcoming_reviews.len())
    };
    // Due on 10 April, ninety days after the review: soon from the 76th day on, overdue from the 91st.
    assert_eq!([due(75), due(76), due(90), due(91)], [(0, 0, 3), (1, 0, 3), (1, 0, 3), (0, 1, 2)]);
    for (owner, index) in [(Some("user_1"), "service_owner"), (None, "service_")] {
        for rest in [
            "AND s.next_review_date BETWEEN '' AND '2026-01-01'",
            "AND s.next_review_date >= '2026-01-01' ORDER BY s.next_review_date, s.id",
        ] {
            let sql = format!("SELECT s.id FROM service s WHERE {} {rest}", services::figures::scope(owner));
            let rows = plan(&scene, &sql, &[]);
            assert!(rows.contains(index) && !rows.contains("SCAN") && (owner.is_some() || !rows.contains("TEMP B-TREE")), "{rows}");
        }
    }
}
