//! People through the store: accounts, devices, days, and the past.

use std::collections::HashSet;

use super::*;
use crate::domain::access::Role;
use crate::domain::audit::Metadata;
use crate::domain::device::{DeviceType, OsType, Ownership, RetireReason};
use crate::domain::time::parse_date;
use crate::store::devices::tests::support::*;
use crate::store::{departure, devices, users};

fn day(text: &str) -> Option<Option<chrono::NaiveDate>> {
    Some(parse_date(text))
}

impl Scene {
    fn person(&self, now: Time, email: &'static str, change: Change) -> Person {
        self.write(now, move |tx| create(tx, "Somebody", email, &change)).unwrap()
    }

    fn change_person(&self, now: Time, id: &str, change: Change) -> Result<Person> {
        let id = id.to_owned();
        self.write(now, move |tx| patch(tx, &id, &change))
    }

    fn person_of(&self, user_id: &str) -> Person {
        self.read(T0, |tx| find_by_user(tx, user_id)).unwrap()
    }

    fn lacking(&self, now: Time) -> u64 {
        self.read(now, without_device_count)
    }

    fn give(&self, now: Time, device_id: &str, user_id: Option<&str>) {
        let (id, user_id) = (device_id.to_owned(), user_id.map(str::to_owned));
        let patch = devices::Patch { user_id: Some(user_id), ..devices::Patch::default() };
        self.write(now, move |tx| devices::patch(tx, &id, &patch)).unwrap();
    }
}

#[test]
fn whoever_has_an_account_is_a_person_and_stays_one_without_it() {
    let scene = Scene::new();
    let before = scene.person(days(-50), "ann@example.com", Change { left_on: day("2025-12-01"), ..Change::default() });
    let user = scene
        .write(T0, |tx| {
            let (name, email, password_hash) = ("Ann".to_owned(), "ann@example.com".to_owned(), String::new());
            users::add(tx, &users::NewUser { email, name, role: Role::Viewer, password_hash, expires_at: None })
        })
        .unwrap();
    let person = scene.person_of(&user.id);
    // The record that was there: whoever had left is back, and still needs a device.
    assert_eq!((&person.id, person.record.needs_device), (&before.id, true));
    assert_eq!((person.record.joined_on, person.record.left_on), (parse_date("2026-01-10"), None));
    assert_eq!(scene.read(T0, |tx| at(tx, &before.id, days(-1))).record, before.record);
    // Accounts of the role user need a device, others not.
    assert!(scene.person_of(&scene.add_user("bob@example.com", Role::User)).record.needs_device);
    assert!(!scene.person_of(&scene.admin).record.needs_device);
    // The account's email is the person's.
    let id = user.id.clone();
    scene.write(days(1), move |tx| users::update_profile(tx, &id, Some("Anne"), Some("anne@example.com"))).unwrap();
    let renamed = scene.person_of(&user.id);
    assert_eq!((renamed.record.name.as_str(), renamed.record.email.as_str()), ("Somebody", "anne@example.com"));
    let refused = scene.change_person(days(1), &person.id, Change { email: Some("x@example.com".to_owned()), ..Change::default() });
    assert!(refused.unwrap_err().detail.contains("`email`"));
    let id = user.id.clone();
    scene.write(days(2), move |tx| departure::delete(tx, &id, None)).unwrap();
    let left = scene.read(days(2), |tx| get(tx, &person.id));
    assert_eq!((left.record.user_id, left.record.left_on, left.record.email.as_str()), (None, None, "anne@example.com"));
    assert_eq!(scene.read(days(3), |tx| at(tx, &person.id, days(1))).record.user_id, Some(user.id));
}

