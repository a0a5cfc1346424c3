//! The organisation's settings: name, logo, mail server; secrets never shown, nothing wrong taken.

use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::request::{PIXEL, get, patch};
use crate::support::world::{TENANT, World};

fn change(world: &World, body: &Value) -> Answer {
    world.send(Actor::Admin, patch("/v1/settings", body))
}

fn settings(world: &World) -> Value {
    world.send(Actor::Admin, get("/v1/settings")).json()
}

#[test]
fn the_organisation_has_the_tenants_name_until_it_gets_its_own() {
    let world = World::new();
    assert_eq!(settings(&world)["organisation_name"], TENANT);
    assert_eq!(change(&world, &json!({"organisation_name": " Zoë & Co "})).json()["organisation_name"], "Zoë & Co");
    let version = settings(&world)["version"].as_i64().unwrap();
    assert_eq!(change(&world, &json!({"organisation_name": "Zoë & Co"})).json()["version"], version, "no change is no version");
    assert_eq!(change(&world, &json!({"organisation_name": null})).json()["organisation_name"], TENANT);
    for wrong in [json!(""), json!(" "), json!(7), json!("a\nb"), json!("x".repeat(201))] {
        let answer = change(&world, &json!({"organisation_name": wrong}));
        assert!(answer.status == 400 && answer.text().contains("organisation_name"), "{}", answer.text());
    }
}

#[test]
fn a_logo_is_a_png_that_everybody_sees() {
    let world = World::new();
    assert_eq!(world.send(Actor::Viewer, get("/v1/settings/logo")).status, 404);
    let answer = change(&world, &json!({"logo": PIXEL})).json();
    let logo = &answer["logo"];
    assert_eq!((&logo["width"], &logo["height"], logo["sha256"].as_str().unwrap().len()), (&json!(1), &json!(1), 64));
    let shown = world.send(Actor::Viewer, get("/v1/settings/logo"));
    assert_eq!((shown.status, shown.header("content-type")), (200, Some("image/png")));
    assert_eq!(shown.body.len() as u64, logo["size_bytes"].as_u64().unwrap());
    assert_eq!(world.send(Actor::OtherAdmin, get("/v1/settings/logo")).status, 404);
    for wrong in
        [json!("PHN2Zy8+"), json!("no base64!"), json!({"sha256": "00"}), json!(""), json!(PIXEL[..60]), json!("A".repeat(360_000))]
    {
        let answer = change(&world, &json!({"logo": wrong, "organisation_name": "Other"}));
        assert!(answer.status == 400 && answer.text().contains("logo"), "{}", answer.text());
    }
    assert_eq!(settings(&world)["logo"], *logo);
    assert_eq!(settings(&world)["organisation_name"], TENANT, "all or nothing");
    assert_eq!(change(&world, &json!({"logo": null})).json()["logo"], Value::Null);
    assert_eq!(world.send(Actor::Admin, get("/v1/settings/logo")).status, 404);
}

#[test]
fn the_mail_servers_password_is_written_and_never_shown() {
    const SECRET: &str = "correct-horse-77";
    let world = World::new();
    let smtp = json!({"host": "Mail.Example.org", "username": "recoger", "password": SECRET, "from_address": "Recoger@example.org"});
    let answer = change(&world, &json!({"smtp": smtp}));
    let expected = json!({"host": "mail.example.org", "port": 587, "security": "starttls", "username": "recoger",
                          "from_address": "recoger@example.org", "password_set": true});
    assert_eq!((answer.status, &answer.json()["smtp"]), (200, &expected));
    let log = world.send(Actor::Admin, get("/v1/audit-logs?event_name=settings_changed")).text();
    assert!(log.contains("smtp.password_set") && log.contains("mail.example.org"), "{log}");
    for text in [answer.text(), log, settings(&world).to_string(), world.send(Actor::Admin, get("/v1/audit-logs?format=csv")).text()] {
        assert!(!text.contains(SECRET));
    }
    let (before, set) = (settings(&world)["version"].as_i64().unwrap(), |world: &World| settings(world)["smtp"]["password_set"].clone());
    change(&world, &json!({"smtp": {"password": "another"}}));
    assert_eq!((settings(&world)["version"].as_i64().unwrap(), set(&world)), (before + 1, json!(true)));
    change(&world, &json!({"smtp": {"port": 465, "security": "tls"}}));
    assert_eq!(set(&world), true, "the same server keeps it");
    change(&world, &json!({"smtp": {"host": "elsewhere.example"}}));
    assert_eq!(set(&world), false, "another never gets it");
    change(&world, &json!({"smtp": {"password": "for elsewhere"}}));
    let cleared = change(&world, &json!({"smtp": null})).json();
    assert_eq!((&cleared["smtp"]["host"], &cleared["smtp"]["password_set"]), (&Value::Null, &json!(false)));
}

#[test]
fn what_no_mail_server_or_interval_can_be_is_refused() {
    let world = World::new();
    for (body, field) in [
        (json!({"smtp": {"host": "mail.example.org"}}), "smtp.from_address"),
        (json!({"smtp": {"host": "a b", "from_address": "a@b.example"}}), "smtp.host"),
        (json!({"smtp": {"host": "-x", "from_address": "a@b.example"}}), "smtp.host"),
        (json!({"smtp": {"port": 0}}), "smtp.port"),
        (json!({"smtp": {"port": 65_536}}), "smtp.port"),
        (json!({"smtp": {"security": "ssl3"}}), "smtp.security"),
        (json!({"smtp": {"from_address": "nobody"}}), "smtp.from_address"),
        (json!({"smtp": {"password": ""}}), "smtp.password"),
        (json!({"smtp": {"password": 7}}), "smtp.password"),
        (json!({"smtp": {"colour": "red"}}), "smtp.colour"),
        (json!({"smtp": []}), "smtp"),
        (json!({"review_due_soon_days": 0}), "review_due_soon_days"),
        (json!({"review_due_soon_days": -1}), "review_due_soon_days"),
        (json!({"review_due_soon_days": 91}), "review_due_soon_days"),
    ] {
        let answer = change(&world, &body);
        assert!(answer.status == 400 && answer.text().contains(field), "{body}: {}", answer.text());
    }
    assert_eq!(settings(&world)["review_due_soon_days"], 14);
    assert_eq!(change(&world, &json!({"review_due_soon_days": 30})).json()["review_due_soon_days"], 30);
}
