//! Bad input through the whole pipeline: each gets its status and a sentence, nothing is stored, and the next request is served.

use recoger::http::Request;
use serde_json::json;

use crate::support::actor::Actor;
use crate::support::attack::{Credentials, Shown, attacks};
use crate::support::request::{get, post};
use crate::support::world::{World, full_report};

/// How long an access token lasts.
const TOKEN_SECONDS: i64 = 15 * 60;
/// What must never stand in a `detail`: SQL, paths, names of Rust.
const LEAKS: &[&str] =
    &["SELECT", "INSERT", "sqlite", "SQL", "src/", ".rs", "::", "panic", "/tmp", ".db", "Option", "serde", "unwrap", "Err("];

fn credentials(world: &World, other: &World) -> Credentials {
    let expired_token = Some(world.sign_in(Actor::Admin).access);
    world.appliance.clock.advance(TOKEN_SECONDS);
    Credentials {
        access_token: world.token(Actor::Admin),
        expired_token,
        token_of_another_appliance: other.token(Actor::Admin),
        api_key: world.token(Actor::AdminKey),
    }
}

#[test]
fn each_attack_gets_its_status_and_a_sentence_and_stores_nothing() {
    let (world, other) = (World::new(), World::new());
    let credentials = credentials(&world, &other);
    assert_eq!(world.send(Actor::Admin, post("/v1/devices/report", &full_report("GOOD"))).status, 201);
    let before = world.appliance.contents();
    for attack in attacks() {
        let answer = world.appliance.send(&attack.request(&credentials).expect("all credentials are there"));
        assert_eq!(answer.status, attack.status, "{}: {}", attack.name, answer.text());
        let body = answer.json();
        let detail = body["detail"].as_str().unwrap_or_else(|| panic!("{}: {body}", attack.name));
        assert_eq!(body.as_object().unwrap().len(), 1, "{}: {body}", attack.name);
        assert!(!detail.is_empty() && detail.len() < 300 && !detail.contains(['\n', '\0']), "{}: {detail}", attack.name);
        let leak = LEAKS.iter().find(|leak| detail.contains(**leak));
        assert_eq!(leak, None, "{}: {detail}", attack.name);
        assert_eq!(answer.header("content-type"), Some("application/json"), "{}", attack.name);
        assert_eq!(answer.header("www-authenticate"), (answer.status == 401).then_some("Bearer"), "{}", attack.name);
        assert_eq!(answer.header("allow").is_some(), answer.status == 405, "{}", attack.name);
        assert_eq!(world.send(Actor::Admin, get("/v1/users/me")).status, 200, "after {}", attack.name);
    }
    assert_eq!(world.appliance.contents(), before);
}

#[test]
fn what_attacks_show_differs_from_what_holds() {
    let (world, other) = (World::new(), World::new());
    let credentials = credentials(&world, &other);
    for token in [&credentials.access_token, &credentials.api_key] {
        let answer = world.appliance.send(&get("/v1/users").with_bearer(token.as_ref().unwrap()));
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let foreign = credentials.token_of_another_appliance.as_ref().unwrap();
    assert_eq!(other.appliance.send(&get("/v1/users").with_bearer(foreign)).status, 200);
    assert!(attacks().iter().any(|attack| attack.shown == Shown::ExpiredToken));
}

#[test]
fn a_credential_anywhere_but_in_the_header_is_none() {
    let world = World::new();
    let token = world.token(Actor::Admin).unwrap();
    let me = |request: Request| world.appliance.send(&request).status;
    assert_eq!(me(get(&format!("/v1/users/me?access_token={token}"))), 401);
    assert_eq!(me(get("/v1/users/me").with_header("cookie", &format!("session={token}"))), 401);
    for value in [
        token.clone(),
        format!("Basic {token}"),
        format!("Bearer {token} {token}"),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        format!("Token {token}"),
    ] {
        assert_eq!(me(get("/v1/users/me").with_header("authorization", &value)), 401, "{value}");
    }
    assert_eq!(me(get("/v1/users/me").with_header("authorization", &format!("bearer {token}"))), 200, "the scheme's case is ignored");
    let mut doubled = get("/v1/users/me").with_bearer(&token);
    doubled.headers.append("authorization", format!("Bearer {token}").parse().unwrap());
    assert_eq!(me(doubled), 401);
}

#[test]
fn each_part_of_a_token_is_under_the_signature() {
    let world = World::new();
    let token = world.token(Actor::User).unwrap();
    for position in (0..token.len()).step_by(7).chain([token.len() - 1]) {
        let mut forged = token.clone().into_bytes();
        // Another letter in the high bits, which base64 never ignores.
        forged[position] = if forged[position] == b'w' { b'A' } else { b'w' };
        if forged != token.as_bytes() {
            let answer = world.appliance.send(&get("/v1/users/me").with_bearer(std::str::from_utf8(&forged).unwrap()));
            assert_eq!(answer.status, 401, "letter {position}: {}", answer.text());
        }
    }
    for mangled in
        [format!("{token}."), format!("{token}=="), token[..token.len() - 2].to_owned(), token.replace('.', ".."), format!("rk_{token}")]
    {
        assert_eq!(world.appliance.send(&get("/v1/users/me").with_bearer(&mangled)).status, 401, "{mangled}");
    }
    let key = world.token(Actor::AdminKey).unwrap();
    for mangled in
        [key.to_uppercase(), key[..key.len() - 1].to_owned(), format!("{key}0"), key.replace("rk_live_", "rk_test_"), "rk_live_".to_owned()]
    {
        assert_eq!(world.appliance.send(&get("/v1/users").with_bearer(&mangled)).status, 401, "{mangled}");
    }
}

#[test]
fn what_was_typed_never_comes_back_as_markup_or_control_characters() {
    let world = World::new();
    let nasty = "<script>\u{1b}[31m\u{202e}";
    let answer = world.send(Actor::Admin, post("/v1/devices/report", &json!({nasty: 1, "serial_number": 5})));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let answer = world.send(Actor::Admin, post("/v1/api-keys", &json!({nasty: 1, "name": "n", "role": "viewer"})));
    assert_eq!(answer.status, 400);
    assert!(!answer.text().contains('\u{1b}') && !answer.text().contains("\\u001b"), "{}", answer.text());
    let answer = world.send(Actor::Admin, get("/v1/users?%1b%5b31m=1"));
    assert_eq!(answer.status, 400);
    assert!(!answer.text().contains("\\u001b"), "{}", answer.text());
}
