//! Two organisations side by side: through every row of ROUTES, by path, query and body, the one finds nothing of the other.
//!
//! What there is to find is read from the file: each id in a row of the organisation, in tables yet to come too.

use std::collections::{BTreeMap, BTreeSet};

use recoger::api::route::{AnswerBody, Form, PATH_PARAMETERS, Parameter, ParameterKind, Route};
use recoger::api::{openapi, routes};
use recoger::domain::access::Access;
use recoger::domain::csv::read_rows;
use recoger::http::Request;
use recoger::store::tenant_file;
use serde_json::{Value, json};

use super::access::comparable;
use super::input::good_body;
use super::reports::framework_text;
use crate::support::actor::Actor;
use crate::support::bodies::custom_check;
use crate::support::request::{PIXEL, bare, csv, delete, get, patch, post};
use crate::support::world::{OTHER_TENANT, World, full_report};

/// In every text of the one organisation that somebody may write, and nowhere else.
const MARK: &str = "zebrafinch";
/// Ids of one kind that are tried.
const IDS_TRIED: usize = 3;

/// An appliance on which the one organisation has one of everything, and the other too.
pub fn two() -> World {
    let world = World::new();
    plant(&world, Actor::Admin, MARK);
    plant(&world, Actor::OtherAdmin, "other");
    world
}

/// Fills the organisation of `admin`, `mark` in every text.
fn plant(world: &World, admin: Actor, mark: &str) {
    let done = |request: Request| {
        let answer = world.send(admin, request);
        assert!(answer.status < 300, "{}", answer.text());
        answer
    };
    let marked = |what: &str| format!("{mark} {what}");
    done(patch(
        "/v1/settings",
        &json!({"organisation_name": marked("company"), "smtp": {"host": format!("{mark}.example.org"), "username": mark, "from_address": format!("{mark}@example.org")}}),
    ));
    let mut check = custom_check();
    (check["id"], check["title"]) = (json!("device.x_planted"), json!(marked("check")));
    done(post("/v1/custom-checks", &check));
    done(patch("/v1/users/me", &json!({"name": marked("admin")})));
    let mut report = full_report(&marked("serial"));
    report["device_name"] = json!(marked("laptop"));
    report["custom"] = json!({"room": marked("room")});
    let device = done(post("/v1/devices/report", &report)).json()["id"].as_str().unwrap().to_owned();
    done(patch(&format!("/v1/devices/{device}"), &json!({"tags": [marked("tag")]})));
    let gone = done(post("/v1/devices", &json!({"device_name": marked("old"), "serial_number": marked("old"), "os_type": "linux"})));
    done(delete(&format!("/v1/devices/{}?reason=sold", gone.json()["id"].as_str().unwrap())));
    let body = json!({"name": marked("service"), "description": marked("text"), "category": mark, "url": format!("https://{mark}.example.org"),
        "owner_id": world.user_id(admin), "tags": [mark]});
    let service = done(post("/v1/services", &body)).json()["id"].as_str().unwrap().to_owned();
    let review = json!({"review_date": "2026-01-01", "findings": marked("findings"), "finding_items": [{"text": marked("item"), "severity": "low"}]});
    done(post(&format!("/v1/services/{service}/reviews"), &review));
    let gone = done(post("/v1/services", &json!({"name": marked("gone")})));
    done(delete(&format!("/v1/services/{}", gone.json()["id"].as_str().unwrap())));
    done(post("/v1/api-keys", &json!({"name": marked("key"), "role": "viewer"})));
    done(post("/v1/enrollment-tokens", &json!({"name": marked("token")})));
    done(post("/v1/users/invitations", &json!({"email": format!("{mark}-invited@example.org"), "role": "user"})));
    let about = json!({"subject_type": "device", "subject_id": device});
    let with = |more: Value| {
        let mut body = about.clone();
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let exception = json!({"check_id": "device.disk_encryption", "reason": marked("reason"), "expires_on": "2026-03-01"});
    done(post("/v1/exceptions", &with(exception)));
    let files = json!([{"name": format!("{mark}.png"), "content": PIXEL}]);
    done(post("/v1/attestations", &with(json!({"statement": marked("statement"), "valid_until": "2026-03-01", "files": files}))));
    done(post("/v1/reports/compliance", &json!({"framework": "iso27001", "format": "json"})));
    done(post("/v1/frameworks", &json!({"text": framework_text(&format!("{mark}-rules"))})));
    world.spare_user(admin);
    world.new_session(admin);
}

/// Every id in a row of `tenant_id`, by its prefix.
pub fn ids_of(world: &World, tenant_id: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut ids: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in rows_of(world, tenant_id) {
        for cell in row.split(" | ").filter(|cell| is_id(cell)) {
            let prefix = cell[..=cell.find('_').unwrap()].to_owned();
            ids.entry(prefix).or_default().insert(cell.to_owned());
        }
    }
    ids
}

fn is_id(text: &str) -> bool {
    let Some((prefix, rest)) = text.split_once('_') else { return false };
    (2..=6).contains(&prefix.len()) && rest.len() >= 16 && [prefix, rest].concat().bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// All rows of `tenant_id`, with the table before each.
fn rows_of(world: &World, tenant_id: &str) -> Vec<String> {
    let tables = world.appliance.rows(
        "SELECT m.name || ' ' || c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c
         WHERE m.type = 'table' AND c.name IN ('tenant_id', 'chain') ORDER BY 1",
    );
    let of_table = |line: &String| {
        let (table, column) = line.split_once(' ').unwrap();
        world.appliance.rows(&format!("SELECT '{table}', * FROM \"{table}\" WHERE \"{column}\" = '{tenant_id}' ORDER BY 2, 3"))
    };
    tables.iter().flat_map(of_table).collect()
}

/// The prefix of what a path's name stands for; `None` if that is no id.
fn prefix_of(name: &str) -> Option<&'static str> {
    match PATH_PARAMETERS.iter().find(|parameter| parameter.name == name).unwrap().kind {
        ParameterKind::Id(example) => Some(&example[..=example.find('_').unwrap()]),
        _ => None,
    }
}

/// The path with what `id` gives for each prefix, and the query's required words.
pub fn target(route: &Route, id: impl Fn(&str) -> String) -> String {
    let mut target = route.path.to_owned();
    for name in route.path_names() {
        let parameter = PATH_PARAMETERS.iter().find(|parameter| parameter.name == name).unwrap();
        let value = match parameter.kind {
            ParameterKind::Choice(words) => words()[0].to_owned(),
            // Names that each organisation chooses for itself.
            ParameterKind::Text if name == "check_id" => "device.x_planted".to_owned(),
            // A framework's id is a word that everybody knows.
            ParameterKind::Text => "iso27001".to_owned(),
            _ => id(prefix_of(name).unwrap()),
        };
        target = target.replace(&format!("{{{name}}}"), &value);
    }
    for parameter in route.query {
        if let ParameterKind::RequiredChoice(words) = parameter.kind {
            target = format!("{target}?{}={}", parameter.name, words()[0]);
        }
    }
    target
}

fn nobody(prefix: &str) -> String {
    format!("{prefix}0000000000000000")
}

fn request(world: &World, route: &Route, target: &str) -> Request {
    match route.takes_json() {
        true => bare(route.method, target).with_json(&good_body(route.method, route.path, world)),
        false => bare(route.method, target),
    }
}

/// Rows that take a credential. Signing out would end the walk.
pub fn rows() -> impl Iterator<Item = &'static Route> {
    routes().filter(|route| route.access != Access::Public && !route.path.starts_with("/v1/auth/"))
}

