//! What a person may ask for, or an admin for the person: all that is held, and to be erased.

use std::io::Write;

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::answer;
use super::audit_logs::AuditLogEntry;
use super::call::Call;
use super::input::Fields;
use super::route::{Answer, AnswerBody, BODY_BYTES_MAX, Route, of};
use super::users::session;
use crate::domain::access::{ADMIN, Access};
use crate::error::{Error, Result};
use crate::http::{Body, Lane, Response, StatusCode};
use crate::limits::EXPORT_PIECE_BYTES;
use crate::store::audit_read::{Filter, walk};
use crate::store::erasure::{Cause, erase};
use crate::store::own_data::{self, DEVICE_PARTS, PARTS};
use crate::store::{Tx, settings, users};

/// The rows of this file.
pub static ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/v1/users/me/export",
        name: "export_my_data",
        access: Access::Session,
        lane: Lane::Report,
        handler: export,
        summary: "Export the own data. All that is held about the caller as one JSON document: account, person, sessions, keys (without secrets), devices \
                  with what they reported and how it was judged, reviews, findings, exceptions, attestations, files, decisions and reports, the \
                  audit log's entries by and about the caller, and how long each kind is kept",
        tag: "Users",
        query: &[],
        request: None,
        body_bytes_max: 0,
        answer: Answer { status: 200, description: "The document", body: AnswerBody::AnyJson },
        errors: &[],
    },
    Route {
        method: "POST",
        path: "/v1/people/{person_id}/erase",
        name: "erase_person",
        access: ADMIN,
        lane: Lane::Report,
        handler: erase_person,
        summary: "Erase a person. Name, email, addresses and clients go from records, their earlier versions and the audit log, which still \
                  verifies; the account is closed, devices and services in use lose their owner, and ids stay. It can't be undone, and a \
                  backup that is restored brings nobody back. What others wrote about services stays, and names of devices",
        tag: "Users",
        query: &[],
        request: Some(of::<EraseRequest>()),
        body_bytes_max: BODY_BYTES_MAX,
        answer: Answer { status: 200, description: "What was erased, and what stays", body: AnswerBody::Json(of::<ErasedAnswer>()) },
        errors: &[(409, "A hold is in force, whose reason is named; or the last active admin; or erased already")],
    },
];

/// Why somebody is erased.
#[derive(ToSchema)]
#[schema(examples(json!({ "reason": "Asked for on 3 March" })))]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documentation only: the body is read field by field")]
struct EraseRequest {
    /// For the audit log. Without the person's name: the entry stays.
    #[schema(min_length = 1, max_length = 500)]
    reason: Option<String>,
}

/// Characters of a reason.
const REASON_CHARACTERS_MAX: usize = 500;

/// What was erased.
#[derive(Serialize, ToSchema)]
#[schema(as = Erased)]
struct ErasedAnswer {
    /// The id under which history goes on.
    #[schema(example = "person_abc123")]
    person_id: String,
    /// The account that was closed.
    #[schema(required = true)]
    user_id: Option<String>,
    /// Values that went from the audit log.
    audit_values: u64,
    /// What may still name the person, for it is somebody else's text: look at it by hand.
    not_touched: &'static [&'static str],
}

/// Texts in which a person may be named.
const NOT_TOUCHED: &[&str] = &[
    "texts of reviews and findings, reasons of exceptions and of decisions on controls, statements of attestations",
    "files of attestations, reviews and compliance reports, until their retention ends",
    "names and tags of devices in use, and what devices report",
    "descriptions of services, names of API keys, and the sender of mail in the settings",
    "files outside of this appliance: backups, exports and reports that were downloaded",
];

fn erase_person(call: &Call) -> Result<Response> {
    let mut fields = Fields::of(call.request)?;
    let reason = match fields.patched("reason") {
        Some(Some(value)) => Some(fields.as_text("reason", value, 1, REASON_CHARACTERS_MAX)?),
        _ => None,
    };
    fields.finish()?;
    let id = call.path("person_id").to_owned();
    let erased = call.write(move |tx| erase(tx, &id, &Cause::Request(reason)))?;
    Ok(answer::json(&ErasedAnswer {
        person_id: erased.person_id,
        user_id: erased.user_id,
        audit_values: erased.audit_values,
        not_touched: NOT_TOUCHED,
    }))
}

