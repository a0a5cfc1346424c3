//! Lists: bare arrays with the full count and links, each item once on the way from page to page, newest first.

use recoger::api::route::AnswerBody;
use recoger::api::routes;
use recoger::domain::csv::read_rows;
use serde_json::{Value, json};

use super::evidence;
use super::reports::report_id;
use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::request::{bare, get, post};
use crate::support::world::World;

/// Items of each list.
const ITEMS: usize = 7;

/// Routes that answer lists, with what fills their paths.
fn list_targets((device, service): &(String, String)) -> Vec<(String, bool)> {
    let lists = routes().filter(|route| matches!(route.answer.body, AnswerBody::List(_) | AnswerBody::ListOrCsv(..)));
    let target = |path: &str| path.replace("{device_id}", device).replace("{service_id}", service).replace("{framework}", "iso27001");
    lists.map(|route| (target(route.path), route.query.iter().any(|parameter| parameter.name == "skip"))).collect()
}

/// Some of everything, at different times; a device and a service that have a past.
fn filled_world() -> (World, (String, String)) {
    let world = World::new();
    let service = world.service_of(Actor::Admin);
    for number in 0..ITEMS {
        world.appliance.clock.advance(1);
        world.device_of(Actor::Admin);
        world.api_key(Actor::Admin, &json!({"name": format!("key {number}"), "role": "viewer"}));
        world.enrollment_token(Actor::Admin, &json!({}));
        world.service_of(Actor::Admin);
        evidence::made(&world, Actor::Admin, &format!("/v1/services/{service}/reviews"), &evidence::review(&world.user_id(Actor::Admin)));
        let device = world.device_of(Actor::Admin).id;
        evidence::made(&world, Actor::Admin, "/v1/exceptions", &evidence::exception(&device));
        evidence::made(&world, Actor::Admin, "/v1/attestations", &evidence::attestation(&device));
        let control = json!({"control_id": format!("A.7.{}", number + 1), "applicable": false, "reason": "No premises"});
        let decided = bare("PUT", "/v1/frameworks/iso27001/applicability").with_json(&control);
        assert_eq!(world.send(Actor::Admin, decided).status, 200);
        world.invitation(Actor::Admin);
        report_id(&world, Actor::Admin);
        world.new_session(Actor::Admin);
        world.person_of(Actor::Admin);
        world.custom_check(Actor::Admin, &world.new_check_id());
        // Of nobody, for a key of the command line has no maker.
        world.report(Actor::OperatorKey, &world.new_serial());
    }
    for actor in [Actor::Viewer, Actor::User, Actor::Auditor] {
        world.appliance.clock.advance(1);
        world.user_id(actor);
    }
    let device = world.device_of(Actor::Admin).id;
    (world, (device, service))
}

fn link(answer: &Answer, rel: &str) -> Option<String> {
    let wanted = format!("; rel=\"{rel}\"");
    let link = answer.header("link")?.split(", ").find_map(|link| link.strip_suffix(wanted.as_str()))?;
    Some(link.strip_prefix('<')?.strip_suffix('>')?.to_owned())
}

fn ids(answer: &Answer) -> Vec<String> {
    let items = answer.json();
    items
        .as_array()
        .unwrap_or_else(|| panic!("not a bare array: {items}"))
        .iter()
        // Parts of a device's history have no id: each is its own name.
        .map(|item| item["id"].as_str().map_or_else(|| item.to_string(), str::to_owned))
        .collect()
}

#[test]
fn following_next_gives_each_item_once_and_prev_leads_back() {
    let (world, past) = filled_world();
    for (path, _) in list_targets(&past).into_iter().filter(|(_, paged)| *paged) {
        let all = world.send(Actor::Admin, get(&format!("{path}?limit=100")));
        let total: usize = all.header("x-total-count").unwrap().parse().unwrap();
        let mut all = ids(&all);
        if total > 100 {
            all.extend(ids(&world.send(Actor::Admin, get(&format!("{path}?limit=100&skip=100")))));
        }
        assert_eq!(all.len(), total, "{path}");
        assert!(total >= 4, "{path}: {total} items are too few to walk");
        let (mut walked, mut pages, mut next) = (Vec::new(), 0, Some(format!("{path}?limit=3")));
        while let Some(target) = next {
            let page = world.send(Actor::Admin, get(&target));
            assert_eq!((page.status, page.header("x-total-count")), (200, Some(total.to_string().as_str())), "{target}");
            assert_eq!(link(&page, "prev").is_some(), pages > 0, "{target}");
            if let Some(prev) = link(&page, "prev") {
                let before = world.send(Actor::Admin, get(&prev));
                assert!(walked.ends_with(&ids(&before)), "{prev}");
            }
            walked.extend(ids(&page));
            pages += 1;
            next = link(&page, "next");
            assert!(pages <= total, "{path} goes round");
        }
        assert_eq!(walked, all, "{path}");
    }
}

