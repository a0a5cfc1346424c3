//! The session of a browser: the cookie, what it may do, and that no other site can use it.

use recoger::http::Request;

use super::*;
use crate::support::appliance::ADDRESS;
use crate::support::request::{delete, post};
use crate::support::world::PASSWORD;

/// Signs in with a browser: the cookie as the browser sends it back, and the answer.
fn begin(world: &World, actor: Actor) -> (String, Answer) {
    world.user_id(actor);
    let login = Request { path: "/v1/auth/session".to_owned(), ..world.login(&actor.email(), PASSWORD) };
    let answer = expect(world.appliance.send(&login), 200);
    let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    (cookie, answer)
}

fn with_cookie(request: Request, cookie: &str) -> Request {
    request.with_header("cookie", cookie)
}

fn own(request: Request, cookie: &str) -> Request {
    with_cookie(request, cookie).with_header("x-requested-with", "recoger")
}

#[test]
fn the_cookie_is_for_this_host_alone_and_no_token_is_in_the_answer() {
    let world = World::new();
    let (cookie, answer) = begin(&world, Actor::Admin);
    let set = answer.header("set-cookie").unwrap().to_owned();
    assert!(set.starts_with("__Host-recoger=rb_"), "{set}");
    let attributes: Vec<&str> = set.split("; ").skip(1).collect();
    assert_eq!(attributes, ["Path=/", "Max-Age=604800", "Secure", "HttpOnly", "SameSite=Strict"]);
    let body = answer.json();
    let names: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(names, ["expires_at", "role", "tenant_id", "user_id"]);
    assert!(!answer.text().contains("rb_") && !answer.text().contains("eyJ"), "{}", answer.text());
    assert_eq!(world.appliance.send(&with_cookie(get("/v1/users/me"), &cookie)).status, 200);
    let among_others = format!("theme=dark; {cookie}; other=1");
    assert_eq!(world.appliance.send(&with_cookie(get("/v1/users/me"), &among_others)).status, 200);
    assert!(!world.appliance.contents().join("\n").contains(cookie.split_once('=').unwrap().1), "only its hash is stored");
}

#[test]
fn a_write_needs_the_header_and_no_other_origin() {
    let world = World::new();
    let (cookie, _) = begin(&world, Actor::Admin);
    let write = patch("/v1/users/me", &json!({"name": "Renamed"}));
    let send = |request: Request| world.appliance.send(&request).status;
    assert_eq!(send(with_cookie(write.clone(), &cookie)), 403);
    assert_eq!(send(with_cookie(write.clone(), &cookie).with_header("x-requested-with", "XMLHttpRequest")), 403);
    assert_eq!(send(own(write.clone(), &cookie)), 200, "a client that names no origin");
    assert_eq!(send(own(write.clone(), &cookie).with_header("origin", ADDRESS)), 200);
    for origin in [
        "https://evil.example",
        "null",
        "http://recoger.example.lan:8443",
        "https://recoger.example.lan",
        "https://recoger.example.lan:8443.evil.example",
    ] {
        assert_eq!(send(own(write.clone(), &cookie).with_header("origin", origin)), 403, "{origin}");
    }
    let mut two = own(write.clone(), &cookie).with_header("origin", ADDRESS);
    two.headers.append("origin", "https://evil.example".parse().unwrap());
    assert_eq!(send(two), 403);
    assert_eq!(send(with_cookie(delete("/v1/auth/session"), &cookie)), 403);
    // Reading needs neither: other sites can't see the answer.
    assert_eq!(send(with_cookie(get("/v1/users"), &cookie).with_header("origin", "https://evil.example")), 200);
}

#[test]
fn a_header_beside_the_cookie_wins() {
    let world = World::new();
    let (cookie, _) = begin(&world, Actor::Admin);
    let viewer = world.sign_in(Actor::Viewer).access;
    let both = |access: &str| with_cookie(get("/v1/users"), &cookie).with_bearer(access);
    assert_eq!(world.appliance.send(&both(&viewer)).status, 403);
    assert_eq!(world.appliance.send(&both("nonsense")).status, 401);
    let write = with_cookie(patch("/v1/users/me", &json!({"name": "New"})), &cookie).with_bearer(&viewer);
    assert_eq!(world.appliance.send(&write).status, 200, "a token is nothing that a browser sends by itself");
}

#[test]
fn a_session_ends_by_signing_out_and_by_time() {
    let world = World::new();
    let (cookie, _) = begin(&world, Actor::User);
    let (other, _) = begin(&world, Actor::User);
    let ended = world.appliance.send(&own(delete("/v1/auth/session"), &cookie));
    assert_eq!(ended.status, 204);
    assert!(ended.header("set-cookie").unwrap().starts_with("__Host-recoger=; Path=/; Max-Age=0; Secure"));
    let me = |cookie: &str| world.appliance.send(&with_cookie(get("/v1/users/me"), cookie)).status;
    assert_eq!((me(&cookie), me(&other)), (401, 200));
    world.appliance.clock.advance(7 * 86_400 - 1);
    assert_eq!(me(&other), 200);
    world.appliance.clock.advance(1);
    assert_eq!(me(&other), 401);
    for wrong in ["__Host-recoger=", "__Host-recoger=rb_x", &format!("{other}; {other}")] {
        assert_eq!(me(wrong), 401, "{wrong}");
    }
    assert_eq!(me("recoger=rb_x"), 401, "no credential at all");
}

#[test]
fn neither_kind_of_session_does_for_the_other() {
    let world = World::new();
    let (cookie, _) = begin(&world, Actor::User);
    let secret = cookie.split_once('=').unwrap().1;
    assert_eq!(me(&world, secret), 401);
    assert_eq!(world.appliance.send(&post("/v1/auth/refresh", &json!({"refresh_token": secret}))).status, 401);
    let tokens = world.sign_in(Actor::User);
    for token in [tokens.access, tokens.refresh] {
        let request = with_cookie(get("/v1/users/me"), &format!("__Host-recoger={token}"));
        assert_eq!(world.appliance.send(&request).status, 401);
    }
    let sessions = world.send(Actor::User, get("/v1/users/me/sessions")).json();
    assert_eq!(sessions.as_array().unwrap().iter().filter(|session| session["browser"] == true).count(), 1);
}
