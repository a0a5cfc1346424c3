//! The operator's commands beside a running server: each acts on the next request.

use recoger::http::{Method, Request};
use serde_json::Value;

use crate::support::binary::{ADMIN_EMAIL, ADMIN_PASSWORD, Binary, code};
use crate::support::process::State;

const PASSWORD: &str = "four small boats in the harbour";
const NEW_PASSWORD: &str = "nine brown bears by the river";

#[track_caller]
fn json(state: &State) -> Value {
    assert_eq!(code(state), Some(0), "{state:?}");
    serde_json::from_str(&state.stdout).unwrap_or_else(|_| panic!("{state:?}"))
}

fn me(binary: &Binary, token: &str) -> u16 {
    binary.send(&Request::new(Method::GET, "/v1/users/me").with_bearer(token)).status
}

#[test]
fn people_are_added_shut_out_and_let_in_at_once() {
    let binary = Binary::start();
    let email = "bea@example.com";
    let add = ["user", "add", "Bea@Example.com", "--tenant", "default", "--role", "user", "--name", "Bea", "--password-stdin", "--json"];
    let added = json(&binary.beside_with_input(&add, &format!("{PASSWORD}\n")));
    assert_eq!((&added["email"], &added["role"], &added["password"]), (&email.into(), &"user".into(), &Value::Null));
    let token = binary.sign_in(email, PASSWORD).unwrap();
    assert_eq!(me(&binary, &token), 200);

    assert_eq!(code(&binary.beside(&["user", "disable", email])), Some(0));
    assert_eq!((me(&binary, &token), binary.sign_in(email, PASSWORD)), (401, Err(401)));
    assert_eq!(code(&binary.beside(&["user", "enable", email])), Some(0));
    let token = binary.sign_in(email, PASSWORD).unwrap();

    let passwd = binary.beside_with_input(&["user", "passwd", email, "--password-stdin"], NEW_PASSWORD);
    assert_eq!(code(&passwd), Some(0), "{passwd:?}");
    assert!(!passwd.stdout.contains(NEW_PASSWORD) && !passwd.stderr.contains(NEW_PASSWORD));
    assert_eq!((me(&binary, &token), binary.sign_in(email, PASSWORD)), (401, Err(401)));
    assert!(binary.sign_in(email, NEW_PASSWORD).is_ok());

    (0..5).for_each(|_| assert!(binary.sign_in(email, "wrong wrong wrong").is_err()));
    assert_eq!(binary.sign_in(email, NEW_PASSWORD), Err(423));
    let listed = json(&binary.beside(&["user", "list", "--json"]));
    let bea = listed.as_array().unwrap().iter().find(|user| user["email"] == email).unwrap();
    assert_eq!(bea["status"], "locked");
    assert_eq!(code(&binary.beside(&["user", "unlock", email])), Some(0));
    assert!(binary.sign_in(email, NEW_PASSWORD).is_ok());

    let random = json(&binary.beside(&["user", "add", "cy@example.com", "--tenant", "default", "--role", "viewer", "--json"]));
    assert!(binary.sign_in("cy@example.com", random["password"].as_str().unwrap()).is_ok());
}

#[test]
fn keys_and_plans_act_on_the_next_request() {
    let binary = Binary::start();
    let key = json(&binary.beside(&["api-key", "add", "--tenant", "default", "--role", "viewer", "--name", "scripts", "--json"]));
    let (id, secret) = (key["id"].as_str().unwrap(), key["api_key"].as_str().unwrap());
    let devices = || binary.send(&Request::new(Method::GET, "/v1/devices").with_bearer(secret));
    assert_eq!((devices().status, devices().header("x-ratelimit-limit")), (200, Some("1200")));
    assert_eq!(code(&binary.beside(&["tenant", "plan", "default", "startup"])), Some(0));
    assert_eq!(devices().header("x-ratelimit-limit"), Some("60"));
    let listed = json(&binary.beside(&["tenant", "plan", "default", "enterprise", "--per-minute", "1", "--per-day", "none", "--json"]));
    assert_eq!((&listed[0]["requests_per_minute"], &listed[0]["requests_per_day"]), (&1.into(), &Value::Null));
    assert_eq!(devices().status, 429);
    assert_eq!(code(&binary.beside(&["tenant", "plan", "default", "enterprise"])), Some(0));
    assert_eq!(devices().status, 200);

    let shown = binary.beside(&["api-key", "list", "--json"]);
    assert!(!shown.stdout.contains(secret), "a key is printed once");
    assert_eq!(json(&shown)[0]["id"], id);
    assert_eq!(code(&binary.beside(&["api-key", "revoke", id])), Some(0));
    assert_eq!(devices().status, 401);
    assert_eq!(code(&binary.beside(&["api-key", "revoke", id])), Some(1), "it is revoked already");
}

#[test]
fn a_tenant_that_is_added_has_an_admin_who_sees_nothing_of_the_first() {
    let binary = Binary::start();
    let add = ["tenant", "add", "Other Ltd", "--admin", "olga@example.com", "--password-stdin"];
    let added = binary.beside_with_input(&add, PASSWORD);
    assert_eq!(code(&added), Some(0), "{added:?}");
    let token = binary.sign_in("olga@example.com", PASSWORD).unwrap();
    let users = binary.send(&Request::new(Method::GET, "/v1/users").with_bearer(&token)).json();
    assert_eq!((users.as_array().unwrap().len(), &users[0]["email"]), (1, &"olga@example.com".into()));
    let first = binary.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD).unwrap();
    let users = binary.send(&Request::new(Method::GET, "/v1/users").with_bearer(&first)).json();
    assert_eq!((users.as_array().unwrap().len(), &users[0]["email"]), (1, &ADMIN_EMAIL.into()));
    assert_eq!(json(&binary.beside(&["tenant", "list", "--json"])).as_array().unwrap().len(), 2);
}

#[test]
fn what_cannot_be_done_is_said_on_standard_error_with_exit_1() {
    let binary = Binary::start();
    for (arguments, input, words) in [
        (&["user", "add", "a@example.com", "--tenant", "nowhere", "--role", "user"][..], "", "There is no tenant `nowhere`"),
        (&["user", "add", ADMIN_EMAIL, "--tenant", "default", "--role", "user"], "", "`email` is in use already"),
        (&["user", "add", "a@example.com", "--tenant", "default", "--role", "agent"], "", "agent"),
        (&["user", "add", "no address", "--tenant", "default", "--role", "user"], "", "email"),
        (&["user", "passwd", "nobody@example.com"], "", "User not found"),
        (&["user", "passwd", ADMIN_EMAIL, "--password-stdin"], "short", "password"),
        (&["user", "passwd", ADMIN_EMAIL, "--password-stdin"], "", "password"),
        (&["user", "disable", ADMIN_EMAIL], "", "last active admin"),
        (&["tenant", "add", "Default", "--admin", "b@example.com"], "", "already"),
        (&["api-key", "add", "--tenant", "default", "--role", "auditor", "--name", "x"], "", "auditor"),
        (&["api-key", "revoke", "key_1"], "", "API key not found"),
    ] {
        let state = binary.beside_with_input(arguments, input);
        assert_eq!(code(&state), Some(1), "{arguments:?}: {state:?}");
        assert!(state.stderr.starts_with("error: ") && state.stderr.contains(words), "{arguments:?}: {}", state.stderr);
        assert!(state.stdout.is_empty() && !state.stderr.contains("panicked"), "{arguments:?}: {state:?}");
    }
    assert!(binary.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD).is_ok(), "nothing was changed");
}
