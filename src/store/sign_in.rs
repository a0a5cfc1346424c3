//! Signing in with a password: who that is, whether the name is locked, what a failure leaves behind.
//!
//! A name is locked by failures as it was typed, whether somebody has it or not, so that locks betray no accounts:
//! - there, after `max_attempts` failures from one address within the window;
//! - everywhere but where it has signed in before, for a day, after [`FAILURES_PER_DAY_MAX`] failures within a day.
//!
//! The failure that locks is answered like any other. Tries while locked are logged but do not count, so they extend nothing. After a lock
//! counting begins anew. Hashing happens before these writes, never inside them; each write looks at the lock again, so that tries which
//! were hashed side by side can't pass the limit.
//!
//! What counts no more is passed over here by its time. It is removed elsewhere: failures and locks by `expiry`, the places where somebody
//! has signed in by `retention`, for they are addresses.

use std::net::IpAddr;

use rusqlite::{OptionalExtension, params};

use super::audit::{Entry, record, record_appliance};
use super::mfa::{self, Shown};
use super::sessions::{self, Means, SignedIn};
use super::word::word;
use super::{Actor, ActorType, Root, WriteRoot, WriteTx, settings, tenants};
use crate::credentials::jwt::AccessClaims;
use crate::credentials::one_time::OneTimeCode;
use crate::domain::access::Role;
use crate::domain::audit::{Event, Metadata};
use crate::domain::settings::Lockout;
use crate::domain::time::{DAY, Time};
use crate::error::{Error, Kind, Result};

/// Failures of one name from all addresses within a day that lock it everywhere.
pub const FAILURES_PER_DAY_MAX: i64 = 50;
/// How long such a lock lasts.
pub const EVERYWHERE_LOCK_SECONDS: i64 = DAY;
/// The address of a lock that covers all of them.
const EVERYWHERE: &str = "";

/// Somebody shows a name and a password.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The name as typed, trimmed and in lower case.
    pub email: String,
    /// Where from.
    pub address: IpAddr,
    /// The client's words about itself.
    pub user_agent: Option<String>,
    /// What was shown as a second factor.
    pub code: Option<OneTimeCode>,
}

/// What the store knows of a name.
pub struct Lookup {
    /// The account of that name.
    pub account: Option<Account>,
    /// When the lock that covers this attempt ends.
    pub locked_until: Option<Time>,
}

/// An account, as far as signing in goes.
#[derive(Clone)]
pub struct Account {
    tenant_id: String,
    user_id: String,
    role: Role,
    /// To be verified.
    pub password_hash: String,
    /// Why this account may not sign in, whatever the password.
    refusal: Option<&'static str>,
}

/// How a sign-in ended. All of them are stored, so none is an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Let in; the session exists.
    SignedIn(SignedIn),
    /// Wrong name or password, or an account that may not sign in.
    Refused,
    /// The password was right, but the account has a second factor and no code was shown.
    CodeMissing,
    /// The password was right, but the code was wrong or used before.
    CodeWrong,
    /// Locked until then.
    Locked(Time),
    /// The password was changed while it was verified: verify again.
    Changed,
}

/// The error for a locked name.
pub fn locked(until: Time, now: Time) -> Error {
    let seconds = u32::try_from(until.seconds_since(now).max(1)).unwrap_or(u32::MAX);
    Error::new(Kind::Locked, "Too many failed sign-ins; try again later").retry_after(seconds)
}

/// Looks a name up: its account and whether it is locked.
pub fn look_up(root: &Root, attempt: &Attempt) -> Result<Lookup> {
    let sql = "SELECT tenant_id, id, role, password_hash, status, expires_at FROM user WHERE email = ?1 AND status <> 'deleted'";
    let account = root
        .connection
        .prepare_cached(sql)?
        .query_row([&attempt.email], |row| {
            let disabled = row.get::<_, String>(4)? != "active";
            let expired = row.get::<_, Option<i64>>(5)?.is_some_and(|end| end <= root.now.0);
            let refusal = if disabled { Some("disabled") } else { expired.then_some("expired") };
            let (tenant_id, user_id, password_hash) = (row.get(0)?, row.get(1)?, row.get(3)?);
            Ok(Account { tenant_id, user_id, role: word(row, 2, Role::parse)?, password_hash, refusal })
        })
        .optional()?;
    let policy = policy(root, account.as_ref().map(|account| account.tenant_id.as_str()))?;
    Ok(Lookup { account, locked_until: locked_until(root, attempt, &policy)? })
}

