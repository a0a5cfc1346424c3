//! Invitations: links with which somebody becomes a user of the tenant, once and within a week. Only the hash of the secret is stored.

use rusqlite::{OptionalExtension, Row, params};

use super::api_keys::MAKING_KEY_HOLDS;
use super::audit::{Entry, record};
use super::error::is_duplicate;
use super::sessions::{self, Means, SignedIn};
use super::users::{self, MAKER_IS_ADMIN, NewUser};
use super::word::word;
use super::{Actor, ActorType, Root, Tx, WriteRoot, WriteTx, api_keys, settings};
use crate::credentials::id::new_id;
use crate::credentials::jwt::AccessClaims;
use crate::credentials::token::{HashedToken, PlainToken};
use crate::domain::access::Role;
use crate::domain::audit::{Event, Metadata};
use crate::domain::time::{DAY, Time};
use crate::error::{Error, Result};
use crate::limits::INVITATIONS_MAX;

/// How long an invitation works.
pub const INVITATION_SECONDS: i64 = 7 * DAY;
/// What the secret begins with.
const SECRET_PREFIX: &str = "ri_";

/// Who is to be invited. The email is in the form that `domain::user::checked_email` gives.
#[derive(Debug, Clone)]
pub struct NewInvitation {
    /// Where to.
    pub email: String,
    /// As what.
    pub role: Role,
    /// When the access of an auditor ends.
    pub user_expires_at: Option<Time>,
    /// Who invites; none with a key of the command line.
    pub created_by: Option<String>,
}

/// An invitation that was neither accepted nor revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// `inv_…`
    pub id: String,
    /// Whose invitation.
    pub tenant_id: String,
    /// Where to.
    pub email: String,
    /// As what.
    pub role: Role,
    /// When the access of an auditor ends.
    pub user_expires_at: Option<Time>,
    /// Who invited.
    pub created_by: Option<String>,
    /// When.
    pub created_at: Time,
    /// Until when it works.
    pub expires_at: Time,
}

const COLUMNS: &str = "id, tenant_id, email, role, user_expires_at, created_by, created_at, expires_at";
const OPEN: &str = "accepted_at IS NULL AND revoked_at IS NULL";

/// Invites somebody. A conflict if the email is a user's, of whichever tenant, or invited already; an invitation that expired gives way.
pub fn add(tx: &WriteTx, new: &NewInvitation) -> Result<(Invitation, PlainToken)> {
    if users::find_by_email(&tx.root(), &new.email)?.is_some() {
        return Err(Error::conflict("`email` is in use already"));
    }
    let sql = "UPDATE invitation SET revoked_at = ?3 WHERE tenant_id = ?1 AND email = ?2 AND accepted_at IS NULL AND revoked_at IS NULL
                   AND expires_at <= ?3";
    tx.connection.prepare_cached(sql)?.execute(params![tx.tenant_id, new.email, tx.now.0])?;
    let kept = i64::from(settings::current(tx)?.settings.retention.invitation_days);
    let sql = "DELETE FROM invitation WHERE tenant_id = ?1 AND coalesce(accepted_at, revoked_at, expires_at) <= ?2";
    tx.connection.prepare_cached(sql)?.execute(params![tx.tenant_id, tx.now.plus_days(-kept).0])?;
    // SQL: OPEN is a constant condition.
    let sql = format!("SELECT count(*) FROM invitation WHERE tenant_id = ?1 AND {OPEN}");
    let open: i64 = tx.connection.prepare_cached(&sql)?.query_row([&tx.tenant_id], |row| row.get(0))?;
    if open >= INVITATIONS_MAX {
        return Err(Error::conflict(format!("No more than {INVITATIONS_MAX} invitations may be open at once; revoke some")));
    }
    let (id, secret, expires_at) = (new_id("inv", tx.now), PlainToken::generate(SECRET_PREFIX), tx.now.plus_seconds(INVITATION_SECONDS));
    let sql = "INSERT INTO invitation (id, tenant_id, email, role, user_expires_at, hash, created_by, created_at, expires_at,
                   created_with)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    let (role, end, hash) = (new.role.as_str(), new.user_expires_at.map(|time| time.0), secret.hashed());
    let key = api_keys::in_hand(&tx.actor);
    let values = params![id, tx.tenant_id, new.email, role, end, hash.as_bytes(), new.created_by, tx.now.0, expires_at.0, key];
    tx.connection.prepare_cached(sql)?.execute(values).map_err(|error| match is_duplicate(&error) {
        true => Error::conflict("`email` is invited already; send that invitation again or revoke it"),
        false => error.into(),
    })?;
    record(tx, Entry::new(Event::InvitationCreated, "invitation", &id, said(&new.email, new.role, expires_at)))?;
    Ok((get(tx, &id)?, secret))
}

/// An open invitation of the tenant; not found if there is none.
pub fn get(tx: &Tx, id: &str) -> Result<Invitation> {
    // SQL: COLUMNS and OPEN are constants.
    let sql = format!("SELECT {COLUMNS} FROM invitation WHERE tenant_id = ?1 AND id = ?2 AND {OPEN}");
    let found = tx.connection.prepare_cached(&sql)?.query_row([&tx.tenant_id, id], read).optional()?;
    found.ok_or_else(|| Error::not_found("Invitation"))
}

