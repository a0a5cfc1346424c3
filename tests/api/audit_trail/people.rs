//! The deeds on users' accounts, their second factors, sessions and links.

use recoger::http::Request;
use serde_json::{Value, json};

use super::{Deed, deed};
use crate::support::actor::Actor;
use crate::support::request::{bare, delete, patch, post};
use crate::support::world::{PASSWORD, World};

/// Every mutating row of these at least once.
pub const DEEDS: &[Deed] = &[
    deed(
        "POST",
        "/v1/auth/session",
        Actor::Stranger,
        |world| Request { path: "/v1/auth/session".to_owned(), ..world.login(&Actor::User.email(), PASSWORD) },
        &["user_login_success"],
    ),
    // Nobody is looked up, and no mail goes out.
    deed(
        "POST",
        "/v1/auth/forgot-password",
        Actor::Stranger,
        |_| post("/v1/auth/forgot-password", &json!({"email": Actor::User.email()})),
        &[],
    ),
    deed(
        "POST",
        "/v1/auth/reset-password",
        Actor::Stranger,
        |world| {
            let token = world.reset_token(&world.spare_user(Actor::Admin).0);
            post("/v1/auth/reset-password", &json!({"token": token, "password": PASSWORD}))
        },
        &["user_created", "user_updated", "user_password_changed"],
    ),
    deed(
        "POST",
        "/v1/auth/accept-invitation",
        Actor::Stranger,
        |world| {
            let token = world.invited(Actor::Admin);
            post("/v1/auth/accept-invitation", &json!({"token": token, "name": "New", "password": PASSWORD}))
        },
        &["invitation_created", "user_created", "invitation_accepted", "user_login_success"],
    ),
    deed(
        "POST",
        "/v1/people/{person_id}/erase",
        Actor::Admin,
        |world| post(&format!("/v1/people/{}/erase", world.spare_person(Actor::Admin)), &json!({"reason": "asked for"})),
        &["user_created", "person_erased"],
    ),
    deed(
        "POST",
        "/v1/users/invitations",
        Actor::OtherAdmin,
        |world| post("/v1/users/invitations", &json!({"email": world.new_email(), "role": "user"})),
        &["invitation_created"],
    ),
    deed(
        "POST",
        "/v1/users/invitations/{invitation_id}/resend",
        Actor::AdminKey,
        |world| bare("POST", &format!("/v1/users/invitations/{}/resend", text(&world.invitation(Actor::Admin), "id"))),
        &["invitation_created", "invitation_resent"],
    ),
    deed(
        "DELETE",
        "/v1/users/invitations/{invitation_id}",
        Actor::Admin,
        |world| delete(&format!("/v1/users/invitations/{}", text(&world.invitation(Actor::Admin), "id"))),
        &["invitation_created", "invitation_revoked"],
    ),
    // What nothing asks for yet is no entry.
    deed("POST", "/v1/users/me/mfa", Actor::OtherAdmin, |_| bare("POST", "/v1/users/me/mfa"), &[]),
    deed(
        "POST",
        "/v1/users/me/mfa/confirm",
        Actor::OtherAdmin,
        |world| {
            let secret = text(&world.send(Actor::OtherAdmin, bare("POST", "/v1/users/me/mfa")).json(), "secret");
            post("/v1/users/me/mfa/confirm", &json!({"otp": world.code(&secret)}))
        },
        &["user_mfa_enabled"],
    ),
    deed(
        "DELETE",
        "/v1/users/me/mfa",
        Actor::OtherAdmin,
        |_| delete("/v1/users/me/mfa").with_json(&json!({"password": PASSWORD})),
        &["user_mfa_disabled"],
    ),
    deed(
        "DELETE",
        "/v1/users/{user_id}/mfa",
        Actor::Admin,
        |world| {
            world.enable_mfa(Actor::User);
            delete(&format!("/v1/users/{}/mfa", world.user_id(Actor::User)))
        },
        &["user_mfa_enabled", "user_mfa_disabled"],
    ),
    deed(
        "DELETE",
        "/v1/users/me/sessions/{session_id}",
        Actor::Viewer,
        |world| delete(&format!("/v1/users/me/sessions/{}", world.new_session(Actor::Viewer))),
        &["user_login_success", "session_ended"],
    ),
    deed(
        "PATCH",
        "/v1/users/{user_id}",
        Actor::Admin,
        |world| patch(&spare(world), &json!({"name": "New", "role": "viewer", "status": "disabled"})),
        &["user_created", "user_updated", "user_role_changed", "user_disabled"],
    ),
    deed(
        "POST",
        "/v1/users/{user_id}/unlock",
        Actor::AdminKey,
        |world| {
            let (id, email) = world.spare_user(Actor::Admin);
            let wrong = world.login(&email, "not the password at all");
            (0..5).for_each(|_| assert_eq!(world.appliance.send(&wrong).status, 401));
            bare("POST", &format!("/v1/users/{id}/unlock"))
        },
        &[
            "user_created",
            "user_login_failure",
            "user_login_failure",
            "user_login_failure",
            "user_login_failure",
            "user_login_failure",
            "user_locked",
            "user_unlocked",
        ],
    ),
    deed(
        "POST",
        "/v1/users/{user_id}/reset-link",
        Actor::Admin,
        |world| bare("POST", &format!("{}/reset-link", spare(world))),
        &["user_created", "user_updated"],
    ),
    deed(
        "DELETE",
        "/v1/users/{user_id}",
        Actor::Admin,
        |world| {
            let target = spare(world);
            let owner = target.rsplit('/').next().unwrap();
            let body = json!({"device_name": "a", "serial_number": world.new_serial(), "os_type": "linux", "user_id": owner});
            assert_eq!(world.send(Actor::Admin, post("/v1/devices", &body)).status, 201);
            delete(&format!("{target}?hand_over_to={}", world.user_id(Actor::User)))
        },
        &["user_created", "device_created", "device_owner_changed", "user_deleted"],
    ),
    deed("DELETE", "/v1/auth/session", Actor::Viewer, |_| delete("/v1/auth/session"), &["user_logout"]),
];

/// Secrets that were handed out: what lets people in by a link or a cookie, and what stands in for a lost authenticator.
pub fn secrets(world: &World) -> Vec<String> {
    let mut secrets = vec![world.invited(Actor::Admin), world.reset_token(&world.user_id(Actor::OtherUser))];
    world.user_id(Actor::Viewer);
    let login = Request { path: "/v1/auth/session".to_owned(), ..world.login(&Actor::Viewer.email(), PASSWORD) };
    let cookie = world.appliance.send(&login).header("set-cookie").unwrap().to_owned();
    secrets.push(cookie.split(['=', ';']).nth(1).unwrap().to_owned());
    let secret = text(&world.send(Actor::Viewer, bare("POST", "/v1/users/me/mfa")).json(), "secret");
    let confirmed = world.send(Actor::Viewer, post("/v1/users/me/mfa/confirm", &json!({"otp": world.code(&secret)}))).json();
    secrets.extend(confirmed["recovery_codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned()));
    secrets
}

/// The path of a new user.
fn spare(world: &World) -> String {
    format!("/v1/users/{}", world.spare_user(Actor::Admin).0)
}

fn text(answer: &Value, name: &str) -> String {
    answer[name].as_str().unwrap_or_else(|| panic!("no `{name}` in {answer}")).to_owned()
}