/// Ends an attempt: `verified` is the stored hash that the password matched, if it did. Either lets the person in with a new session, whose
/// credential is `means`, or counts and logs the failure. A missing code is logged but does not count: clients show the password first and
/// ask for the code when they learn that one is needed.
pub fn sign_in(root: &WriteRoot, attempt: &Attempt, verified: Option<&str>, means: &Means) -> Result<Outcome> {
    let Lookup { account, locked_until } = look_up(root, attempt)?;
    if let Some(until) = locked_until {
        log_failure(root, attempt, account.as_ref(), "locked")?;
        return Ok(Outcome::Locked(until));
    }
    match (account, verified) {
        (Some(account), Some(verified)) if account.password_hash != verified => Ok(Outcome::Changed),
        (Some(account), Some(_)) if account.refusal.is_none() => match mfa::show(root, &account.user_id, attempt.code.as_ref())? {
            Shown::Missing => {
                log_failure(root, attempt, Some(&account), "one_time_code_missing")?;
                Ok(Outcome::CodeMissing)
            }
            Shown::Wrong => {
                count_failure(root, attempt, Some(&account), "wrong_one_time_code")?;
                Ok(Outcome::CodeWrong)
            }
            shown => let_in(root, attempt, &account, means, shown).map(Outcome::SignedIn),
        },
        (account, _) => {
            let reason = match &account {
                None => "unknown_name",
                Some(account) => account.refusal.unwrap_or("wrong_password"),
            };
            count_failure(root, attempt, account.as_ref(), reason)?;
            Ok(Outcome::Refused)
        }
    }
}

/// Counts a wrong password given by somebody who is signed in, as [`sign_in`] does. Gives the lock's end if the name is locked here.
pub fn refuse_confirmation(root: &WriteRoot, attempt: &Attempt) -> Result<Option<Time>> {
    let Lookup { account, locked_until } = look_up(root, attempt)?;
    match locked_until {
        Some(_) => log_failure(root, attempt, account.as_ref(), "locked")?,
        None => count_failure(root, attempt, account.as_ref(), "wrong_current_password")?,
    }
    Ok(locked_until)
}

/// Checks inside a write that a password verified before it still stands, and that the name was not locked meanwhile.
pub fn still_confirmed(tx: &WriteTx, attempt: &Attempt, verified: &str) -> Result<()> {
    let Lookup { account, locked_until } = look_up(&tx.root(), attempt)?;
    if let Some(until) = locked_until {
        return Err(locked(until, tx.now));
    }
    match account.is_some_and(|account| account.password_hash == verified) {
        true => Ok(()),
        false => Err(Error::conflict("The password was changed at the same moment; try again")),
    }
}

