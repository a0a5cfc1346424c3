//! Deleting a user: what was his goes to somebody else first, what he held stops, and what history needs stays.

use rusqlite::params;

use super::audit::{Entry, record};
use super::{WriteTx, api_keys, devices, enrollment, findings, invitations, mfa, people, reset_links, services, sessions, users};
use crate::domain::access::Role;
use crate::domain::audit::{Event, Metadata};
use crate::domain::finding::FindingPatch;
use crate::domain::user::User;
use crate::error::{Error, Result};
use crate::limits::{HANDED_OVER_MAX, HELD_NAMES_SHOWN};

/// Something that must have another owner before its owner goes.
struct Held {
    id: String,
    name: String,
}

/// How much went to somebody else.
#[derive(Debug, Default, PartialEq, Eq)]
struct HandedOver {
    devices: usize,
    services: usize,
    findings: usize,
}

/// Deletes a user. Devices and services go to the active user `heir`; without one a conflict names them. A conflict for the last active admin too.
/// Findings that the user was to mend go to the heir as well; without one they are nobody's until somebody takes them.
///
/// The row stays for what history says of it, without email and password; keys and enrollment tokens that the user made end.
pub fn delete(tx: &WriteTx, id: &str, heir: Option<&str>) -> Result<()> {
    let user = users::get(tx, id)?;
    if user.role == Role::Admin {
        users::keep_an_admin(tx, &user, "deleted")?;
    }
    let handed_over = hand_over(tx, &user, heir)?;
    let ended = end(tx, &user)?;
    let metadata = Metadata::new()
        .with_personal("email", &user.email)
        .with_personal("name", &user.name)
        .with("sessions_ended", ended)
        .with("devices_handed_over", handed_over.devices)
        .with("services_handed_over", handed_over.services)
        .with("findings_handed_over", handed_over.findings)
        .with("handed_over_to", heir.filter(|_| handed_over != HandedOver::default()).map(str::to_owned));
    record(tx, Entry::new(Event::UserDeleted, "user", id, metadata))
}

/// Closes the account of somebody who is erased, and says nothing of it: the entry of the erasure does. Devices and services that are in use
/// lose their owner; retired ones keep the id that stays.
pub(super) fn close(tx: &WriteTx, user: &User) -> Result<()> {
    for device in held(tx, DEVICES_HELD, &user.id)? {
        devices::patch(tx, &device.id, &devices::Patch { user_id: Some(None), ..devices::Patch::default() })?;
    }
    for service in held(tx, SERVICES_HELD, &user.id)? {
        services::patch(tx, &service.id, &services::Patch { owner_id: Some(None), ..services::Patch::default() }, None)?;
    }
    give_findings(tx, &user.id, None)?;
    end(tx, user).map(drop)
}

/// A conflict for whoever owns more than one transaction takes.
pub(super) fn refuse_too_much(tx: &WriteTx, user: &User) -> Result<()> {
    for (what, sql) in [("devices", DEVICES_HELD), ("services", SERVICES_HELD), ("findings", FINDINGS_HELD)] {
        if held(tx, sql, &user.id)?.len() > HANDED_OVER_MAX {
            return Err(Error::conflict(format!("This user owns more than {HANDED_OVER_MAX} {what}; give some to others first")));
        }
    }
    Ok(())
}

/// Takes everything away that lets the user in; gives how many sessions ended.
fn end(tx: &WriteTx, user: &User) -> Result<u64> {
    let id = &user.id;
    let ended = sessions::end_all(tx, id, None, "user_deleted")?;
    revoke_made(tx, id)?;
    mfa::forget(tx, id)?;
    reset_links::forget(tx, id)?;
    users::keep_version(tx, user)?;
    people::account_deleted(tx, id)?;
    // The email is free for somebody else from now on.
    let sql = "UPDATE user SET status = 'deleted', email = id, password_hash = '', since = ?2 WHERE id = ?1";
    tx.connection.prepare_cached(sql)?.execute(params![id, tx.now.0])?;
    for sql in [
        "DELETE FROM sign_in_failure WHERE email = ?1",
        "DELETE FROM sign_in_lock WHERE email = ?1",
        "DELETE FROM sign_in_place WHERE email = ?1",
    ] {
        tx.connection.prepare_cached(sql)?.execute([&user.email])?;
    }
    Ok(ended)
}

const DEVICES_HELD: &str = "SELECT id, device_name FROM device WHERE user_id = ?1 AND retired_at IS NULL ORDER BY id LIMIT ?2";
const SERVICES_HELD: &str = "SELECT id, name FROM service WHERE owner_id = ?1 AND retired_at IS NULL ORDER BY id LIMIT ?2";
const FINDINGS_HELD: &str = "SELECT id, text FROM finding WHERE owner_id = ?1 AND status = 'open' ORDER BY id LIMIT ?2";

