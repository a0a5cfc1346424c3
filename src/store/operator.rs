//! What the operator does on the command line, beside a running server: first start, tenants, users, keys. The actor is the appliance.
//!
//! Functions that make a password without being given one return it, to be printed once.

use chrono::NaiveDate;

use super::api_keys::{self, NewApiKey};
use super::tenants::{self, Tenant};
use super::users::{self, NewUser, UserFilter};
use super::{Actor, Store, WriteTx, appliance, settings, sign_in};
use crate::credentials::password::Password;
use crate::credentials::token::PlainToken;
use crate::domain::access::{Allowance, Role};
use crate::domain::time::Time;
use crate::domain::user::{ApiKey, NAME_CHARACTERS_MAX, Plan, User, checked_email};
use crate::domain::visible::is_visible;
use crate::error::{Error, Result};

/// Rows of one listing read at a time.
const PAGE_ROWS: i64 = 500;

/// Something made, with its password if that was made too.
#[derive(Debug)]
pub struct WithPassword<T> {
    /// What was made.
    pub value: T,
    /// A random password, to be shown once; none when the operator chose it.
    pub password: Option<Password>,
}

/// Makes the appliance's keys if they are missing and, in an empty file, tenant `default` with its first admin.
/// `None` if there is a tenant already.
pub fn first_start(store: &Store, now: Time, email: &str, password: Option<Password>) -> Result<Option<WithPassword<User>>> {
    let empty = store.read_root(now, |root| Ok(tenants::oldest_id(root)?.is_none()))?;
    if !empty {
        store.write_root(now, appliance::create_once)?;
        return Ok(None);
    }
    let (user, password) = new_user(email, "Administrator", Role::Admin, password)?;
    let made = store.write_root(now, move |root| {
        appliance::create_once(root)?;
        // Another process may have been quicker.
        if tenants::oldest_id(root)?.is_some() {
            return Ok(None);
        }
        let tenant = tenants::add(root, Actor::system(), "default", Plan::Enterprise)?;
        users::add(&root.tenant_write(&tenant.id, Actor::system()), &user).map(Some)
    })?;
    Ok(made.map(|value| WithPassword { value, password }))
}

/// `tenant add NAME --admin EMAIL`: a tenant on the enterprise plan with its first admin.
pub fn tenant_add(store: &Store, now: Time, name: &str, email: &str, password: Option<Password>) -> Result<WithPassword<(Tenant, User)>> {
    let (user, password) = new_user(email, "Administrator", Role::Admin, password)?;
    let name = name.to_owned();
    let value = store.write_root(now, move |root| {
        let tenant = tenants::add(root, Actor::system(), &name, Plan::Enterprise)?;
        let user = users::add(&root.tenant_write(&tenant.id, Actor::system()), &user)?;
        Ok((tenant, user))
    })?;
    Ok(WithPassword { value, password })
}

/// `tenant list`: oldest first.
pub fn tenant_list(store: &Store, now: Time) -> Result<Vec<Tenant>> {
    store.read_root(now, tenants::list)
}

/// `tenant plan NAME PLAN`: sets the plan with its usual limits, each replaced where one is given (`Some(None)` is no limit).
pub fn tenant_plan(
    store: &Store,
    now: Time,
    name: &str,
    plan: Plan,
    per_minute: Option<Option<u32>>,
    per_day: Option<Option<u32>>,
) -> Result<Tenant> {
    let name = name.to_owned();
    let usual = plan.allowance();
    let allowance = Allowance { per_minute: per_minute.unwrap_or(usual.per_minute), per_day: per_day.unwrap_or(usual.per_day) };
    store.write_root(now, move |root| {
        let tenant = tenants::find_by_name(root, &name)?.ok_or_else(|| no_tenant(&name))?;
        tenants::set_plan(root, Actor::system(), &tenant, plan, allowance)?;
        Ok(Tenant { plan, allowance, ..tenant })
    })
}

