//! Whoever has an account is a person: what making, changing and deleting an account does to the person's record.

use super::{Person, PersonRecord, day_of, find_by_email, find_by_user, insert, update_version};
use crate::credentials::id::new_id;
use crate::domain::person::{PersonSource, needs_device_by_role};
use crate::domain::user::User;
use crate::error::Result;
use crate::store::tx::WriteTx;

/// Gives a new account its person: the one with its email, else a new one. The id of the person.
///
/// Somebody who had left and gets an account is back from today on.
pub(in crate::store) fn account_made(tx: &WriteTx, user: &User) -> Result<String> {
    let today = day_of(tx, tx.now)?;
    let Some(person) = find_by_email(tx, &user.email)? else {
        let record = PersonRecord {
            user_id: Some(user.id.clone()),
            needs_device: needs_device_by_role(user.role),
            ..PersonRecord::new(&user.name, &user.email, PersonSource::Account)
        };
        let id = new_id("person", tx.now);
        let (created_at, since, recorded_at) = (tx.now, tx.now, tx.now);
        insert(tx, &Person { id: id.clone(), record, has_device: false, created_at, since, recorded_at })?;
        return Ok(id);
    };
    let mut record = PersonRecord { user_id: Some(user.id.clone()), ..person.record.clone() };
    if record.has_left_by(today) {
        (record.joined_on, record.left_on) = (Some(today), None);
    }
    update_version(tx, &person, &record)?;
    Ok(person.id)
}

/// Takes over what changed at an account: its email names the person too, and a name that was the same stays the same.
pub(in crate::store) fn account_changed(tx: &WriteTx, before: &User, after: &User) -> Result<()> {
    let Some(person) = find_by_user(tx, &before.id)? else { return Ok(()) };
    let mut record = PersonRecord { email: after.email.clone(), ..person.record.clone() };
    if record.name == before.name {
        record.name.clone_from(&after.name);
    }
    match record == person.record {
        true => Ok(()),
        false => update_version(tx, &person, &record),
    }
}

/// The person stays when the account goes: who leaves has a last day.
pub(in crate::store) fn account_deleted(tx: &WriteTx, user_id: &str) -> Result<()> {
    let Some(person) = find_by_user(tx, user_id)? else { return Ok(()) };
    update_version(tx, &person, &PersonRecord { user_id: None, ..person.record.clone() })
}
