//! `/v1/audit-logs`: who did what, as pages, as CSV, whether the chain holds, and its signed head.

mod checkpoint;

use std::net::IpAddr;

use chrono_tz::Tz;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::answer;
use super::call::Call;
use super::export::{self, FORMAT};
use super::query::{DayOrTime, Query};
use super::route::{Answer, AnswerBody, LIMIT, Parameter, ParameterKind, Route, SKIP, of};
use super::words;
use crate::domain::access::{ADMIN_AUDITOR, Role};
use crate::domain::audit::{Event, LoggedEntry, Metadata, hex};
use crate::domain::audit_export::EXPORT_COLUMNS;
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::http::{Lane, Response};
use crate::store::audit::{Entry, record};
use crate::store::audit_read::{Filter, page, walk};
use crate::store::audit_verify::{Verification, verify};
use crate::store::settings;

/// The rows of this noun.
pub static AUDIT_ROUTES: [Route; 4] = [
    Route {
        method: "GET",
        path: "/v1/audit-logs",
        name: "list_audit_logs",
        access: ADMIN_AUDITOR,
        lane: Lane::Quick,
        handler: list,
        summary: "List audit log entries. The newest comes first; `format=csv` gives all that match in one file. What an auditor reads is logged too",
        tag: "Audit log",
        query: FILTERS,
        request: None,
        body_bytes_max: 0,
        answer: Answer {
            status: 200,
            description: "Entries that match all filters; with `format=csv` all of them in one file",
            body: AnswerBody::ListOrCsv(of::<AuditLogEntry>(), &EXPORT_COLUMNS),
        },
        errors: &[],
    },
    Route {
        method: "GET",
        path: "/v1/audit-logs/verify",
        name: "verify_audit_logs",
        access: ADMIN_AUDITOR,
        lane: Lane::Report,
        handler: verification,
        summary: "Verify the audit log's hash chain. Walks all entries of the organisation and names the first that is broken",
        tag: "Audit log",
        query: &[],
        request: None,
        body_bytes_max: 0,
        answer: Answer { status: 200, description: "What the walk found", body: AnswerBody::Json(of::<AuditVerification>()) },
        errors: &[],
    },
    checkpoint::CHECKPOINT,
    checkpoint::SIGNING_KEY,
];

const FILTERS: &[Parameter] = &[
    Parameter { name: "event_name", kind: ParameterKind::Choice(event_names), description: "Filter by event type" },
    Parameter { name: "resource_type", kind: ParameterKind::Text, description: "Filter by resource (device, service, user)" },
    Parameter { name: "resource_id", kind: ParameterKind::Text, description: "Filter by the resource's id" },
    Parameter { name: "actor_id", kind: ParameterKind::Text, description: "Filter by actor" },
    Parameter { name: "actor_email", kind: ParameterKind::Text, description: "Filter by the actor's whole email, in any case" },
    Parameter { name: "category", kind: ParameterKind::Choice(Event::categories), description: "Filter by group of events" },
    Parameter { name: "ip_address", kind: ParameterKind::Text, description: "Filter by the address that the actor came from" },
    Parameter {
        name: "start_date",
        kind: ParameterKind::DayOrTime,
        description: "From this day (in the organisation's time zone) or time on",
    },
    Parameter { name: "end_date", kind: ParameterKind::DayOrTime, description: "Up to and including this day or time" },
    FORMAT,
    SKIP,
    LIMIT,
];

/// An entry of the audit log. A personal value that was erased shows as `erased`.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditLogEntry {
    /// Id.
    #[schema(example = "evt_abc123")]
    pub id: String,
    /// Number in the chain: 1, 2, 3, … without gaps.
    #[schema(minimum = 1)]
    pub seq: i64,
    /// What happened.
    #[schema(value_type = words::EventName)]
    pub event_name: String,
    /// The same in words.
    #[schema(example = "User Login Success")]
    pub event_title: String,
    /// The group of events.
    #[schema(value_type = words::EventCategory)]
    pub category: String,
    /// Kind of what it happened to.
    #[schema(required = true, example = "device")]
    pub resource_type: Option<String>,
    /// Id of what it happened to.
    #[schema(required = true)]
    pub resource_id: Option<String>,
    /// Id of the user or key that did it.
    #[schema(required = true)]
    pub actor_id: Option<String>,
    /// Who did it.
    #[schema(value_type = words::ActorType)]
    pub actor_type: String,
    /// The user's email.
    #[schema(required = true)]
    pub actor_email: Option<String>,
    /// Where the request came from.
    #[schema(required = true)]
    pub ip_address: Option<String>,
    /// What the client called itself.
    #[schema(required = true)]
    pub user_agent: Option<String>,
    /// More about it; changes as `{field: {old, new}}`.
    #[schema(value_type = std::collections::BTreeMap<String, Value>)]
    pub metadata: Value,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Time,
    /// SHA-256 of the entry's canonical form, in hex.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub hash: String,
    /// The hash of the entry before.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub previous_hash: String,
}

