//! Lists: filters, order and pages; as of a moment; and that the common statements go by an index.

use rusqlite::types::Value as Parameter;
use serde_json::json;

use super::support::*;
use crate::domain::access::Role;
use crate::domain::compliance::Status;
use crate::domain::device::{OsType, RetireReason};
use crate::domain::time::Time;
use crate::store::devices::list::statements;
use crate::store::devices::{self, Filter, Page, Patch, Seen, Sort};
use crate::store::users;

const ALL: Page = Page { sort: Sort::LastSeen, descending: true, skip: 0, limit: 100 };

/// Five devices a..e, each seen a minute after the one before; `b` of Ada, `c` without firewall, `d` on Linux, `e` seen when `a` was.
struct Fleet {
    scene: Scene,
    ada: String,
    ids: Vec<String>,
}

impl Fleet {
    fn new() -> Fleet {
        let scene = Scene::new();
        let ada = scene.add_user("Ada@example.com", Role::User);
        let mut ids = Vec::new();
        for (place, letter) in ["a", "B", "c", "D", "e"].into_iter().enumerate() {
            let mut sent = if letter == "c" { with("firewall_enabled", json!(false)) } else { report() };
            sent.serial_number = format!("SN-{letter}100");
            sent.device_name = format!("{letter} Å");
            if letter == "D" {
                sent.os_type = OsType::Linux;
            }
            let minute = if letter == "e" { 0 } else { i64::try_from(place).unwrap() };
            ids.push(scene.report(seconds(60 * minute), sent).id);
        }
        let (id, user_id) = (ids[1].clone(), ada.clone());
        let patch = Patch { user_id: Some(Some(user_id)), ..Patch::default() };
        scene.write(seconds(600), move |tx| devices::patch(tx, &id, &patch)).unwrap();
        Fleet { scene, ada, ids }
    }

    /// The letters of a list, and how many there are in all; the same list as of now must say the same.
    #[track_caller]
    fn list(&self, filter: &Filter, page: Page) -> (String, u64) {
        let (found, total) = self.scene.read(seconds(900), |tx| devices::list(tx, filter, page));
        let now = self.at(filter, page, seconds(900));
        let letters: String = found.iter().map(|device| &device.device_name[..1]).collect();
        assert_eq!(now, (letters.clone(), total));
        (letters, total)
    }

    fn at(&self, filter: &Filter, page: Page, at: Time) -> (String, u64) {
        let (found, total) = self.scene.read(at, |tx| devices::list_at(tx, filter, page, at));
        (found.iter().map(|device| &device.device_name[..1]).collect(), total)
    }
}

#[test]
fn every_order_has_its_ties_by_id_and_pages_that_meet() {
    let fleet = Fleet::new();
    let ordered = |sort, descending| fleet.list(&Filter::default(), Page { sort, descending, ..ALL }).0;
    // Ids are made in the order a to e, within a second at random.
    let tie = |first: &'static str, second: &'static str| if fleet.ids[0] < fleet.ids[4] { first } else { second };
    assert_eq!(ordered(Sort::LastSeen, true), format!("DcB{}", tie("ea", "ae")));
    assert_eq!(ordered(Sort::LastSeen, false), format!("{}BcD", tie("ae", "ea")));
    assert_eq!(ordered(Sort::DeviceName, false), "aBcDe");
    assert_eq!(ordered(Sort::DeviceName, true), "eDcBa");
    let by_status = ordered(Sort::ComplianceStatus, false);
    assert!(by_status.ends_with('c'), "{by_status}");
    assert_eq!(by_status.chars().rev().collect::<String>(), ordered(Sort::ComplianceStatus, true));
    for skip in 0..6 {
        let page = Page { sort: Sort::DeviceName, descending: false, skip, limit: 2 };
        let expected: String = "aBcDe".chars().skip(usize::try_from(skip).unwrap()).take(2).collect();
        assert_eq!(fleet.list(&Filter::default(), page), (expected, 5));
    }
}