/// `user add EMAIL --tenant NAME --role ROLE [--name NAME]`: without a name the part of the email before `@` is taken.
pub fn user_add(
    store: &Store,
    now: Time,
    tenant: &str,
    email: &str,
    role: Role,
    name: Option<&str>,
    password: Option<Password>,
) -> Result<WithPassword<User>> {
    if role == Role::Agent {
        return Err(Error::invalid("A person can't have the role agent; it is for API keys"));
    }
    let name = name.map_or_else(|| email.split('@').next().unwrap_or_default().trim(), str::trim);
    let (user, password) = new_user(email, name, role, password)?;
    let tenant_id = tenant_id(store, now, tenant)?;
    let value = store.write(&tenant_id, &Actor::system(), now, move |tx| users::add(tx, &user))?;
    Ok(WithPassword { value, password })
}

/// `user add EMAIL --tenant NAME --role auditor --until DATE`: an auditor whose access ends with that day, in the tenant's time zone.
pub fn auditor_add(
    store: &Store,
    now: Time,
    tenant: &str,
    email: &str,
    until: NaiveDate,
    name: Option<&str>,
    password: Option<Password>,
) -> Result<WithPassword<User>> {
    let name = name.map_or_else(|| email.split('@').next().unwrap_or_default().trim(), str::trim);
    let (user, password) = new_user(email, name, Role::Auditor, password)?;
    let tenant_id = tenant_id(store, now, tenant)?;
    let value = store.write(&tenant_id, &Actor::system(), now, move |tx| {
        let zone = settings::current(tx)?.settings.time_zone;
        let end = until.succ_opt().map(|day_after| Time::start_of(day_after, zone)).filter(|end| *end > now);
        let expires_at = end.ok_or_else(|| Error::invalid("The day until which the auditor has access must not lie in the past"))?;
        users::add(tx, &NewUser { expires_at: Some(expires_at), ..user })
    })?;
    Ok(WithPassword { value, password })
}

/// `user list`: the users of one tenant or of all, each with the tenant's name; newest first within a tenant.
pub fn user_list(store: &Store, now: Time, tenant: Option<&str>) -> Result<Vec<(String, User)>> {
    store.read_root(now, |root| {
        let mut listed = Vec::new();
        for tenant in tenants_named(tenants::list(root)?, tenant)? {
            let tx = root.tenant(&tenant.id, Actor::system());
            let users = all_pages(|skip| users::list(&tx, &UserFilter::default(), skip, PAGE_ROWS))?;
            listed.extend(users.into_iter().map(|user| (tenant.name.clone(), user)));
        }
        Ok(listed)
    })
}

/// `user passwd EMAIL`: a new password; ends all sessions and any lock.
pub fn user_passwd(store: &Store, now: Time, email: &str, password: Option<Password>) -> Result<WithPassword<User>> {
    let user = with_user(store, now, email, |_, user| Ok(user))?;
    let (hash, password) = choose_password(password, &user.email, &user.name)?;
    let value = with_user(store, now, email, move |tx, user| {
        users::set_password(tx, &user.id, &hash, None)?;
        sign_in::unlock(tx, &user.id, &user.email)?;
        users::get(tx, &user.id)
    })?;
    Ok(WithPassword { value, password })
}

/// `user unlock EMAIL`: ends locks after failed sign-ins. True if there was one.
pub fn user_unlock(store: &Store, now: Time, email: &str) -> Result<bool> {
    with_user(store, now, email, |tx, user| sign_in::unlock(tx, &user.id, &user.email))
}

/// `user disable EMAIL`: sessions end, the person's keys stop.
pub fn user_disable(store: &Store, now: Time, email: &str) -> Result<User> {
    with_user(store, now, email, |tx, user| users::disable(tx, &user.id))
}

/// `user enable EMAIL`.
pub fn user_enable(store: &Store, now: Time, email: &str) -> Result<User> {
    with_user(store, now, email, |tx, user| users::enable(tx, &user.id))
}

/// `api-key add --tenant NAME --role ROLE --name NAME`: a key without a maker, and its secret, to be printed once.
pub fn api_key_add(store: &Store, now: Time, tenant: &str, role: Role, name: &str) -> Result<(ApiKey, PlainToken)> {
    if role == Role::Auditor {
        return Err(Error::invalid("An API key can't have the role auditor"));
    }
    let name = checked_name("The key's name", name)?;
    let tenant_id = tenant_id(store, now, tenant)?;
    store.write(&tenant_id, &Actor::system(), now, move |tx| {
        let token = PlainToken::api_key();
        let key = api_keys::add(tx, &NewApiKey { name, role, expires_at: None, created_by: None }, &token)?;
        Ok((key, token))
    })
}

