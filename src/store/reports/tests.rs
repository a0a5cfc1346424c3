//! Orders, turns, pieces, stops in between, and what stays of a report.

use serde_json::json;

use super::*;
use crate::domain::report::{DateRange, ReportFormat, ReportStatus, Trigger};
use crate::store::devices::tests::support::{Scene, T0, days};

fn order() -> Order {
    let day = |text: &str| text.parse().unwrap();
    Order {
        framework_id: "iso27001".to_owned(),
        format: ReportFormat::Pdf,
        range: DateRange { start: day("2025-10-01"), end: day("2025-12-31") },
        trigger: Trigger::Session,
        role: Some("admin".to_owned()),
        request: "POST /v1/reports/compliance {}".to_owned(),
    }
}

fn ordered(scene: &Scene) -> String {
    scene.write(T0, |tx| create(tx, order())).unwrap().id
}

fn claimed(scene: &Scene) -> Option<String> {
    scene.store.write_root(T0, claim).unwrap().map(|(_, report)| report.id)
}

fn finish(scene: &Scene, id: &str) -> Report {
    let id = id.to_owned();
    scene
        .write(days(1), move |tx| {
            put_piece(tx, &id, 0, b"PDF")?;
            put_piece(tx, &id, 1, b"...")?;
            complete(tx, &id, &Finished { file: File { size: 6, sha256: [7; 32] }, summary: json!({"score": 92}) })
        })
        .unwrap()
}

fn found(scene: &Scene, id: &str) -> Report {
    scene.read(T0, |tx| get(tx, id))
}

#[test]
fn a_report_waits_is_made_and_can_be_read_piece_by_piece() {
    let scene = Scene::new();
    let id = ordered(&scene);
    assert_eq!((found(&scene, &id).order, found(&scene, &id).status), (order(), ReportStatus::Pending));
    assert_eq!(claimed(&scene), Some(id.clone()));
    let same = id.clone();
    scene.write(T0, move |tx| progress(tx, &same, 40)).unwrap();
    assert_eq!((found(&scene, &id).status, found(&scene, &id).progress), (ReportStatus::Running, 40));
    assert_eq!(require_file(&found(&scene, &id)).unwrap_err().detail, "The report is not completed yet");
    let report = finish(&scene, &id);
    assert_eq!((report.status, report.progress, report.finished_at), (ReportStatus::Completed, 100, Some(days(1))));
    assert_eq!(require_file(&report).unwrap(), File { size: 6, sha256: [7; 32] });
    let piece_of = |number| scene.read(T0, |tx| piece(tx, &id, number));
    assert_eq!((piece_of(0), piece_of(1), piece_of(2)), (Some(b"PDF".to_vec()), Some(b"...".to_vec()), None));
    assert_eq!(scene.read(T0, |tx| summary(tx, &id)), json!({"score": 92}));
}

#[test]
fn a_tenant_has_one_report_made_at_a_time() {
    let scene = Scene::new();
    let (first, second) = (ordered(&scene), ordered(&scene));
    let one = claimed(&scene).unwrap();
    assert_eq!(claimed(&scene), None);
    let other = if one == first { second } else { first };
    let same = other.clone();
    assert!(!scene.write(T0, move |tx| begin(tx, &same)).unwrap());
    finish(&scene, &one);
    assert_eq!(claimed(&scene), Some(other));
}

#[test]
fn too_many_orders_are_refused_until_some_are_made() {
    let scene = Scene::new();
    for _ in 0..REPORTS_WAITING_MAX {
        ordered(&scene);
    }
    let error = scene.write(T0, |tx| create(tx, order())).unwrap_err();
    assert!(error.detail.contains("being made already"), "{}", error.detail);
    let id = claimed(&scene).unwrap();
    finish(&scene, &id);
    ordered(&scene);
}