/// Ends all locks of the user's name and forgets its failures. True if it was locked.
pub fn unlock(tx: &WriteTx, user_id: &str, email: &str) -> Result<bool> {
    tx.connection.prepare_cached("DELETE FROM sign_in_failure WHERE email = ?1")?.execute([email])?;
    let sql = "DELETE FROM sign_in_lock WHERE email = ?1 RETURNING until";
    let mut statement = tx.connection.prepare_cached(sql)?;
    let ends: Vec<i64> = statement.query_map([email], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let was_locked = ends.iter().any(|until| *until > tx.now.0);
    if was_locked {
        record(tx, Entry::new(Event::UserUnlocked, "user", user_id, Metadata::new().with_personal("email", email)))?;
    }
    Ok(was_locked)
}

/// The thresholds of a tenant's settings; for unknown names, whose tenant nobody knows, those of the oldest tenant.
pub fn policy(root: &Root, tenant_id: Option<&str>) -> Result<Lockout> {
    let tenant_id = match tenant_id {
        Some(tenant_id) => Some(tenant_id.to_owned()),
        None => tenants::oldest_id(root)?,
    };
    match tenant_id {
        Some(tenant_id) => Ok(settings::current(&root.tenant(&tenant_id, Actor::system()))?.settings.lockout),
        None => Ok(Lockout::default()),
    }
}

/// The address as failures are counted. Whoever has an IPv6 address has 2^64 of them, so the network counts.
fn place(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

/// No lock ends later than one that begins now: such a one is left from a clock that ran ahead and was set back.
fn locked_until(root: &Root, attempt: &Attempt, policy: &Lockout) -> Result<Option<Time>> {
    let sql = "SELECT max(until) FROM sign_in_lock WHERE email = ?1 AND until > ?3 AND ((ip_address = ?2 AND until <= ?4)
                   OR (ip_address = '' AND until <= ?5
                       AND NOT EXISTS (SELECT 1 FROM sign_in_place WHERE email = ?1 AND ip_address = ?2)))";
    let (here, everywhere) = (root.now.plus_seconds(lock_seconds(policy)), root.now.plus_seconds(EVERYWHERE_LOCK_SECONDS));
    let values = params![attempt.email, place(attempt.address), root.now.0, here.0, everywhere.0];
    let until: Option<i64> = root.connection.prepare_cached(sql)?.query_row(values, |row| row.get(0))?;
    Ok(until.map(Time))
}

fn let_in(root: &WriteRoot, attempt: &Attempt, account: &Account, means: &Means, shown: Shown) -> Result<SignedIn> {
    let place = place(attempt.address);
    for sql in [
        "DELETE FROM sign_in_failure WHERE email = ?1 AND ip_address = ?2",
        "DELETE FROM sign_in_lock WHERE email = ?1 AND ip_address = ?2",
    ] {
        root.connection.prepare_cached(sql)?.execute(params![attempt.email, place])?;
    }
    let sql = "INSERT INTO sign_in_place (email, ip_address, last_at) VALUES (?1, ?2, ?3)
               ON CONFLICT (email, ip_address) DO UPDATE SET last_at = excluded.last_at";
    root.connection.prepare_cached(sql)?.execute(params![attempt.email, place, root.now.0])?;
    let actor = Actor {
        actor_type: ActorType::User,
        id: Some(account.user_id.clone()),
        email: Some(attempt.email.clone()),
        ip_address: Some(attempt.address),
        user_agent: attempt.user_agent.clone(),
    };
    let tx = root.tenant_write(&account.tenant_id, actor);
    let session_id = sessions::create(&tx, &account.user_id, means, shown != Shown::NotAsked)?;
    let mut metadata = Metadata::new().with("session_id", session_id.as_str());
    metadata = match shown {
        Shown::Totp => metadata.with("second_factor", "totp"),
        Shown::Recovery { left } => metadata.with("second_factor", "recovery_code").with("recovery_codes_left", left),
        _ => metadata,
    };
    record(&tx, Entry::new(Event::UserLoginSuccess, "user", &account.user_id, metadata))?;
    let claims = AccessClaims { user_id: account.user_id.clone(), tenant_id: account.tenant_id.clone(), session_id };
    Ok(SignedIn { claims, role: account.role })
}

fn count_failure(root: &WriteRoot, attempt: &Attempt, account: Option<&Account>, reason: &str) -> Result<()> {
    log_failure(root, attempt, account, reason)?;
    let policy = policy(root, account.map(|account| account.tenant_id.as_str()))?;
    let (now, place) = (root.now, place(attempt.address));
    let window = i64::from(policy.window_minutes) * 60;
    let sql = "INSERT INTO sign_in_failure (email, ip_address, failed_at) VALUES (?1, ?2, ?3)";
    root.connection.prepare_cached(sql)?.execute(params![attempt.email, place, now.0])?;

    if failures(root, attempt, &place, now.0 - window)? >= i64::from(policy.max_attempts) {
        lock(root, attempt, account, &place, now.plus_seconds(lock_seconds(&policy)))?;
    }
    if failures(root, attempt, EVERYWHERE, now.0 - DAY)? >= FAILURES_PER_DAY_MAX {
        lock(root, attempt, account, EVERYWHERE, now.plus_seconds(EVERYWHERE_LOCK_SECONDS))?;
    }
    Ok(())
}

fn lock_seconds(policy: &Lockout) -> i64 {
    i64::from(policy.duration_minutes) * 60
}

/// Failures after `after` at `place`, and after the lock there that ended last. Neither those nor locks count that a clock which was set
/// back left in the future: whoever may try again has no lock that ends later than now.
fn failures(root: &Root, attempt: &Attempt, place: &str, after: i64) -> Result<i64> {
    let sql = "SELECT count(*) FROM sign_in_failure f WHERE f.email = ?1 AND (?2 = '' OR f.ip_address = ?2)
                   AND f.failed_at > ?3 AND f.failed_at <= ?4
                   AND NOT EXISTS (SELECT 1 FROM sign_in_lock l WHERE l.email = ?1 AND l.ip_address = ?2
                       AND l.until > f.failed_at AND l.until <= ?5)";
    // Who was locked everywhere but has signed in here before may try while that lock lasts.
    let lock_ends_max = if place == EVERYWHERE { root.now.0 + EVERYWHERE_LOCK_SECONDS } else { root.now.0 };
    let values = params![attempt.email, place, after, root.now.0, lock_ends_max];
    Ok(root.connection.prepare_cached(sql)?.query_row(values, |row| row.get(0))?)
}

fn lock(root: &WriteRoot, attempt: &Attempt, account: Option<&Account>, place: &str, until: Time) -> Result<()> {
    let sql = "INSERT INTO sign_in_lock (email, ip_address, until) VALUES (?1, ?2, ?3)
               ON CONFLICT (email, ip_address) DO UPDATE SET until = excluded.until";
    root.connection.prepare_cached(sql)?.execute(params![attempt.email, place, until.0])?;
    let metadata =
        Metadata::new().with_personal("email", &attempt.email).with("everywhere", place == EVERYWHERE).with("until", until.to_string());
    log(root, attempt, account, Event::UserLocked, metadata)
}

fn log_failure(root: &WriteRoot, attempt: &Attempt, account: Option<&Account>, reason: &str) -> Result<()> {
    let metadata = Metadata::new().with_personal("email", &attempt.email).with("reason", reason);
    log(root, attempt, account, Event::UserLoginFailure, metadata)
}

/// Into the chain of the account's tenant, or the appliance's own for names that nobody has.
fn log(root: &WriteRoot, attempt: &Attempt, account: Option<&Account>, event: Event, metadata: Metadata) -> Result<()> {
    let stranger = Actor::stranger(attempt.address, attempt.user_agent.clone());
    match account {
        Some(account) => record(&root.tenant_write(&account.tenant_id, stranger), Entry::new(event, "user", &account.user_id, metadata)),
        None => record_appliance(root, stranger, Entry { event, resource: None, metadata, with_address: true }),
    }
}