#[test]
fn filters_narrow_alone_and_together() {
    let fleet = Fleet::new();
    let page = Page { sort: Sort::DeviceName, descending: false, ..ALL };
    let found = |filter: Filter| fleet.list(&filter, page).0;
    let search = |text: &str| found(Filter { search: Some(text.to_owned()), ..Filter::default() });
    assert_eq!(found(Filter { user_id: Some(fleet.ada.clone()), ..Filter::default() }), "B");
    assert_eq!(found(Filter { user_id: Some(String::new()), ..Filter::default() }), "");
    assert_eq!(found(Filter { compliance_status: Some(Status::NonCompliant), ..Filter::default() }), "c");
    assert_eq!(found(Filter { os_type: Some(OsType::Linux), ..Filter::default() }), "D");
    assert_eq!(found(Filter { failing_check: Some("device.firewall_enabled".to_owned()), ..Filter::default() }), "c");
    let owned = |owned| found(Filter { owned: Some(owned), ..Filter::default() });
    assert_eq!((owned(true), owned(false)), ("aBcDe".into(), String::new()));
    let nobodys = fleet.ids[3].clone();
    let release = move |root: &crate::store::WriteRoot| {
        root.test_execute("UPDATE device SET user_id = NULL WHERE id = ?1", &[&nobodys]);
        Ok(())
    };
    fleet.scene.store.write_root(seconds(700), release).unwrap();
    assert_eq!((owned(true), owned(false)), ("aBce".into(), "D".into()));
    let before = |moment| found(Filter { seen: Some(Seen::Before(moment)), ..Filter::default() });
    assert_eq!([before(seconds(0)), before(seconds(60)), before(seconds(61))], ["", "ae", "aBe"]);
    assert_eq!(found(Filter { seen: Some(Seen::Never), ..Filter::default() }), "");
    // Name, serial, owner's name and email, in any case; `%` and `_` are letters like others.
    assert_eq!((search("B å"), search("sn-D1"), search("ADA@"), search("å")), ("B".into(), "D".into(), "B".into(), "aBcDe".into()));
    assert_eq!((search("%"), search("_"), search("")), (String::new(), String::new(), "aBcDe".into()));
    let both =
        Filter { search: Some("å".into()), os_type: Some(OsType::Macos), compliance_status: Some(Status::Compliant), ..Filter::default() };
    assert_eq!(found(both), "aBe");
}

#[test]
fn a_list_as_of_a_moment_has_the_members_owners_and_states_of_then() {
    let fleet = Fleet::new();
    let (scene, retired, ada) = (&fleet.scene, fleet.ids[0].clone(), fleet.ada.clone());
    scene.write(days(1), move |tx| devices::retire(tx, &retired, RetireReason::Broken)).unwrap();
    scene.write(days(1), move |tx| users::update_profile(tx, &ada, Some("Grace"), Some("grace@example.com"))).unwrap();
    scene.apply_due(days(20));
    let page = Page { sort: Sort::DeviceName, descending: false, ..ALL };
    let at = |filter: Filter, at| fleet.at(&filter, page, at).0;
    let all = |moment| at(Filter::default(), moment);
    assert_eq!(
        [all(seconds(-1)), all(seconds(59)), all(seconds(60)), all(days(1).plus_seconds(-1)), all(days(1))],
        ["", "ae", "aBe", "aBcDe", "BcDe"]
    );
    let owned = |moment| at(Filter { user_id: Some(fleet.ada.clone()), ..Filter::default() }, moment);
    assert_eq!([owned(seconds(599)), owned(seconds(600))], ["", "B"]);
    let seen_early = |owned, moment| at(Filter { owned: Some(owned), seen: Some(Seen::Before(seconds(61))), ..Filter::default() }, moment);
    assert_eq!([seen_early(true, seconds(59)), seen_early(true, seconds(599)), seen_early(false, seconds(599))], ["ae", "aBe", ""]);
    let search = |text: &str, moment| at(Filter { search: Some(text.to_owned()), ..Filter::default() }, moment);
    assert_eq!(
        [search("ada@", seconds(700)), search("ada@", days(2)), search("grace", seconds(700)), search("grace", days(2))],
        ["B", "", "", "B"]
    );
    let unknown = |moment| at(Filter { compliance_status: Some(Status::Unknown), ..Filter::default() }, moment);
    assert_eq!([unknown(days(14)), unknown(days(14).plus_seconds(1))], ["", "e"]);
    let failing = |moment| at(Filter { failing_check: Some("device.firewall_enabled".to_owned()), ..Filter::default() }, moment);
    assert_eq!([failing(seconds(119)), failing(seconds(120)), failing(days(15))], ["", "c", ""]);
}