#[test]
fn a_list_as_csv_has_all_that_match_in_the_same_order_and_the_documented_columns() {
    let (world, _) = filled_world();
    // The audit log has fields and tests of its own.
    let lists = routes().filter(|route| !route.path.starts_with("/v1/audit-logs"));
    for (route, columns) in lists.filter_map(|route| match route.answer.body {
        AnswerBody::ListOrCsv(_, columns) => Some((route, columns)),
        _ => None,
    }) {
        let json = world.send(Actor::Admin, get(&format!("{}?limit=100", route.path))).json();
        let answer = world.send(Actor::Admin, get(&format!("{}?format=csv&limit=1&skip=3", route.path)));
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/csv; charset=utf-8")), "{}", route.path);
        assert!(answer.header("content-disposition").unwrap().starts_with("attachment; filename=\""));
        let mut rows = read_rows(&answer.text()).unwrap();
        assert_eq!(rows.remove(0), columns);
        let items = json.as_array().unwrap();
        assert_eq!(rows.len(), items.len(), "{}", route.path);
        for (row, item) in rows.iter().zip(items) {
            for (column, cell) in columns.iter().zip(row) {
                let expected = match &item[*column] {
                    Value::Null => String::new(),
                    Value::String(text) => text.clone(),
                    Value::Array(texts) if texts.iter().all(Value::is_string) => {
                        texts.iter().map(|text| text.as_str().unwrap()).collect::<Vec<_>>().join(";")
                    }
                    other => other.to_string(),
                };
                assert_eq!(*cell, expected, "{} {column}", route.path);
            }
            let fields = item.as_object().unwrap().keys();
            let left_out: Vec<_> = fields.filter(|field| !columns.contains(&field.as_str()) && *field != "device_data").collect();
            assert!(left_out.is_empty(), "{}: {left_out:?}", route.path);
        }
    }
}

#[test]
fn filters_and_rights_hold_for_csv_too() {
    let world = World::new();
    let own = world.device_of(Actor::User);
    let other = world.device_of(Actor::OtherUser);
    let rows = |actor: Actor, target: &str| {
        let answer = world.send(actor, get(target));
        assert_eq!(answer.status, 200, "{target}");
        let rows = read_rows(&answer.text()).unwrap();
        rows.into_iter().skip(1).map(|row| row[0].clone()).collect::<Vec<_>>()
    };
    assert_eq!(rows(Actor::User, "/v1/devices?format=csv"), std::slice::from_ref(&own.id));
    assert_eq!(rows(Actor::Admin, &format!("/v1/devices?format=csv&search={}", other.serial_number)), [other.id]);
    assert_eq!(rows(Actor::User, "/v1/devices?format=csv&user_id=user_0"), [""; 0]);
    assert_eq!(rows(Actor::OtherAdmin, "/v1/devices/tenant-devices?format=csv"), [""; 0]);
    let by_name = rows(Actor::Admin, "/v1/devices?format=csv&sort=device_name");
    let mut turned = rows(Actor::Admin, "/v1/devices?format=csv&sort=-device_name");
    turned.reverse();
    assert_eq!(by_name, turned);
    world.appliance.clock.advance(60);
    let at = world.appliance.clock.now();
    world.appliance.clock.advance(60);
    world.send(Actor::Admin, crate::support::request::delete(&format!("/v1/devices/{}?reason=lost", own.id)));
    assert_eq!(rows(Actor::Admin, "/v1/devices?format=csv").len(), 1);
    assert_eq!(rows(Actor::Admin, &format!("/v1/devices?format=csv&at={at}")).len(), 2);
    assert_eq!(world.send(Actor::Viewer, get("/v1/users?format=csv")).status, 403);
}

#[test]
fn lists_are_newest_first() {
    let (world, past) = filled_world();
    // Frameworks come in the order in which they are offered, own checks by their ids.
    let by_time = |path: &str| !["/v1/frameworks", "/v1/custom-checks"].contains(&path);
    for (path, _) in list_targets(&past).into_iter().filter(|(path, _)| by_time(path)) {
        let answer = world.send(Actor::Admin, get(&path));
        let times: Vec<String> = answer.json().as_array().unwrap().iter().map(time_of).collect();
        assert!(times.is_sorted_by(|earlier, later| earlier >= later), "{path}: {times:?}");
    }
}