/// `api-key list`: the keys of one tenant or of all, each with the tenant's name.
pub fn api_key_list(store: &Store, now: Time, tenant: Option<&str>) -> Result<Vec<(String, ApiKey)>> {
    store.read_root(now, |root| {
        let mut listed = Vec::new();
        for tenant in tenants_named(tenants::list(root)?, tenant)? {
            let tx = root.tenant(&tenant.id, Actor::system());
            let keys = all_pages(|skip| api_keys::list(&tx, skip, PAGE_ROWS))?;
            listed.extend(keys.into_iter().map(|key| (tenant.name.clone(), key)));
        }
        Ok(listed)
    })
}

/// `api-key revoke ID`.
pub fn api_key_revoke(store: &Store, now: Time, id: &str) -> Result<()> {
    let id = id.to_owned();
    store.write_root(now, move |root| {
        let tenant_id = api_keys::tenant_of(root, &id)?.ok_or_else(|| Error::not_found("API key"))?;
        api_keys::revoke(&root.tenant_write(&tenant_id, Actor::system()), &id)
    })
}

/// Checks what was given, and hashes, before any transaction.
fn new_user(email: &str, name: &str, role: Role, password: Option<Password>) -> Result<(NewUser, Option<Password>)> {
    let email = checked_email("email", email)?;
    let name = checked_name("The name", name)?;
    let (password_hash, password) = choose_password(password, &email, &name)?;
    Ok((NewUser { email, name, role, password_hash, expires_at: None }, password))
}

/// The hash of the given password, or of a random one that comes back to be shown.
fn choose_password(given: Option<Password>, email: &str, name: &str) -> Result<(String, Option<Password>)> {
    match given {
        Some(password) => {
            password.check("password", email, name)?;
            Ok((password.hash()?, None))
        }
        None => {
            let password = Password::generate();
            Ok((password.hash()?, Some(password)))
        }
    }
}

fn checked_name(what: &str, name: &str) -> Result<String> {
    let name = name.trim();
    match (1..=NAME_CHARACTERS_MAX).contains(&name.chars().count()) && is_visible(name) {
        true => Ok(name.to_owned()),
        false => Err(Error::invalid(format!("{what} must be 1 to {NAME_CHARACTERS_MAX} printable characters"))),
    }
}

/// Writes in the tenant of whoever signs in as `email`.
fn with_user<T, F>(store: &Store, now: Time, email: &str, body: F) -> Result<T>
where
    T: Send + 'static,
    F: FnOnce(&WriteTx, User) -> Result<T> + Send + 'static,
{
    let email = checked_email("email", email)?;
    store.write_root(now, move |root| {
        let (tenant_id, id) = users::find_by_email(root, &email)?.ok_or_else(|| Error::not_found("User"))?;
        let tx = root.tenant_write(&tenant_id, Actor::system());
        let user = users::get(&tx, &id)?;
        body(&tx, user)
    })
}

/// The id of the tenant called `name`; not found with a sentence that says so.
pub fn tenant_id(store: &Store, now: Time, name: &str) -> Result<String> {
    store.read_root(now, |root| Ok(tenants::find_by_name(root, name)?.ok_or_else(|| no_tenant(name))?.id))
}

fn no_tenant(name: &str) -> Error {
    let shown: String = name.chars().filter(|character| !character.is_control()).take(100).collect();
    Error::new(crate::error::Kind::NotFound, format!("There is no tenant `{shown}`; `recoger tenant list` shows them"))
}

/// All tenants, or the one of this name.
fn tenants_named(all: Vec<Tenant>, name: Option<&str>) -> Result<Vec<Tenant>> {
    let Some(name) = name else { return Ok(all) };
    let found = all.into_iter().find(|tenant| tenant.name.eq_ignore_ascii_case(name.trim()));
    Ok(vec![found.ok_or_else(|| no_tenant(name))?])
}

/// Reads page after page until there is no more.
fn all_pages<T>(page: impl Fn(i64) -> Result<(Vec<T>, u64)>) -> Result<Vec<T>> {
    let mut all = Vec::new();
    loop {
        let (mut rows, total) = page(all.len() as i64)?;
        if rows.is_empty() {
            return Ok(all);
        }
        all.append(&mut rows);
        if all.len() as u64 >= total {
            return Ok(all);
        }
    }
}
