//! Devices and services from a file: a dry run, errors by line, all or nothing, and what was exported reads back.

use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::request::{csv, get};
use crate::support::world::World;

fn import(world: &World, query: &str, text: &str) -> (u16, Value) {
    let answer = world.send(Actor::Admin, csv(&format!("/v1/devices/import{query}"), text));
    (answer.status, answer.json())
}

fn devices(world: &World) -> Vec<Value> {
    let mut devices = world.send(Actor::Admin, get("/v1/devices?limit=100&sort=device_name&include_data=false")).json();
    devices.as_array_mut().unwrap().drain(..).collect()
}

#[test]
fn all_rows_become_devices_declared_by_a_person() {
    let world = World::new();
    let owner = world.user_id(Actor::User);
    // As a spreadsheet of many countries saves it.
    let text = format!(
        "\u{feff}Serial_Number;device_name;os_type;Owner_Email;tags;ownership;os_version\n\
         S-1;\"a; b\";windows;{};x; y;\n\n\
         S-2;'=b;Darwin;;\"x;y\";personal;14.2\n",
        Actor::User.email().to_uppercase()
    )
    .replace(";x; y;\n", ";\"x; y\";;\n");
    // Signed in and seen before, so that nothing but the import could change the file.
    devices(&world);
    let before = world.appliance.contents();
    assert_eq!(import(&world, "?dry_run=true", &text), (200, json!({"dry_run": true, "rows": 2, "created": 2, "errors": []})));
    assert!(world.appliance.contents() == before, "a dry run leaves nothing");
    let (log, answer) = world.logged_by(|| import(&world, "", &text));
    assert_eq!(answer, (200, json!({"dry_run": false, "rows": 2, "created": 2, "errors": []})));
    assert_eq!(log.iter().map(|entry| entry.event.as_str()).collect::<Vec<_>>(), ["device_created", "device_created"]);
    let found = devices(&world);
    let shown =
        |device: &Value| ["device_name", "serial_number", "os_type", "user_id", "ownership", "source"].map(|name| device[name].clone());
    assert_eq!(shown(&found[0]), [json!("=b"), json!("S-2"), json!("macos"), Value::Null, json!("personal"), json!("person")]);
    assert_eq!(shown(&found[1]), [json!("a; b"), json!("S-1"), json!("windows"), json!(owner), json!("company"), json!("person")]);
    assert_eq!((&found[0]["tags"], &found[1]["tags"]), (&json!(["x", "y"]), &json!(["x", "y"])));
}

#[test]
fn every_wrong_line_is_named_and_nothing_is_stored() {
    let world = World::new();
    import(&world, "", "device_name,serial_number,os_type\nold,KNOWN-1,linux\n");
    let text = "device_name,serial_number,os_type,owner_email,device_type\n\
                good,G-1,linux,,\n\
                known,KNOWN-1,linux,,\n\
                twice,G-1,linux,,\n\
                ,G-2,linux,,\n\
                \"two\nlines\",G-3,linux,,\n\
                os,G-4,beos,,\n\
                owner,G-5,linux,nobody@example.org,\n\
                short,G-6\n\
                type,G-7,linux,,boat\n";
    let before = world.appliance.contents();
    let (status, answer) = import(&world, "?dry_run=true", text);
    assert_eq!((status, &answer["rows"], &answer["created"]), (200, &json!(9), &json!(1)));
    let lines: Vec<i64> = answer["errors"].as_array().unwrap().iter().map(|error| error["line"].as_i64().unwrap()).collect();
    assert_eq!(lines, [3, 4, 5, 6, 8, 9, 10, 11], "{answer}");
    let words = ["exists already", "exists already", "device_name", "control", "os_type", "owner_email", "cells", "device_type"];
    for (error, word) in answer["errors"].as_array().unwrap().iter().zip(words) {
        assert!(error["detail"].as_str().unwrap().contains(word), "{word}: {error}");
    }
    let (status, answer) = import(&world, "", text);
    assert!(status == 400 && answer["detail"].as_str().unwrap().starts_with("Line 5: "), "{answer}");
    let clash = "device_name,serial_number,os_type\ngood,G-1,linux\nknown,KNOWN-1,linux\n";
    let (status, answer) = import(&world, "", clash);
    assert_eq!((status, &answer["detail"]), (400, &json!("Line 3: A device with this `serial_number` exists already")));
    assert!(world.appliance.contents() == before, "a refused file leaves nothing");
}

#[test]
fn a_file_that_is_none_is_refused() {
    let world = World::new();
    let long = "device_name,serial_number,os_type\n".to_owned() + &"a,b,linux\n".repeat(2_001);
    for (text, words) in [
        ("", "no rows"),
        ("device_name,serial_number,os_type\n", "no rows"),
        ("device_name,serial_number\na,b\n", "`os_type` is missing"),
        ("device_name,serial_number,os_type,colour\na,b,linux,red\n", "Unknown column `colour`"),
        ("device_name,serial_number,os_type,OS_type\na,b,linux,linux\n", "there twice"),
        ("device_name,serial_number,os_type\n\"a,b,linux\n", "Line 2: a quote"),
        (&long, "more than 2000 rows"),
    ] {
        let (status, answer) = import(&world, "", text);
        assert!(status == 400 && answer["detail"].as_str().unwrap().contains(words), "{words}: {answer}");
    }
    let mut bytes = csv("/v1/devices/import", "");
    bytes.body = vec![0xff, 0xfe];
    assert_eq!(world.send(Actor::Admin, bytes).status, 400);
    assert_eq!(world.send(Actor::Admin, csv("/v1/devices/import", "x").with_json(&json!({}))).status, 415);
    assert_eq!(devices(&world).len(), 0);
}