fn time_of(item: &Value) -> String {
    let time = ["last_seen", "created_at", "time", "at", "since", "recorded_at", "until"].iter().find_map(|name| item[*name].as_str());
    time.unwrap_or_else(|| panic!("no time in {item}")).to_owned()
}

#[test]
fn a_page_holds_fifty_unless_asked_and_never_more_than_a_hundred() {
    let world = World::new();
    for number in 0..101 {
        let body = json!({"device_name": format!("d{number}"), "serial_number": format!("N-{number}"), "os_type": "linux"});
        assert_eq!(world.send(Actor::Admin, post("/v1/devices", &body)).status, 201);
    }
    let of = |query: &str| world.send(Actor::Admin, get(&format!("/v1/devices{query}")));
    for (query, length) in [
        ("", 50),
        ("?limit=1", 1),
        ("?limit=100", 100),
        ("?skip=100", 1),
        ("?skip=1&limit=100", 100),
        ("?skip=101", 0),
        ("?skip=1000000000", 0),
    ] {
        let answer = of(query);
        assert_eq!((ids(&answer).len(), answer.header("x-total-count")), (length, Some("101")), "{query}");
        assert_eq!(link(&answer, "next").is_some(), ["", "?limit=1", "?limit=100"].contains(&query), "{query}");
    }
    for query in [
        "?limit=0",
        "?limit=101",
        "?limit=-1",
        "?limit=",
        "?limit=1.0",
        "?limit=+1",
        "?limit=%201",
        "?skip=-1",
        "?skip=",
        "?skip=1e3",
        "?limit=1&limit=2",
    ] {
        assert_eq!(of(query).status, 400, "{query}");
    }
}

#[test]
fn links_keep_the_other_parameters() {
    let (world, _) = filled_world();
    let answer = world.send(Actor::Admin, get("/v1/devices?search=SERIAL-&sort=-device_name&include_data=false&skip=2&limit=2"));
    let (next, prev) = (link(&answer, "next").unwrap(), link(&answer, "prev").unwrap());
    assert_eq!(next, "/v1/devices?search=SERIAL-&sort=-device_name&include_data=false&limit=2&skip=4");
    assert_eq!(prev, "/v1/devices?search=SERIAL-&sort=-device_name&include_data=false&limit=2&skip=0");
    let first = ids(&world.send(Actor::Admin, get(&prev)));
    assert_eq!(first.len(), 2);
    let odd = world.send(Actor::Admin, get("/v1/devices?skip=1&limit=3"));
    assert_eq!(link(&odd, "prev").unwrap(), "/v1/devices?limit=3&skip=0");
}

#[test]
fn sorting_is_stable_in_both_directions_with_ties_by_id() {
    let world = World::new();
    (0..9).for_each(|_| drop(world.device_of(Actor::Admin)));
    for field in ["last_seen", "device_name", "compliance_status"] {
        for order in [field.to_owned(), format!("-{field}")] {
            let all = ids(&world.send(Actor::Admin, get(&format!("/v1/devices?sort={order}"))));
            // All nine are alike but for their ids.
            assert!(all.is_sorted() || all.iter().rev().is_sorted(), "{order}: {all:?}");
            let pages =
                (0..3).flat_map(|page| ids(&world.send(Actor::Admin, get(&format!("/v1/devices?sort={order}&limit=3&skip={}", page * 3)))));
            assert_eq!(pages.collect::<Vec<_>>(), all, "{order}");
        }
    }
}

#[test]
fn search_is_a_part_of_name_serial_or_owner_without_case() {
    let world = World::new();
    let device = world.device_of(Actor::User);
    world.device_of(Actor::OtherUser);
    let found = |text: &str| ids(&world.send(Actor::Admin, get(&format!("/v1/devices?search={text}"))));
    assert_eq!(found(&device.serial_number.to_lowercase()), [device.id.as_str()]);
    assert_eq!(found("LAPTOP").len(), 2);
    assert_eq!(found("USER%40example.org").len(), 2, "the owners' emails");
    assert_eq!(found("otheruser").len(), 1);
    for wild in ["%25", "_", "*", "%27", "%22", "%5C", "SERIAL_1", "'%20OR%201=1"] {
        assert_eq!(found(wild), [""; 0], "{wild} is a character like any other");
    }
}