/// Gives everything to `heir`, each thing with its own entry, and says how much it was. Whatever else comes to have an owner belongs here.
fn hand_over(tx: &WriteTx, user: &User, heir: Option<&str>) -> Result<HandedOver> {
    if let Some(heir) = heir {
        if heir == user.id {
            return Err(Error::invalid("`hand_over_to` must be somebody else"));
        }
        let active = devices::require_active_user(tx, heir);
        active.map_err(|error| Error { detail: error.detail.replace("user_id", "hand_over_to"), ..error })?;
    }
    let devices = held(tx, DEVICES_HELD, &user.id)?;
    let services = held(tx, SERVICES_HELD, &user.id)?;
    let Some(heir) = heir else {
        let owned = [("device", &devices), ("service", &services)].into_iter().filter(|(_, held)| !held.is_empty());
        let owned: Vec<String> = owned.map(|(what, held)| named(what, held)).collect();
        return match owned.is_empty() {
            true => {
                refuse_too_much(tx, user)?;
                Ok(HandedOver { findings: give_findings(tx, &user.id, None)?, ..HandedOver::default() })
            }
            false => Err(Error::conflict(format!("This user still owns {}; say in `hand_over_to` who gets them", owned.join(" and ")))),
        };
    };
    refuse_too_much(tx, user)?;
    for device in &devices {
        let patch = devices::Patch { user_id: Some(Some(heir.to_owned())), ..devices::Patch::default() };
        devices::patch(tx, &device.id, &patch)?;
    }
    for service in &services {
        let patch = services::Patch { owner_id: Some(Some(heir.to_owned())), ..services::Patch::default() };
        services::patch(tx, &service.id, &patch, None)?;
    }
    Ok(HandedOver { devices: devices.len(), services: services.len(), findings: give_findings(tx, &user.id, Some(heir))? })
}

/// Findings that the user was to mend become `heir`'s, or nobody's; gives how many.
fn give_findings(tx: &WriteTx, user_id: &str, heir: Option<&str>) -> Result<usize> {
    let held = held(tx, FINDINGS_HELD, user_id)?;
    for finding in &held {
        let patch = FindingPatch { owner_id: Some(heir.map(str::to_owned)), ..FindingPatch::default() };
        findings::patch(tx, &finding.id, &patch, None)?;
    }
    Ok(held.len())
}

/// Ends what the user let others in with: keys, whose maker is gone, invitations, and tokens that he made or that would give him devices.
fn revoke_made(tx: &WriteTx, id: &str) -> Result<()> {
    let sql = "SELECT id FROM api_key WHERE tenant_id = ?1 AND created_by = ?2 AND revoked_at IS NULL";
    ids(tx, sql, id)?.iter().try_for_each(|key| api_keys::revoke(tx, key))?;
    let sql = "SELECT id FROM invitation WHERE tenant_id = ?1 AND created_by = ?2 AND accepted_at IS NULL AND revoked_at IS NULL";
    ids(tx, sql, id)?.iter().try_for_each(|invitation| invitations::revoke(tx, invitation))?;
    let sql = "SELECT id FROM enrollment_token WHERE tenant_id = ?1 AND (created_by = ?2 OR user_id = ?2) AND revoked_at IS NULL";
    ids(tx, sql, id)?.iter().try_for_each(|token| enrollment::revoke(tx, token))
}

fn held(tx: &WriteTx, sql: &str, user_id: &str) -> Result<Vec<Held>> {
    let mut statement = tx.connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![user_id, HANDED_OVER_MAX as i64 + 1], |row| Ok(Held { id: row.get(0)?, name: row.get(1)? }))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn ids(tx: &WriteTx, sql: &str, user_id: &str) -> Result<Vec<String>> {
    let mut statement = tx.connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![tx.tenant_id, user_id], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// `2 devices (“Laptop”, “Phone”)`, the first few by name.
fn named(what: &str, held: &[Held]) -> String {
    let names: Vec<String> = held.iter().take(HELD_NAMES_SHOWN).map(|held| format!("“{}”", held.name)).collect();
    let more = if held.len() > names.len() { " and others" } else { "" };
    let count = if held.len() > HANDED_OVER_MAX { format!("more than {HANDED_OVER_MAX}") } else { held.len().to_string() };
    let plural = if held.len() == 1 { "" } else { "s" };
    format!("{count} {what}{plural} ({}{more})", names.join(", "))
}