fn import_services(world: &World, query: &str, text: &str) -> (u16, Value) {
    let answer = world.send(Actor::Admin, csv(&format!("/v1/services/import{query}"), text));
    (answer.status, answer.json())
}

fn services(world: &World) -> Vec<Value> {
    let mut services = world.send(Actor::Admin, get("/v1/services?limit=100&sort=name")).json();
    services.as_array_mut().unwrap().drain(..).collect()
}

#[test]
fn services_keep_the_difference_between_no_and_not_answered() {
    let world = World::new();
    let owner = world.user_id(Actor::User);
    let text = format!(
        "name,mfa_enforced,sso_enabled,encryption_at_rest,data_location,tags,owner_email,data_classification,review_interval_days\n\
         GitHub,TRUE,false,,us;DE,a; b,{},confidential,\nWiki,,,,,,,,30\n",
        Actor::User.email()
    )
    .replace("us;DE", "US;DE");
    services(&world);
    let before = world.appliance.contents();
    let expected = json!({"dry_run": true, "rows": 2, "created": 2, "errors": []});
    assert_eq!(import_services(&world, "?dry_run=true", &text), (200, expected));
    assert!(world.appliance.contents() == before, "a dry run leaves nothing");
    let (log, (status, _)) = world.logged_by(|| import_services(&world, "", &text));
    assert_eq!((status, log.len()), (200, 2));
    let found = services(&world);
    let shown = |service: &Value, names: &[&str]| names.iter().map(|name| service[*name].clone()).collect::<Vec<_>>();
    let names = ["name", "mfa_enforced", "sso_enabled", "encryption_at_rest", "data_location", "tags", "owner_id", "review_interval_days"];
    let github = [json!("GitHub"), json!(true), json!(false), Value::Null, json!(["DE", "US"]), json!(["a", "b"]), json!(owner), json!(90)];
    assert_eq!(shown(&found[0], &names), github);
    assert_eq!(shown(&found[1], &names[..5]), [json!("Wiki"), Value::Null, Value::Null, Value::Null, Value::Null]);
    assert_eq!(found[1]["review_interval_days"], 30);
}

#[test]
fn an_export_of_services_reads_back_once_its_services_are_gone() {
    let world = World::new();
    let text = "name,description,url,data_classification,mfa_enforced,data_location,tags\n\
                \"=Sum, \"\"x\"\"\",\"two\nlines\",https://example.com,restricted,false,EEA,\nplain,,,,,,a;b\n";
    assert_eq!(import_services(&world, "", text).0, 200);
    let before = services(&world);
    let export = world.send(Actor::Admin, get("/v1/services?format=csv")).text();
    let (status, answer) = import_services(&world, "", &export);
    assert!(status == 400 && answer["detail"].as_str().unwrap().contains("exists already"), "{answer}");
    for service in &before {
        let target = format!("/v1/services/{}", service["id"].as_str().unwrap());
        assert_eq!(world.send(Actor::Admin, crate::support::request::delete(&target)).status, 204);
    }
    assert_eq!(import_services(&world, "", &export).0, 200);
    let lasting = |services: &[Value]| {
        let own = ["id", "created_at", "updated_at", "status_since"];
        let mut services = services.to_vec();
        services.iter_mut().for_each(|service| own.iter().for_each(|name| drop(service.as_object_mut().unwrap().remove(*name))));
        services
    };
    assert_eq!(lasting(&services(&world)), lasting(&before));
}

#[test]
fn every_wrong_line_of_services_is_named_and_nothing_is_stored() {
    let world = World::new();
    import_services(&world, "", "name\nKnown\n");
    let text = "name,owner_email,owner_id,mfa_enforced,data_location,review_interval_days\n\
                good,,,,,\nKNOWN,,,,,\nGood,,,,,\n,,,,,\na,nobody@example.org,,,,\nb,,user_0,,,\nc,,,perhaps,,\nd,,,,Mars,\ne,,,,,0\n\
                f,a@example.org,user_0,,,\n";
    let before = world.appliance.contents();
    let (status, answer) = import_services(&world, "?dry_run=true", text);
    assert_eq!((status, &answer["created"]), (200, &json!(1)), "{answer}");
    let words = [
        "exists already",
        "exists already",
        "name",
        "owner_email",
        "owner_id",
        "mfa_enforced",
        "data_location",
        "review_interval_days",
        "can't stand beside",
    ];
    let errors = answer["errors"].as_array().unwrap();
    assert_eq!(errors.iter().map(|error| error["line"].as_i64().unwrap()).collect::<Vec<_>>(), (3..12).collect::<Vec<_>>(), "{answer}");
    for (error, word) in errors.iter().zip(words) {
        assert!(error["detail"].as_str().unwrap().contains(word), "{word}: {error}");
    }
    assert_eq!(import_services(&world, "", text).0, 400);
    assert!(world.appliance.contents() == before, "a refused file leaves nothing");
}