fn export(call: &Call) -> Result<Response> {
    let (user_id, _) = session(call)?;
    let (zone, email, kept) = call.read(|tx| {
        let settings = &settings::current(tx)?.settings;
        Ok((settings.time_zone, users::get(tx, &user_id)?.email, json!(settings.retention)))
    })?;
    let disposition = format!("attachment; filename=\"my-data-{}.json\"", call.now.date_in(zone));
    let (store, tenant_id, actor, now) = (call.app.store.clone(), call.caller()?.tenant_id.clone(), call.actor.clone(), call.now);
    // Each part is read in a transaction of its own, so that a slow receiver holds up nothing.
    let stream = move |out: &mut dyn Write| {
        let read = |body: &dyn Fn(&Tx) -> Result<Value>| store.read(&tenant_id, &actor, now, |tx| body(tx));
        let mut document = Document { out, piece: String::from("{") };
        document.field("exported_at", &json!(now))?;
        document.field("kept", &kept)?;
        for part in PARTS {
            document.field(part.name, &read(&|tx| own_data::rows(tx, part, &user_id, &email).map(Value::Array))?)?;
        }
        document.begin("devices", '[')?;
        for id in store.read(&tenant_id, &actor, now, |tx| own_data::device_ids(tx, &user_id))? {
            document.begin_item('{')?;
            for part in DEVICE_PARTS {
                document.field(part.name, &read(&|tx| own_data::device_rows(tx, part, &id).map(Value::Array))?)?;
            }
            document.begin("reported", '[')?;
            for (data_id, mut section) in store.read(&tenant_id, &actor, now, |tx| own_data::sections(tx, &id))? {
                if let Some(content) = store.read(&tenant_id, &actor, now, |tx| own_data::content(tx, data_id))? {
                    section["data"] = content;
                    document.item(&section)?;
                }
            }
            document.end("]}")?;
        }
        document.end("]")?;
        let own = store.read(&tenant_id, &actor, now, |tx| own_data::ids(tx, &user_id, &email))?;
        let by = own.actors.into_iter().map(|id| Filter { actor_id: Some(id), ..Filter::default() });
        let about = own.resources.into_iter().map(|id| Filter { resource_id: Some(id), ..Filter::default() });
        let lists: [(&str, Vec<Filter>); 2] = [("audit_entries_by_me", by.collect()), ("audit_entries_about_me", about.collect())];
        for (name, filters) in lists {
            document.begin(name, '[')?;
            for filter in &filters {
                walk(&store, &tenant_id, &actor, now, filter, |logged| {
                    document.item(&serde_json::to_value(AuditLogEntry::from(logged)).map_err(Error::internal)?)
                })?;
            }
            document.end("]")?;
        }
        document.end("}\n")?;
        document.send()
    };
    let mut response =
        Response::empty(StatusCode::OK).with_header("content-type", "application/json").with_header("content-disposition", &disposition);
    response.body = Body::Stream(Box::new(stream));
    Ok(response)
}

/// A JSON document on its way, a piece at a time.
struct Document<'o> {
    out: &'o mut dyn Write,
    piece: String,
}

impl Document<'_> {
    fn field(&mut self, name: &str, value: &Value) -> Result<()> {
        self.comma();
        self.piece.push_str(&format!("{}:{value}", Value::from(name)));
        self.send_when_full()
    }

    fn begin(&mut self, name: &str, bracket: char) -> Result<()> {
        self.comma();
        self.piece.push_str(&format!("{}:{bracket}", Value::from(name)));
        self.send_when_full()
    }

    fn begin_item(&mut self, bracket: char) -> Result<()> {
        self.comma();
        self.piece.push(bracket);
        Ok(())
    }

    fn item(&mut self, value: &Value) -> Result<()> {
        self.comma();
        self.piece.push_str(&value.to_string());
        self.send_when_full()
    }

    fn end(&mut self, brackets: &str) -> Result<()> {
        self.piece.push_str(brackets);
        Ok(())
    }

    /// Before anything but the first of its list. The last character is always kept back, so that it can be seen.
    fn comma(&mut self) {
        if !self.piece.ends_with(['{', '[']) {
            self.piece.push(',');
        }
    }

    fn send_when_full(&mut self) -> Result<()> {
        if self.piece.len() < EXPORT_PIECE_BYTES {
            return Ok(());
        }
        let last = self.piece.pop();
        self.send()?;
        self.piece.extend(last);
        Ok(())
    }

    fn send(&mut self) -> Result<()> {
        // Whoever asked has gone: there is nobody to tell.
        self.out.write_all(self.piece.as_bytes()).map_err(|error| Error::unavailable("The receiver has gone", error))?;
        self.piece.clear();
        Ok(())
    }
}