/// What a walk along the hash chain found.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditVerification {
    /// The chain's name, from which the first entry's `previous_hash` is made: the tenant's id.
    pub chain: String,
    /// Whether all entries hold.
    pub intact: bool,
    /// Where the log begins, if the retention removed older entries: what is verified begins behind it.
    #[schema(required = true)]
    pub anchor: Option<AuditAnchor>,
    /// Entries that hold, up to the first that does not.
    pub entries: u64,
    /// Number of the first entry.
    #[schema(required = true)]
    pub first_seq: Option<i64>,
    /// Number of the last entry that holds.
    #[schema(required = true)]
    pub last_seq: Option<i64>,
    /// Its hash. Kept elsewhere, it proves later that nothing up to it was rewritten.
    #[schema(required = true)]
    pub head_hash: Option<String>,
    /// Personal values that were erased.
    pub erased_values: u64,
    /// The first entry that does not hold.
    #[schema(required = true)]
    pub broken: Option<BrokenAuditEntry>,
}

/// What stands for the entries that the retention removed. `signature` is Ed25519 over `recoger-anchor-v1`, a line feed, and the JSON array
/// of chain, seq, hash and created_at without white space.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditAnchor {
    /// Number of the last entry that was removed; as many are gone.
    #[schema(minimum = 1)]
    pub seq: i64,
    /// Its hash, which the first entry that is left follows.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub hash: String,
    /// When it was signed.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Time,
    /// Base64 of 64 bytes.
    #[schema(pattern = "^[A-Za-z0-9+/]{86}==$")]
    pub signature: String,
    /// The key that signed, PEM: that of the appliance on which the entries were removed.
    pub public_key: String,
}

/// An entry that does not hold.
#[derive(Debug, Serialize, ToSchema)]
pub struct BrokenAuditEntry {
    /// Its number.
    pub seq: i64,
    /// Its id, unless it is missing.
    #[schema(required = true)]
    pub id: Option<String>,
    /// What is wrong.
    pub reason: String,
}

impl From<&LoggedEntry> for AuditLogEntry {
    fn from(logged: &LoggedEntry) -> AuditLogEntry {
        let entry = &logged.sealed;
        AuditLogEntry {
            id: entry.id.clone(),
            seq: entry.seq,
            event_name: entry.event_name.clone(),
            event_title: entry.event_title.clone(),
            category: entry.category.clone(),
            resource_type: entry.resource_type.clone(),
            resource_id: entry.resource_id.clone(),
            actor_id: entry.actor_id.clone(),
            actor_type: entry.actor_type.clone(),
            actor_email: logged.actor_email().map(str::to_owned),
            ip_address: logged.ip_address().map(str::to_owned),
            user_agent: logged.user_agent().map(str::to_owned),
            metadata: logged.metadata(),
            created_at: entry.created_at,
            hash: hex(&logged.hash),
            previous_hash: hex(&entry.previous_hash),
        }
    }
}

impl AuditVerification {
    fn new(chain: &str, found: Verification) -> AuditVerification {
        AuditVerification {
            chain: chain.to_owned(),
            intact: found.broken.is_none(),
            anchor: found.anchor.map(|anchor| AuditAnchor {
                seq: anchor.seq,
                hash: hex(&anchor.hash),
                created_at: anchor.created_at,
                signature: anchor.signature,
                public_key: anchor.public_key,
            }),
            entries: found.entries,
            first_seq: found.first_seq,
            last_seq: found.last_seq,
            head_hash: found.head_hash.map(|hash| hex(&hash)),
            erased_values: found.erased_values,
            broken: found.broken.map(|broken| BrokenAuditEntry { seq: broken.seq, id: broken.id, reason: broken.reason }),
        }
    }
}