#[test]
fn a_report_that_was_being_made_when_the_program_stopped_is_begun_again_but_not_for_ever() {
    let scene = Scene::new();
    let id = ordered(&scene);
    for attempt in 1..=3 {
        assert_eq!(claimed(&scene), Some(id.clone()), "attempt {attempt}");
        let same = id.clone();
        scene.write(T0, move |tx| put_piece(tx, &same, 0, b"half")).unwrap();
        assert_eq!(scene.store.write_root(T0, recover).unwrap(), 1);
        assert_eq!(scene.count("report_piece"), 0);
    }
    assert_eq!((found(&scene, &id).status, claimed(&scene)), (ReportStatus::Failed, None));
    assert_eq!(found(&scene, &id).error.as_deref(), Some("The appliance stopped each time that it made this report"));
}

#[test]
fn who_makes_a_deleted_report_finds_it_gone() {
    let scene = Scene::new();
    let id = ordered(&scene);
    claimed(&scene).unwrap();
    let same = id.clone();
    scene.write(T0, move |tx| delete(tx, &same)).unwrap();
    let same = id.clone();
    let error = scene.write(T0, move |tx| put_piece(tx, &same, 0, b"late")).unwrap_err();
    assert_eq!(error.detail, "Report not found");
    assert_eq!((scene.count("report"), scene.count("report_piece")), (0, 0));
}

#[test]
fn retention_takes_the_file_and_leaves_record_and_hash() {
    let scene = Scene::new();
    let id = ordered(&scene);
    claimed(&scene).unwrap();
    finish(&scene, &id);
    assert_eq!(scene.write(days(9), |tx| remove_files(tx, days(1))).unwrap(), RemovedFiles { begun: 0, is_over: true });
    assert_eq!(scene.write(days(9), |tx| remove_files(tx, days(1).plus_seconds(1))).unwrap(), RemovedFiles { begun: 1, is_over: true });
    let report = found(&scene, &id);
    assert_eq!((report.file.map(|file| file.sha256), report.file_removed_at), (Some([7; 32]), Some(days(9))));
    assert!(require_file(&report).unwrap_err().detail.contains("retention"));
    assert_eq!(scene.count("report_piece"), 0);
    assert_eq!(scene.read(T0, |tx| summary(tx, &id)), json!({"score": 92}));
}

#[test]
fn another_tenants_report_is_not_there() {
    let scene = Scene::new();
    let id = ordered(&scene);
    claimed(&scene).unwrap();
    finish(&scene, &id);
    let (other, _) = scene.other_tenant();
    let read = |id: &str| {
        scene.store.read(&other, &crate::store::Actor::system(), T0, |tx| {
            Ok((get(tx, id).is_err(), piece(tx, id, 0)?, list(tx, &Filter::default(), 0, 9)?.1))
        })
    };
    assert_eq!(read(&id).unwrap(), (true, None, 0));
}

#[test]
fn reports_are_listed_newest_first_and_compared_with_the_one_before() {
    let scene = Scene::new();
    let first = ordered(&scene);
    claimed(&scene).unwrap();
    finish(&scene, &first);
    let second = scene.write(days(2), |tx| create(tx, order())).unwrap();
    let third =
        scene.write(days(3), |tx| create(tx, Order { format: ReportFormat::Csv, framework_id: "soc2".to_owned(), ..order() })).unwrap();
    let ids = |filter: Filter| scene.read(T0, |tx| list(tx, &filter, 0, 10)).0.into_iter().map(|report| report.id).collect::<Vec<_>>();
    assert_eq!(ids(Filter::default()), [third.id.clone(), second.id.clone(), first.clone()]);
    assert_eq!(ids(Filter { framework_id: Some("soc2".to_owned()), ..Filter::default() }), std::slice::from_ref(&third.id));
    assert_eq!(ids(Filter { status: Some(ReportStatus::Completed), ..Filter::default() }), std::slice::from_ref(&first));
    assert_eq!(ids(Filter { format: Some(ReportFormat::Csv), ..Filter::default() }), std::slice::from_ref(&third.id));
    assert_eq!(scene.read(T0, |tx| previous(tx, &second)).map(|report| report.id), Some(first));
    assert_eq!(scene.read(T0, |tx| previous(tx, &third)), None);
}
