//! Services: lists, one service, its past; recording, changing and deleting. Their rows are in `rows`.

mod answer;
pub mod dashboard;
mod document;
mod export;
pub mod input;
mod rows;

pub use self::rows::ROUTES;

use self::answer::{ServiceAnswer, checks};
use self::rows::IMPORT_COLUMNS;
use super::answer::{Items, created, json as ok, no_content, page_of};
use super::call::Call;
use super::checks::{Beside, HistoryAnswer, history_span};
use super::import;
use super::input::Fields;
use crate::domain::access::Role;
use crate::domain::compliance::Status;
use crate::domain::exception::SubjectType;
use crate::domain::service::{DataClassification, Service, default_interval_days};
use crate::domain::user::{EMAIL_CHARACTERS_MAX, checked_email};
use crate::error::{Error, Result};
use crate::http::Response;
use crate::store::services::{self, DueDays, Filter, Page, Sort};
use crate::store::users::Names;
use crate::store::{Tx, devices, settings, users, verdicts};

fn list(call: &Call) -> Result<Response> {
    let wanted = call.query.text("owner_id").map(str::to_owned);
    let owner = own_only(call)?;
    if owner.is_some() && wanted.is_some() && wanted != owner {
        // Somebody else's: to a plain user there are none.
        return list_of(call, Some(String::new()));
    }
    list_of(call, owner.or(wanted))
}

/// A page of services or all of them as CSV, of `owner` alone if one is given.
fn list_of(call: &Call, owner_id: Option<String>) -> Result<Response> {
    let filter = Filter {
        owner_id,
        search: call.query.text("search").map(str::to_owned),
        status: call.query.text("status").and_then(Status::parse),
        category: call.query.text("category").map(str::to_owned),
        data_classification: call.query.text("data_classification").and_then(DataClassification::parse),
        failing_check: call.query.text("check_id").map(str::to_owned),
        due_days: due_days(call)?,
    };
    let order = call.query.text("sort").unwrap_or("-created_at");
    let sort = match order.trim_start_matches('-') {
        "name" => Sort::Name,
        "status" => Sort::Status,
        "next_review_date" => Sort::NextReviewDate,
        _ => Sort::CreatedAt,
    };
    let page = Page { sort, descending: order.starts_with('-'), skip: call.query.integer("skip"), limit: call.query.integer("limit") };
    if crate::api::export::wanted(call) {
        return export::all(call, &filter, page);
    }
    let (items, total) = call.read(|tx| {
        let (found, total) = match call.query.time("at") {
            Some(at) => services::list_at(tx, &filter, page, at)?,
            None => services::list(tx, &filter, page)?,
        };
        let (mut items, mut names) = (Items::default(), Names::default());
        for service in found {
            items.push(&ServiceAnswer::new(service).with_owner(tx, &mut names)?);
        }
        Ok((items, total))
    })?;
    Ok(page_of(call, items, total))
}

/// The first and last day on which a review is due that the query asks for.
fn due_days(call: &Call) -> Result<Option<DueDays>> {
    let Some(word) = call.query.text("review") else { return Ok(None) };
    let days = call.read(|tx| {
        let (at, version) = match call.query.time("at") {
            Some(at) => (at, settings::at(tx, at)?),
            None => (tx.now, settings::current(tx)?),
        };
        Ok(match word {
            "overdue" => DueDays::overdue(at, &version),
            _ => DueDays::soon(at, &version),
        })
    })?;
    Ok(Some(days))
}

fn create(call: &Call) -> Result<Response> {
    let (name, patch) = input::create(call.request)?;
    let service = call.write(move |tx| services::create(tx, &name, &patch))?;
    Ok(created(&with_checks(call, service)?))
}