/// Sends both, and tells if they differ in anything but what differs between any two.
fn differ(world: &World, what: &str, one: Request, other: Request) -> Option<String> {
    let (one, other) = (world.send(Actor::OtherAdmin, one), world.send(Actor::OtherAdmin, other));
    let told = comparable(&one) != comparable(&other) || one.text().to_lowercase().contains(MARK);
    told.then(|| format!("{what}: {} {} for {} {}", one.status, one.text(), other.status, other.text()))
}

#[test]
fn an_id_of_another_organisation_in_a_path_is_like_one_that_does_not_exist() {
    let world = two();
    let (tenant, ids) = (world.tenant_id(Actor::Admin), ids_of(&world, &world.tenant_id(Actor::Admin)));
    let before = rows_of(&world, &tenant);
    let (mut wrong, mut tried) = (Vec::new(), 0);
    for route in rows().filter(|route| route.path_names().any(|name| prefix_of(name).is_some())) {
        for name in route.path_names() {
            let Some(prefix) = prefix_of(name) else { continue };
            let known = ids.get(prefix).unwrap_or_else(|| panic!("`plant` makes nothing for `{name}` of {}", route.path));
            for id in known.iter().take(IDS_TRIED) {
                let theirs = target(route, |kind| {
                    if kind == prefix { id.clone() } else { ids.get(kind).map_or_else(|| nobody(kind), |ids| ids.first().unwrap().clone()) }
                });
                let (theirs, nothing) = (request(&world, route, &theirs), request(&world, route, &target(route, nobody)));
                wrong.extend(differ(&world, &format!("{} {} {id}", route.method, route.path), theirs, nothing));
                tried += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tried > 40, "{tried}");
    assert!(rows_of(&world, &tenant) == before, "nothing of the other organisation was changed");
}

#[test]
fn a_filter_by_what_another_organisation_has_finds_what_nothing_finds() {
    let world = two();
    let (ids, own) = (ids_of(&world, &world.tenant_id(Actor::Admin)), ids_of(&world, &world.tenant_id(Actor::OtherAdmin)));
    let mut values: Vec<String> = ids.values().flat_map(|ids| ids.iter().take(IDS_TRIED)).cloned().collect();
    values.extend([MARK.to_owned(), format!("{MARK}%20serial"), Actor::Admin.email().replace("admin@", "%61dmin@")]);
    let (mut wrong, mut tried) = (Vec::new(), 0);
    let texts = |route: &'static Route| route.query.iter().filter(|parameter| matches!(parameter.kind, ParameterKind::Text));
    for (route, Parameter { name, .. }) in
        rows().filter(|route| route.method == "GET").flat_map(|route| texts(route).map(move |one| (route, one)))
    {
        world.appliance.clock.advance(60);
        let target = target(route, |prefix| own[prefix].first().unwrap().clone());
        let with = |value: &str| world.send(Actor::OtherAdmin, get(&format!("{target}?{name}={value}")));
        let nothing = with("nothing-of-this-name");
        for value in values.iter().filter(|value| *name != "search" || !value.contains("dmin@")) {
            let found = with(value);
            let same = (found.status, found.text(), found.header("x-total-count"))
                == (nothing.status, nothing.text(), nothing.header("x-total-count"));
            wrong.extend((!same).then(|| format!("{} {name}={value}: {}", route.path, found.text())));
            tried += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tried > 100, "{tried}");
}

#[test]
fn an_id_of_another_organisation_in_a_body_is_like_one_that_does_not_exist() {
    let world = two();
    let (tenant, ids) = (world.tenant_id(Actor::Admin), ids_of(&world, &world.tenant_id(Actor::Admin)));
    let own = ids_of(&world, &world.tenant_id(Actor::OtherAdmin));
    let document: Value = serde_json::from_str(openapi::json()).unwrap();
    // Some bodies make what they speak of.
    let bodies: BTreeMap<_, _> =
        rows().filter(|route| route.takes_json()).map(|route| (route.name, good_body(route.method, route.path, &world))).collect();
    let before = rows_of(&world, &tenant);
    let (mut wrong, mut tried) = (Vec::new(), 0);
    for route in rows().filter(|route| route.takes_json()) {
        let name = route.request.map(|request| (request.name)().into_owned()).unwrap();
        let target = target(route, |prefix| own.get(prefix).map_or_else(|| nobody(prefix), |ids| ids.first().unwrap().clone()));
        let mut places = Vec::new();
        id_fields(&document, &document["components"]["schemas"][&name], &mut Vec::new(), &mut places);
        for (path, field) in places {
            let with = |id: &str| {
                let mut body = bodies[route.name].clone();
                body.as_object_mut().unwrap().remove("owner_email");
                let value = if field.ends_with("_ids") { json!([id]) } else { json!(id) };
                let inner = path.iter().rev().fold(json!({ &field: value }), |inner, (name, required)| {
                    let mut item = required.clone();
                    item.as_object_mut().unwrap().extend(inner.as_object().unwrap().clone());
                    json!({ name.as_str(): [item] })
                });
                body.as_object_mut().unwrap().extend(inner.as_object().unwrap().clone());
                bare(route.method, &target).with_json(&body)
            };
            // Those of people are what bodies refer to; each other kind is tried too.
            for id in ids.values().flat_map(|ids| ids.iter().take(IDS_TRIED)) {
                world.appliance.clock.advance(1);
                let prefix = &id[..=id.find('_').unwrap()];
                let what = format!("{} {} {path:?} {field}={id}", route.method, route.path);
                wrong.extend(differ(&world, &what, with(id), with(&nobody(prefix))));
                tried += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tried > 60, "{tried}");
    assert!(rows_of(&world, &tenant) == before, "nothing of the other organisation was changed");
}

/// Lists on the way, each with what its items must have beside, and the fields at their end that name something by its id.
type Place = (Vec<(String, Value)>, String);

fn id_fields(document: &Value, schema: &Value, path: &mut Vec<(String, Value)>, places: &mut Vec<Place>) {
    let schema = resolved(document, schema);
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        if name.ends_with("_id") || name.ends_with("_ids") {
            places.push((path.clone(), name.clone()));
        }
        let items = resolved(document, &property["items"]);
        if items["properties"].is_object() {
            let required = items["required"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap());
            let filled = required.map(|name| (name.to_owned(), sample(document, &items["properties"][name])));
            path.push((name.clone(), Value::Object(filled.collect())));
            id_fields(document, items, path, places);
            path.pop();
        }
    }
}

fn resolved<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    let inner = schema["oneOf"].as_array().and_then(|kinds| kinds.iter().find(|kind| kind["$ref"].is_string())).unwrap_or(schema);
    inner["$ref"].as_str().map_or(inner, |reference| document.pointer(reference.trim_start_matches('#')).unwrap())
}

fn sample(document: &Value, schema: &Value) -> Value {
    let schema = resolved(document, schema);
    schema["enum"].get(0).or_else(|| schema.get("example")).cloned().unwrap_or_else(|| json!("text"))
}

#[test]
fn a_file_that_names_a_person_of_another_organisation_is_refused_like_one_that_names_nobody() {
    let world = two();
    let ids = ids_of(&world, &world.tenant_id(Actor::Admin));
    let mut tried = 0;
    for route in rows() {
        let Some(Form::Csv(columns, example)) = route.request.map(|request| request.form) else { continue };
        let example = read_rows(example).unwrap();
        for column in columns.iter().filter(|column| column.name.ends_with("_id") || column.name.ends_with("_email")) {
            let with = |value: &str| {
                let others = columns.iter().filter(|other| other.required && other.name != column.name);
                let cells = others
                    .map(|other| (other.name, example[0].iter().position(|name| name == other.name).map_or("x", |at| &example[1][at])));
                let (mut head, mut row): (Vec<&str>, Vec<&str>) = cells.unzip();
                head.push(column.name);
                row.push(value);
                csv(&format!("{}?dry_run=true", route.path), &format!("{}\r\n{}\r\n", head.join(","), row.join(",")))
            };
            let (theirs, nothing) = match column.name.ends_with("_email") {
                true => (Actor::Admin.email(), "nobody@example.org".to_owned()),
                false => (ids["user_"].first().unwrap().clone(), nobody("user_")),
            };
            assert_eq!(differ(&world, route.path, with(&theirs), with(&nothing)), None);
            tried += 1;
        }
    }
    assert!(tried >= 4, "{tried}");
}

#[test]
fn nothing_that_the_one_reads_speaks_of_the_other() {
    let world = two();
    let (ids, own) = (ids_of(&world, &world.tenant_id(Actor::Admin)), ids_of(&world, &world.tenant_id(Actor::OtherAdmin)));
    let theirs: Vec<&String> = ids.values().flatten().collect();
    let speaks = |text: &str| {
        text.to_lowercase().contains(MARK).then_some(MARK).or_else(|| theirs.iter().find(|id| text.contains(**id)).map(|id| id.as_str()))
    };
    let mut read = 0;
    for route in rows().filter(|route| route.method == "GET") {
        let target = target(route, |prefix| own.get(prefix).and_then(|ids| ids.first()).cloned().unwrap_or_else(|| nobody(prefix)));
        let formats: &[&str] = if matches!(route.answer.body, AnswerBody::ListOrCsv(..)) { &["", "?format=csv"] } else { &[""] };
        for format in formats {
            let answer = world.send(Actor::OtherAdmin, get(&format!("{target}{format}")));
            assert_eq!(speaks(&answer.text()), None, "{target}{format}");
            // The same in the one's own hands says much: the test looks in the right place.
            read += usize::from(answer.status == 200);
        }
    }
    assert!(read > 15, "{read}");
    for path in ["/v1/devices", "/v1/services", "/v1/api-keys", "/v1/audit-logs", "/v1/users", "/v1/settings"] {
        assert!(speaks(&world.send(Actor::Admin, get(path)).text()).is_some(), "{path}");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("export");
    tenant_file::export(world.appliance.store(), world.appliance.clock.now(), OTHER_TENANT, &file).unwrap();
    let bytes = std::fs::read(file).unwrap();
    for text in theirs.iter().map(|id| id.as_str()).chain([MARK]) {
        assert!(
            !bytes.windows(text.len()).any(|window| window.eq_ignore_ascii_case(text.as_bytes())),
            "{text} is in the file of the other"
        );
    }
}
