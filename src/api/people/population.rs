//! The population: its figures, who lacks a device, and which devices belong to nobody.

use super::answer::{DeviceOfNobodyAnswer, PersonAnswer, PopulationAnswer};
use crate::api::answer::{Items, json as ok, page_of};
use crate::api::call::Call;
use crate::error::Result;
use crate::http::Response;
use crate::store::people::{self, Filter, Page, Sort};

/// Answers `GET /people/population`.
pub fn figures(call: &Call) -> Result<Response> {
    let at = call.query.time("at").unwrap_or(call.now);
    let found = call.read(|tx| people::population(tx, at))?;
    Ok(ok(&PopulationAnswer::from(found)))
}

/// Answers `GET /people/population/people-without-device`.
pub fn people_without_device(call: &Call) -> Result<Response> {
    let filter = Filter { needs_device: Some(true), has_device: Some(false), left: Some(false), joined: Some(true), ..Filter::default() };
    let page = Page { sort: Sort::CreatedAt, descending: true, skip: call.query.integer("skip"), limit: call.query.integer("limit") };
    let (found, total) = call.read(|tx| match call.query.time("at") {
        Some(at) => people::list_at(tx, &filter, page, at),
        None => people::list(tx, &filter, page),
    })?;
    let mut items = Items::default();
    found.into_iter().for_each(|person| items.push(&PersonAnswer::from(person)));
    Ok(page_of(call, items, total))
}

/// Answers `GET /people/population/devices-without-person`.
pub fn devices_without_person(call: &Call) -> Result<Response> {
    let at = call.query.time("at").unwrap_or(call.now);
    let found = call.read(|tx| people::devices_without_person(tx, at))?;
    let total = found.len() as u64;
    let index = |name: &str| usize::try_from(call.query.integer(name)).unwrap_or_default();
    let mut items = Items::default();
    found.into_iter().skip(index("skip")).take(index("limit")).for_each(|device| items.push(&DeviceOfNobodyAnswer::from(device)));
    Ok(page_of(call, items, total))
}
