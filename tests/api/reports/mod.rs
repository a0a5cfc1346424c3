//! Frameworks and reports: who may do what, what it leaves, what answers say, from order to download.

pub mod access;
pub mod deeds;
mod files;
mod frameworks;
mod orders;

use recoger::domain::framework::Framework;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::request::post;
use crate::support::world::World;

/// A framework's file of somebody's own.
pub fn framework_text(key: &str) -> String {
    format!(
        "format = 1\n[framework]\nkey = \"{key}\"\nname = \"Rules of {key}\"\nversion = \"1\"\npublisher = \"{key}\"\ntext_license = \"Own text\"\n\
         disclaimer = \"It covers devices only\"\ncomplete = true\n[[control]]\nid = \"H.1\"\ntitle = \"Disks are encrypted\"\n\
         coverage = \"partial\"\nchecks = [\"device.disk_encryption\"]\nshows = \"Disks are encrypted\"\ngap = \"Phones\"\n"
    )
}

/// Makes the framework called `key` be there.
#[track_caller]
pub fn framework(world: &World, maker: Actor, key: &str) -> String {
    let answer = world.send(maker, post("/v1/frameworks", &json!({"text": framework_text(key)})));
    assert!([200, 201].contains(&answer.status), "{}", answer.text());
    key.to_owned()
}

/// A report that is completed.
#[track_caller]
pub fn report(world: &World, maker: Actor, body: &Value) -> Value {
    let answer = world.send(maker, post("/v1/reports/compliance", body));
    assert_eq!(answer.status, 201, "{}", answer.text());
    let report = answer.json();
    assert_eq!(report["status"], "completed", "{report}");
    report
}

/// `path` with a framework of the appliance and reports of the admin's for its names.
pub fn filled(world: &World, path: &str) -> String {
    let mut path = path.replace("{framework_id}", Framework::shipped()[0].key.as_str());
    for name in ["{report_id}", "{other_id}"] {
        if path.contains(name) {
            path = path.replace(name, &report_id(world, Actor::Admin));
        }
    }
    path
}

/// The id of a report in JSON.
#[track_caller]
pub fn report_id(world: &World, maker: Actor) -> String {
    report(world, maker, &json!({"framework": Framework::shipped()[0].key, "format": "json"}))["id"].as_str().unwrap().to_owned()
}