#[test]
fn common_orders_go_by_an_index_and_sort_nothing_but_ones_own() {
    let scene = Scene::new();
    let owned = Filter { user_id: Some("user_1".to_owned()), ..Filter::default() };
    for sort in [Sort::LastSeen, Sort::DeviceName, Sort::ComplianceStatus] {
        for descending in [true, false] {
            let plans = |filter: &Filter| {
                let mut statements = scene.read(T0, |tx| Ok(statements(tx, filter, Page { sort, descending, ..ALL })));
                let count = plan(&scene, &statements.count, &statements.parameters);
                statements.parameters.extend([Parameter::Integer(50), Parameter::Integer(0)]);
                (plan(&scene, &statements.rows, &statements.parameters), count)
            };
            let (rows, count) = plans(&Filter::default());
            // Nothing is sorted but the page, and what is passed over is not looked up.
            let (page, shown) = rows.split_once("SCAN (subquery").expect("a page within");
            assert!(page.contains("SEARCH d USING COVERING INDEX device_") && !page.contains("TEMP B-TREE"), "{rows}");
            assert!(!shown.contains("SCAN d"), "{rows}");
            assert!(count.contains("SEARCH d USING PRIMARY KEY (tenant_id=?)"), "{count}");
            // One's own devices are found by their owner and then sorted.
            let (rows, count) = plans(&owned);
            assert!(rows.contains("device_user") && count.contains("device_user"), "{rows}{count}");
        }
    }
}

#[test]
fn no_statement_of_reports_and_judging_reads_a_whole_table() {
    let scene = Scene::new();
    let files = [
        include_str!("../mod.rs"),
        include_str!("../report.rs"),
        include_str!("../judge.rs"),
        include_str!("../history.rs"),
        include_str!("../due.rs"),
        include_str!("../../sections.rs"),
        include_str!("../../section_data.rs"),
        include_str!("../../verdicts.rs"),
    ];
    let statements: Vec<String> = files.into_iter().flat_map(sql_in).collect();
    assert!(statements.len() > 35, "{}", statements.len());
    for sql in statements {
        let rows = plan(&scene, &sql, &[]);
        let scans = rows.lines().filter(|row| row.starts_with("SCAN "));
        // Results of inner queries are read whole, of course.
        let tables: Vec<&str> =
            scans.filter(|row| !["(subquery", "main", "late", "CONSTANT"].iter().any(|inner| row[5..].starts_with(inner))).collect();
        assert!(tables.is_empty(), "{sql}\n{rows}");
    }
}

/// The SQL texts of a source file, with its constants filled in.
pub(in crate::store) fn sql_in(source: &str) -> Vec<String> {
    let program = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let texts = program.split('"').skip(1).step_by(2);
    let statements = texts.filter(|text| ["SELECT ", "UPDATE ", "INSERT ", "DELETE ", "WITH "].iter().any(|verb| text.starts_with(verb)));
    statements
        .map(|text| {
            text.replace("{COLUMNS}", devices::COLUMNS)
                .replace("{INTERVALS}", devices::history::INTERVALS)
                .replace("{SETTLE_DEVICES_MAX}", "1")
        })
        .collect()
}

/// How SQLite would run it; parameters that are not given are bound to nothing.
pub(in crate::store) fn plan(scene: &Scene, sql: &str, parameters: &[Parameter]) -> String {
    let sql = format!("EXPLAIN QUERY PLAN {sql}");
    scene.read(T0, |tx| {
        let mut statement = tx.connection.prepare(&sql)?;
        for (place, parameter) in parameters.iter().enumerate() {
            statement.raw_bind_parameter(place + 1, parameter)?;
        }
        let (mut rows, mut lines) = (statement.raw_query(), Vec::new());
        while let Some(row) = rows.next()? {
            lines.push(row.get::<_, String>(3)?);
        }
        Ok(lines.join("\n"))
    })
}
