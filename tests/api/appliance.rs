//! How the appliance itself stands: from its own rows, now and then, and in no score.

use recoger::domain::time::DAY;
use recoger::store::audit_check::ChainChecker;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::request::{get, patch};
use crate::support::world::World;

fn checks(world: &World, query: &str) -> Value {
    let answer = world.send(Actor::Viewer, get(&format!("/v1/appliance/checks{query}")));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn find<'a>(answer: &'a Value, check_id: &str) -> &'a Value {
    answer["checks"].as_array().unwrap().iter().find(|check| check["check_id"] == check_id).unwrap_or_else(|| panic!("no {check_id}"))
}

#[test]
fn each_check_is_told_with_what_was_seen_and_how_to_mend_it() {
    let world = World::new();
    let answer = checks(&world, "");
    let mfa = find(&answer, "user.admin_mfa_enabled");
    assert_eq!((&mfa["status"], &mfa["severity"], &mfa["accounts"][0]["observed"]), (&json!("fail"), &json!("critical"), &json!(false)));
    assert!(mfa["remediation"].as_str().unwrap().contains("second factor") && mfa["counts"]["failed"].as_u64().unwrap() > 0);
    let lockout = find(&answer, "tenant.lockout_policy");
    assert_eq!((&lockout["status"], &lockout["remediation"]), (&json!("pass"), &Value::Null));
    assert_eq!(lockout["observed"], json!({"lockout.max_attempts": 5, "lockout.duration_minutes": 15}));
    assert_eq!(find(&answer, "tenant.audit_chain_verified")["status"], "fail", "nobody has looked yet");
    let (store, now) = (world.appliance.store(), world.appliance.clock.now());
    let mut checker = ChainChecker::default();
    while checker.advance(store, now).unwrap() {}
    assert_eq!(find(&checks(&world, ""), "tenant.audit_chain_verified")["status"], "pass");
    let text = answer.to_string();
    assert!(!text.contains("score") && !text.contains('@'), "{text}");
}

#[test]
fn a_past_moment_is_answered_by_what_was_known_then() {
    let world = World::new();
    let before = world.appliance.clock.now();
    world.appliance.clock.advance(DAY);
    world.forget(Actor::Viewer);
    world.forget(Actor::Admin);
    assert_eq!(world.send(Actor::Admin, patch("/v1/settings", &json!({"lockout": {"max_attempts": 99}}))).status, 200);
    assert_eq!(find(&checks(&world, ""), "tenant.lockout_policy")["status"], "fail");
    assert_eq!(find(&checks(&world, &format!("?at={before}")), "tenant.lockout_policy")["status"], "pass");
    for (at, status) in [("2000-01-01T00:00:00Z", 404), ("2999-01-01T00:00:00Z", 400), ("yesterday", 400)] {
        assert_eq!(world.send(Actor::Viewer, get(&format!("/v1/appliance/checks?at={at}"))).status, status, "{at}");
    }
}

#[test]
fn what_the_appliance_says_of_itself_changes_no_score() {
    let world = World::new();
    world.device_of(Actor::User);
    let figures = |world: &World| {
        let dashboard = world.send(Actor::Admin, get("/v1/dashboard")).json();
        (dashboard["compliance_score"].clone(), dashboard["counts"].clone(), dashboard["failing_checks"].clone())
    };
    let before = figures(&world);
    assert_eq!(world.send(Actor::Admin, patch("/v1/settings", &json!({"lockout": {"max_attempts": 99}}))).status, 200);
    assert_eq!(find(&checks(&world, ""), "tenant.lockout_policy")["status"], "fail");
    assert_eq!(figures(&world), before);
}