#[test]
fn a_person_lacks_a_device_until_the_account_owns_one_that_counts() {
    let scene = Scene::new();
    let user = scene.add_user("bob@example.com", Role::User);
    assert_eq!(scene.lacking(T0), 1);
    let device = scene.report(T0, report());
    assert_eq!(scene.lacking(T0), 1, "it is the admin's");
    scene.give(seconds(1), &device.id, Some(&user));
    assert_eq!(scene.lacking(seconds(1)), 0);
    assert!(scene.person_of(&user).has_device && !scene.person_of(&scene.admin).has_device);
    scene.give(seconds(2), &device.id, None);
    assert_eq!(scene.lacking(seconds(2)), 1);
    scene.give(seconds(3), &device.id, Some(&user));
    let id = device.id.clone();
    scene.write(seconds(4), move |tx| devices::retire(tx, &id, RetireReason::Lost)).unwrap();
    assert_eq!(scene.lacking(seconds(4)), 1);
    // What was known before stays known.
    let had = |at| scene.read(seconds(9), |tx| super::at(tx, &scene.person_of(&user).id, at)).has_device;
    assert_eq!([T0, seconds(1), seconds(2), seconds(3), seconds(4)].map(had), [false, true, false, true, false]);
    // A person who never had an account lacks one too, and an account that comes later brings its devices.
    scene.person(seconds(5), "cat@example.com", Change::default());
    assert_eq!(scene.lacking(seconds(5)), 2);
}

#[test]
fn first_and_last_day_are_those_of_the_organisation() {
    let scene = Scene::new();
    scene.change_settings(days(-90), serde_json::json!({"time_zone": "Pacific/Auckland"}));
    let change = Change { joined_on: day("2026-01-12"), left_on: day("2026-01-13"), ..Change::default() };
    scene.person(T0, "ann@example.com", change);
    // In January midnight there is 11:00 UTC of the day before.
    let noon = |days: i64, seconds: i64| T0.plus_days(days).plus_seconds(11 * 3600 + seconds);
    for (moment, expected) in [(noon(1, -1), 0), (noon(1, 0), 1), (noon(3, -1), 1), (noon(3, 0), 0)] {
        assert_eq!(scene.lacking(moment), expected, "{moment}");
        let population = scene.read(moment, |tx| population(tx, moment));
        assert_eq!((population.without_device, population.people), (expected, expected + 1), "{moment}");
    }
}

#[test]
fn the_lines_of_the_population_add_up_now_and_in_the_past() {
    let scene = Scene::new();
    let user = scene.add_user("bob@example.com", Role::User);
    let spared = Change { needs_device: Some(false), reason: Some(Some("paper".to_owned())), ..Change::default() };
    scene.person(T0, "ann@example.com", spared);
    scene.person(T0, "cat@example.com", Change { left_on: day("2026-01-12"), ..Change::default() });
    let device = scene.report(T0, report());
    let mut second = report();
    second.serial_number = "SECOND1".to_owned();
    let second = scene.report(days(1), second);
    scene.give(days(2), &second.id, Some(&user));
    scene.give(days(3), &device.id, None);
    let id = second.id.clone();
    scene.write(days(20), move |tx| devices::retire(tx, &id, RetireReason::Sold)).unwrap();
    let at = |moment| {
        let found = scene.read(days(30), |tx| population(tx, moment));
        assert_eq!(found.people, found.with_device + found.without_device + found.not_needing, "{found:?}");
        assert_eq!(found.devices, found.with_person + found.without_person, "{found:?}");
        assert_eq!(found.devices, found.reporting + found.silent + found.never_reported, "{found:?}");
        let retired: u64 = found.retired.iter().map(|(_, count)| count).sum();
        assert_eq!(found.devices_ever, found.devices + found.pending + retired, "{found:?}");
        found
    };
    let shown = |found: Population| {
        let people = [found.people, found.with_device, found.without_device, found.not_needing];
        (people, [found.devices, found.without_person, found.silent, found.devices_ever])
    };
    assert_eq!(shown(at(T0)), ([4, 1, 2, 1], [1, 0, 0, 1]));
    assert_eq!(shown(at(days(2))), ([4, 2, 1, 1], [2, 0, 0, 2]));
    assert_eq!(shown(at(days(4))), ([3, 1, 0, 2], [2, 1, 0, 2]));
    assert_eq!(shown(at(days(20))), ([3, 0, 1, 2], [1, 1, 1, 2]));
    assert_eq!(at(days(20)).retired, [(RetireReason::Sold, 1)]);
    assert_eq!(at(days(19)).retired, []);
    // What is asked now is what was known, whenever it is asked.
    assert_eq!(scene.read(days(4), |tx| population(tx, days(4))), at(days(4)));
    let nobodys = scene.read(days(30), |tx| devices_without_person(tx, days(4)));
    assert_eq!(nobodys.iter().map(|device| (&device.device_id, device.why)).collect::<Vec<_>>(), [(&device.id, WithoutPerson::NoOwner)]);
    let id = scene.person_of(&user).id;
    scene.give(days(21), &device.id, Some(&user));
    scene.change_person(days(22), &id, Change { left_on: day("2026-01-31"), ..Change::default() }).unwrap();
    let why = |moment| scene.read(days(40), |tx| devices_without_person(tx, moment)).first().map(|device| device.why);
    assert_eq!((why(days(21)), why(days(22))), (None, Some(WithoutPerson::OwnerGone)));
}