/// Makes services of a file, each as `create` would.
fn import(call: &Call) -> Result<Response> {
    let read = |mut fields: Fields| {
        let owner = fields.text("owner_email", 1, EMAIL_CHARACTERS_MAX)?;
        let owner = owner.map(|email| checked_email("owner_email", &email)).transpose()?;
        let (name, mut patch) = input::created(fields)?;
        // An export shows the interval in force: what is so without being set stays so.
        let default = default_interval_days(patch.data_classification.flatten());
        patch.review_interval_days = patch.review_interval_days.filter(|days| *days != Some(default));
        match (&owner, &patch.owner_id) {
            (Some(_), Some(_)) => Err(Error::invalid("`owner_email` can't stand beside `owner_id`")),
            _ => Ok((owner, name, patch)),
        }
    };
    import::run(call, &IMPORT_COLUMNS, read, |tx, (owner, name, mut patch)| {
        if let Some(email) = owner {
            patch.owner_id = Some(Some(users::active_by_email(tx, &email)?));
        }
        services::create(tx, &name, &patch).map(drop)
    })
}

fn show(call: &Call) -> Result<Response> {
    let at = call.query.time("at");
    let answer = call.read(|tx| {
        let id = call.path("service_id");
        let service = match at {
            Some(at) => services::at(tx, id, at)?,
            None => services::get(tx, id)?,
        };
        permit(call, &service)?;
        let (version, verdicts) = match at {
            Some(at) => (settings::at(tx, at)?, verdicts::at(tx, id, at)?),
            None => (settings::current(tx)?, verdicts::present(tx, id)?),
        };
        let moment = at.unwrap_or(call.now);
        let checks = checks(&verdicts, &service, &version.checks, moment)?;
        let beside = Beside::of(tx, SubjectType::Service, id, &service.record.tags, &verdicts, moment)?;
        let checks = beside.named_in(checks);
        Ok(ServiceAnswer::new(service).with_owner(tx, &mut Names::default())?.with_checks(checks))
    })?;
    Ok(ok(&answer))
}

fn patch(call: &Call) -> Result<Response> {
    let patch = input::patch(call.request)?;
    let (id, person) = (call.path("service_id").to_owned(), own_only(call)?);
    let service = call.write(move |tx| services::patch(tx, &id, &patch, person.as_deref()))?;
    Ok(ok(&with_checks(call, service)?))
}

fn retire(call: &Call) -> Result<Response> {
    let id = call.path("service_id").to_owned();
    call.write(move |tx| services::retire(tx, &id))?;
    Ok(no_content())
}

fn history(call: &Call) -> Result<Response> {
    let (items, total) = call.read(|tx| {
        let service = find_any(call, tx)?;
        let (from, until) = history_span(call, tx)?;
        let (skip, limit) = (call.query.integer("skip"), call.query.integer("limit"));
        let (found, total) = devices::history(tx, &service.id, from, until, skip, limit)?;
        let mut items = Items::default();
        for item in found {
            items.push(&HistoryAnswer::new(item)?);
        }
        Ok((items, total))
    })?;
    Ok(page_of(call, items, total))
}

/// The service of the path, deleted or not, if the caller may see it.
pub fn find_any(call: &Call, tx: &Tx) -> Result<Service> {
    let service = services::find(tx, call.path("service_id"))?.ok_or_else(|| Error::not_found("Service"))?;
    permit(call, &service)?;
    Ok(service)
}

/// The person to whose services the caller is confined; `None` for those who see all. No id is the empty text.
pub fn own_only(call: &Call) -> Result<Option<String>> {
    let caller = call.caller()?;
    Ok((caller.role == Role::User).then(|| caller.person().unwrap_or_default().to_owned()))
}

/// Plain users see the services that they own.
fn permit(call: &Call, service: &Service) -> Result<()> {
    match own_only(call)? {
        Some(person) if service.record.owner_id.as_deref() != Some(&person) => Err(Error::forbidden("This service is not yours")),
        _ => Ok(()),
    }
}

/// The answer to a change: the service with its checks.
fn with_checks(call: &Call, service: Service) -> Result<ServiceAnswer> {
    call.read(|tx| {
        let verdicts = verdicts::present(tx, &service.id)?;
        let beside = Beside::of(tx, SubjectType::Service, &service.id, &service.record.tags, &verdicts, tx.now)?;
        let checks = checks(&verdicts, &service, &settings::current(tx)?.checks, call.now)?;
        Ok(ServiceAnswer::new(service).with_owner(tx, &mut Names::default())?.with_checks(beside.named_in(checks)))
    })
}