fn list(call: &Call) -> Result<Response> {
    let zone = call.read(|tx| Ok(settings::current(tx)?.settings.time_zone))?;
    let filter = filter(&call.query, zone)?;
    if export::wanted(call) {
        return export(call, filter);
    }
    log_auditor(call, "entries")?;
    let (skip, limit) = (call.query.integer("skip").unsigned_abs(), call.query.integer("limit").unsigned_abs());
    let (entries, total) = call.read(|tx| page(tx, &filter, skip, limit))?;
    let shown: Vec<AuditLogEntry> = entries.iter().map(AuditLogEntry::from).collect();
    Ok(answer::page(call, &shown, total))
}

fn verification(call: &Call) -> Result<Response> {
    log_auditor(call, "verification")?;
    let chain = &call.caller()?.tenant_id;
    let found = verify(&call.app.store, chain, call.now)?;
    Ok(answer::json(&AuditVerification::new(chain, found)))
}

fn export(call: &Call, filter: Filter) -> Result<Response> {
    // Before the first byte: an export that breaks off has still shown something.
    log(call, Event::AuditExported, asked(&call.query))?;
    let (store, tenant_id, actor, now) = (call.app.store.clone(), call.caller()?.tenant_id.clone(), call.actor.clone(), call.now);
    export::file(call, "audit-log", &EXPORT_COLUMNS, move |rows| {
        walk(&store, &tenant_id, &actor, now, &filter, |logged| rows.push(cells(logged).iter().map(String::as_str)))
    })
}

fn cells(logged: &LoggedEntry) -> [String; EXPORT_COLUMNS.len()] {
    let entry = AuditLogEntry::from(logged);
    [
        entry.id,
        entry.seq.to_string(),
        entry.event_name,
        entry.event_title,
        entry.category,
        entry.resource_type.unwrap_or_default(),
        entry.resource_id.unwrap_or_default(),
        entry.actor_id.unwrap_or_default(),
        entry.actor_type,
        entry.actor_email.unwrap_or_default(),
        entry.ip_address.unwrap_or_default(),
        entry.user_agent.unwrap_or_default(),
        entry.metadata.to_string(),
        entry.created_at.to_string(),
        entry.hash,
        entry.previous_hash,
        logged.seals().to_string(),
    ]
}

/// What the query asks for, its days being those of `zone`.
fn filter(query: &Query, zone: Tz) -> Result<Filter> {
    let text = |name| query.text(name).map(str::to_owned);
    let address = query.text("ip_address").map(|text| text.parse::<IpAddr>());
    let address = address.transpose().map_err(|_| Error::invalid("`ip_address` must be an IP address"))?;
    let from = query.day_or_time("start_date").map(|given| match given {
        DayOrTime::Day(day) => Time::start_of(day, zone),
        DayOrTime::Time(time) => time,
    });
    let until = query.day_or_time("end_date").map(|given| match given {
        DayOrTime::Day(day) => day.succ_opt().map_or(Time(i64::MAX), |next| Time::start_of(next, zone)),
        DayOrTime::Time(time) => time.plus_seconds(1),
    });
    if let (Some(from), Some(until)) = (from, until)
        && from >= until
    {
        return Err(Error::invalid("`start_date` is after `end_date`"));
    }
    Ok(Filter {
        event_name: text("event_name"),
        category: text("category"),
        resource_type: text("resource_type"),
        resource_id: text("resource_id"),
        actor_id: text("actor_id"),
        actor_email: text("actor_email"),
        ip_address: address.map(|address| address.to_string()),
        from,
        until,
    })
}

/// Logs what an auditor reads; an admin's reads leave no entry.
fn log_auditor(call: &Call, what: &str) -> Result<()> {
    match call.caller()?.role {
        Role::Auditor => log(call, Event::AuditRead, asked(&call.query).with("read", what)),
        _ => Ok(()),
    }
}

fn log(call: &Call, event: Event, metadata: Metadata) -> Result<()> {
    let tenant_id = call.caller()?.tenant_id.clone();
    call.write(move |tx| record(tx, Entry::new(event, "audit_log", &tenant_id, metadata)))
}

/// The filters that were given, for the log.
fn asked(query: &Query) -> Metadata {
    let mut metadata = Metadata::new();
    for Parameter { name, .. } in FILTERS {
        let text = query.text(name).map(str::to_owned).or_else(|| query.time(name).map(|time| time.to_string()));
        metadata = match text {
            Some(text) if ["actor_email", "ip_address"].contains(name) => metadata.with_personal(name, &text),
            Some(text) => metadata.with(name, text),
            None => metadata,
        };
    }
    metadata
}

fn event_names() -> Vec<&'static str> {
    Event::ALL.iter().map(|event| event.name()).collect()
}

#[cfg(test)]
mod tests;