#[test]
fn devices_that_wait_or_never_reported_are_counted_apart() {
    let scene = Scene::new();
    let waiting = scene.report(T0, report()).id;
    let by_hand = devices::Recorded {
        serial_number: "BYHAND1".to_owned(),
        device_name: "Tablet".to_owned(),
        device_type: DeviceType::Tablet,
        os_type: OsType::Other,
        os_version: None,
        user_id: None,
        ownership: Ownership::Company,
        tags: Vec::new(),
    };
    scene.write(T0, move |tx| devices::record(tx, &by_hand)).unwrap();
    let counts = |moment| {
        let found = scene.read(moment, |tx| population(tx, moment));
        ([found.devices, found.reporting, found.silent, found.never_reported], [found.pending, found.without_person, found.devices_ever])
    };
    assert_eq!(counts(seconds(1)), ([2, 1, 0, 1], [0, 1, 2]));
    scene
        .write(seconds(2), move |tx| Ok(tx.connection.execute("UPDATE device SET approval = 'pending' WHERE id = ?1", [&waiting])?))
        .unwrap();
    assert_eq!(counts(seconds(3)), ([1, 0, 0, 1], [1, 1, 2]));
    assert_eq!(counts(days(40)), ([1, 0, 0, 1], [1, 1, 2]), "what never reported is not silent");
}

#[test]
fn a_file_says_of_each_row_what_it_changes_and_lists_who_is_not_in_it() {
    let scene = Scene::new();
    scene.person(days(-9), "ann@example.com", Change::default());
    let row = |email: &'static str, change: Change| scene.write(T0, move |tx| import_row(tx, "Somebody", email, &change)).unwrap();
    let new = row("new@example.com", Change::default());
    assert!(new.created && new.fields.is_empty());
    let changed = row("ann@example.com", Change { joined_on: day("2025-01-01"), ..Change::default() });
    assert!(!changed.created);
    assert_eq!(changed.fields.iter().map(|field| field.name).collect::<Vec<_>>(), ["joined_on"]);
    assert!(row("ann@example.com", Change { joined_on: day("2025-01-01"), ..Change::default() }).fields.is_empty());
    scene.add_user("auditor@example.com", Role::Auditor);
    let seen: HashSet<String> = [new.person.id].into();
    let missing = scene.read(T0, |tx| present_people(tx, &seen));
    assert_eq!(missing.iter().map(|person| person.record.email.as_str()).collect::<Vec<_>>(), ["admin@example.com", "ann@example.com"]);
    let id = missing[1].id.clone();
    assert_eq!(scene.write(T0, move |tx| mark_left(tx, &id)).unwrap().record.left_on, parse_date("2026-01-10"));
    scene.write(T0, |tx| record_import(tx, Metadata::new().with("created", 1))).unwrap();
}

#[test]
fn another_tenants_people_are_nobody() {
    let scene = Scene::new();
    let (other, _) = scene.other_tenant();
    let person = scene.person(T0, "ann@example.com", Change::default());
    let id = person.id.clone();
    let found = scene.store.read(&other, &crate::store::Actor::system(), T0, move |tx| {
        let page = Page { sort: Sort::Name, descending: false, skip: 0, limit: 10 };
        Ok((get(tx, &id).is_err(), at(tx, &id, T0).is_err(), list(tx, &Filter::default(), page)?.1, find_by_email(tx, "ann@example.com")?))
    });
    assert_eq!(found.unwrap(), (true, true, 1, None));
    // The same address may be a person of both.
    let made = scene.store.write(&other, &crate::store::Actor::system(), T0, |tx| create(tx, "Ann", "ann@example.com", &Change::default()));
    assert_ne!(made.unwrap().id, person.id);
    assert!(scene.write(T0, |tx| create(tx, "Ann", "ann@example.com", &Change::default())).is_err());
}
