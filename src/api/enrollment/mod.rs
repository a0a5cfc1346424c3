//! Enrolment: tokens that let devices in, and the route on which a device shows one. What devices install from is in `install`.

mod document;
mod input;
mod rows;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

pub use self::rows::ROUTES;

use self::document::{EnrolledAnswer, EnrollmentTokenAnswer, NewEnrollmentTokenAnswer};
use self::rows::TOKEN_COLUMNS;
use super::answer::{self, created, no_content};
use super::call::Call;
use super::export;
use crate::credentials::token::PlainToken;
use crate::domain::access::Role;
use crate::domain::audit::hex;
use crate::domain::enrollment::EnrollmentToken;
use crate::error::{Error, Kind, Result};
use crate::http::Response;
use crate::store::{Tx, enrollment};

fn create(call: &Call) -> Result<Response> {
    let new = input::new_token(call)?;
    let (server, pin) = server(call)?;
    let emails: Vec<String> = new.assignment.serials.iter().map(|line| line.email.clone()).collect();
    let (made, secret, unknown_emails) = call.write(move |tx| {
        let (made, secret) = enrollment::add(tx, &new)?;
        Ok((made, secret, enrollment::unknown_emails(tx, emails.iter().map(String::as_str))?))
    })?;
    let token = whole(&server, pin, &secret);
    let install_command = install_command(&server, pin, &token);
    let shown = EnrollmentTokenAnswer::new(made, call.now);
    let answer = NewEnrollmentTokenAnswer { shown, token, install_command, unknown_emails };
    Ok(created(&answer).with_header("cache-control", "no-store"))
}

fn list(call: &Call) -> Result<Response> {
    let caller = call.caller()?;
    // Of whoever has nobody behind him there are none: no id is the empty text.
    let maker = (caller.role != Role::Admin).then(|| caller.person().unwrap_or("").to_owned());
    if export::wanted(call) {
        let page =
            |tx: &Tx, skip, limit| Ok(enrollment::list(tx, maker.as_deref(), skip, limit)?.0.into_iter().map(|token| token.id).collect());
        let ids = call.read(|tx| export::all_ids(|skip, limit| page(tx, skip, limit)))?;
        let now = call.now;
        return export::of_ids(call, "enrollment-tokens", &TOKEN_COLUMNS, ids, move |tx, id| {
            Ok(export::found(enrollment::get(tx, id))?.map(|token| EnrollmentTokenAnswer::new(token, now)))
        });
    }
    let (skip, limit) = (call.query.integer("skip"), call.query.integer("limit"));
    let (tokens, total) = call.read(|tx| enrollment::list(tx, maker.as_deref(), skip, limit))?;
    let tokens: Vec<_> = tokens.into_iter().map(|token| EnrollmentTokenAnswer::new(token, call.now)).collect();
    Ok(answer::page(call, &tokens, total))
}

fn revoke(call: &Call) -> Result<Response> {
    let caller = call.caller()?;
    let id = call.path("token_id").to_owned();
    let (is_admin, person) = (caller.role == Role::Admin, caller.person().map(str::to_owned));
    call.write(move |tx| {
        let token = enrollment::get(tx, &id)?;
        if !is_admin && (person.is_none() || token.created_by != person) {
            return Err(Error::forbidden("This enrollment token is not yours"));
        }
        enrollment::revoke(tx, &id)
    })?;
    Ok(no_content())
}

fn enroll(call: &Call) -> Result<Response> {
    let enrolling = input::enrolling(call)?;
    let stranger = call.actor.clone();
    let let_in = call.app.store.write_root(call.now, move |root| enrollment::enroll(root, stranger, &enrolling))?;
    let answer = EnrolledAnswer {
        device_id: let_in.device.id,
        api_key: let_in.api_key.expose().to_owned(),
        report_interval_seconds: let_in.report_interval_seconds,
        ownership: let_in.device.ownership.as_str(),
        approval: let_in.device.approval.as_str(),
    };
    Ok(created(&answer).with_header("cache-control", "no-store"))
}

/// Where devices reach the appliance, and the hash of its public key, if that is what they trust.
pub(super) fn server(call: &Call) -> Result<(String, Option<[u8; 32]>)> {
    let address = call.app.reach.address(call.request).ok_or_else(|| {
        let known = "The appliance does not know by which name devices reach it; the operator has to start it with `--public-url`";
        Error::new(Kind::Conflict, known)
    })?;
    Ok((address, (call.app.reach.pin)()))
}

/// The token as a device gets it.
fn whole(server: &str, pin: Option<[u8; 32]>, secret: &PlainToken) -> String {
    EnrollmentToken { server: server.to_owned(), pin: pin.map(|pin| hex(&pin)), secret: secret.expose().to_owned() }.expose()
}

/// The line that people paste. With a pin curl is told to trust that key, whoever signed the certificate; without, that a CA did.
fn install_command(server: &str, pin: Option<[u8; 32]>, token: &str) -> String {
    match pin {
        Some(pin) => format!("curl -k --pinnedpubkey 'sha256//{}' {server}/install | sudo sh -s -- {token}", STANDARD.encode(pin)),
        None => format!("curl {server}/install | sudo sh -s -- {token}"),
    }
}