/// A page of the tenant's open invitations, expired ones too, newest first, and how many there are.
pub fn list(tx: &Tx, skip: i64, limit: i64) -> Result<(Vec<Invitation>, u64)> {
    // SQL: OPEN is a constant condition.
    let sql = format!("SELECT count(*) FROM invitation WHERE tenant_id = ?1 AND {OPEN}");
    let total: i64 = tx.connection.prepare_cached(&sql)?.query_row([&tx.tenant_id], |row| row.get(0))?;
    // SQL: as above.
    let sql =
        format!("SELECT {COLUMNS} FROM invitation WHERE tenant_id = ?1 AND {OPEN} ORDER BY created_at DESC, id DESC LIMIT ?2 OFFSET ?3");
    let mut statement = tx.connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![tx.tenant_id, limit, skip], read)?;
    Ok((rows.collect::<rusqlite::Result<_>>()?, total.unsigned_abs()))
}

/// Gives an invitation a new link and a new week; the link before works no more. From now on it is the invitation of `inviter`, who sends it.
pub fn resend(tx: &WriteTx, id: &str, inviter: Option<&str>) -> Result<(Invitation, PlainToken)> {
    let invitation = get(tx, id)?;
    let (secret, expires_at) = (PlainToken::generate(SECRET_PREFIX), tx.now.plus_seconds(INVITATION_SECONDS));
    let sql = "UPDATE invitation SET hash = ?2, expires_at = ?3, created_by = ?4, created_with = ?5 WHERE id = ?1";
    let hash = secret.hashed();
    let values = params![id, hash.as_bytes(), expires_at.0, inviter, api_keys::in_hand(&tx.actor)];
    tx.connection.prepare_cached(sql)?.execute(values)?;
    record(tx, Entry::new(Event::InvitationResent, "invitation", id, said(&invitation.email, invitation.role, expires_at)))?;
    Ok((Invitation { expires_at, created_by: inviter.map(str::to_owned), ..invitation }, secret))
}

/// Takes an invitation back: its link works no more.
pub fn revoke(tx: &WriteTx, id: &str) -> Result<()> {
    let invitation = get(tx, id)?;
    let sql = "UPDATE invitation SET revoked_at = ?2 WHERE id = ?1";
    tx.connection.prepare_cached(sql)?.execute(params![id, tx.now.0])?;
    let metadata = Metadata::new().with_personal("email", &invitation.email);
    record(tx, Entry::new(Event::InvitationRevoked, "invitation", id, metadata))
}

/// The invitation to which a secret belongs, if it works at this moment: whoever invited must still be an admin, the key that did still hold.
pub fn find(root: &Root, secret: &HashedToken) -> Result<Option<Invitation>> {
    // SQL: all parts are constants.
    let sql = format!(
        "SELECT {COLUMNS} FROM invitation made WHERE hash = ?1 AND {OPEN} AND expires_at > ?2
             AND (user_expires_at IS NULL OR user_expires_at > ?2) AND {MAKER_IS_ADMIN} AND {MAKING_KEY_HOLDS}"
    );
    Ok(root.connection.prepare_cached(&sql)?.query_row(params![secret.as_bytes(), root.now.0], read).optional()?)
}

/// Uses an invitation up: makes the user and signs him in, with a session that shows itself by `means`. `None` if it works no more.
/// A conflict if somebody took the email meanwhile. `stranger` is who shows the secret.
pub fn accept(
    root: &WriteRoot,
    stranger: Actor,
    secret: &HashedToken,
    name: &str,
    password_hash: &str,
    means: &Means,
) -> Result<Option<SignedIn>> {
    let Some(invitation) = find(root, secret)? else { return Ok(None) };
    let user = NewUser {
        email: invitation.email.clone(),
        name: name.to_owned(),
        role: invitation.role,
        password_hash: password_hash.to_owned(),
        expires_at: invitation.user_expires_at,
    };
    let tenant_id = invitation.tenant_id.as_str();
    let user = users::add(&root.tenant_write(tenant_id, stranger.clone()), &user)?;
    let sql = "UPDATE invitation SET accepted_at = ?2 WHERE id = ?1";
    root.connection.prepare_cached(sql)?.execute(params![invitation.id, root.now.0])?;
    let actor = Actor { actor_type: ActorType::User, id: Some(user.id.clone()), email: Some(user.email.clone()), ..stranger };
    let tx = root.tenant_write(tenant_id, actor);
    record(&tx, Entry::new(Event::InvitationAccepted, "invitation", &invitation.id, Metadata::new().with("user_id", user.id.as_str())))?;
    let session_id = sessions::create(&tx, &user.id, means, false)?;
    let metadata = Metadata::new().with("session_id", session_id.as_str());
    record(&tx, Entry::new(Event::UserLoginSuccess, "user", &user.id, metadata))?;
    let claims = AccessClaims { user_id: user.id, tenant_id: invitation.tenant_id, session_id };
    Ok(Some(SignedIn { claims, role: invitation.role }))
}

fn said(email: &str, role: Role, expires_at: Time) -> Metadata {
    Metadata::new().with_personal("email", email).with("role", role.as_str()).with("expires_at", expires_at.to_string())
}

fn read(row: &Row) -> rusqlite::Result<Invitation> {
    Ok(Invitation {
        id: row.get(0)?,
        tenant_id: row.get(1)?,
        email: row.get(2)?,
        role: word(row, 3, Role::parse)?,
        user_expires_at: row.get::<_, Option<i64>>(4)?.map(Time),
        created_by: row.get(5)?,
        created_at: Time(row.get(6)?),
        expires_at: Time(row.get(7)?),
    })
}
