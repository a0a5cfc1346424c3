//! People: lists, one person, its past; recording and changing. Their rows are in `rows`.

mod answer;
mod document;
mod import;
mod input;
mod population;
mod rows;

pub use self::rows::ROUTES;

use std::cell::RefCell;
use std::collections::HashMap;

use self::answer::{PERSON_COLUMNS, PersonAnswer};
use super::answer::{Items, created, json as ok, page_of};
use super::call::Call;
use super::export;
use super::input::Fields;
use crate::domain::person::Person;
use crate::error::Result;
use crate::http::Response;
use crate::store::people::{self, Filter, Page, Sort};

fn list(call: &Call) -> Result<Response> {
    let query = &call.query;
    let switch = |name: &str| query.text(name).map(|word| word == "true");
    let filter = Filter {
        search: query.text("search").map(str::to_owned),
        needs_device: switch("needs_device"),
        has_device: switch("has_device"),
        left: switch("left"),
        joined: None,
    };
    let order = query.text("sort").unwrap_or("-created_at");
    let sort = match order.trim_start_matches('-') {
        "name" => Sort::Name,
        "email" => Sort::Email,
        "left_on" => Sort::LeftOn,
        _ => Sort::CreatedAt,
    };
    let page = Page { sort, descending: order.starts_with('-'), skip: query.integer("skip"), limit: query.integer("limit") };
    if export::wanted(call) {
        return export_all(call, &filter, page);
    }
    let (found, total) = call.read(|tx| match query.time("at") {
        Some(at) => people::list_at(tx, &filter, page, at),
        None => people::list(tx, &filter, page),
    })?;
    let mut items = Items::default();
    found.into_iter().for_each(|person| items.push(&PersonAnswer::from(person)));
    Ok(page_of(call, items, total))
}

fn export_all(call: &Call, filter: &Filter, page: Page) -> Result<Response> {
    let Some(at) = call.query.time("at") else {
        let ids = call.read(|tx| people::ids(tx, filter, page))?;
        return export::of_ids(call, "people", &PERSON_COLUMNS, ids, |tx, id| {
            Ok(export::found(people::get(tx, id))?.map(PersonAnswer::from))
        });
    };
    // Whoever was there then is read at once: looking up each one's devices of then would read all devices for each.
    let (found, _) = call.read(|tx| people::list_at(tx, filter, Page { skip: 0, limit: i64::MAX, ..page }, at))?;
    let ids = found.iter().map(|person| person.id.clone()).collect();
    let found: HashMap<String, Person> = found.into_iter().map(|person| (person.id.clone(), person)).collect();
    let found = RefCell::new(found);
    export::of_ids(call, "people", &PERSON_COLUMNS, ids, move |_, id| Ok(found.borrow_mut().remove(id).map(PersonAnswer::from)))
}

fn create(call: &Call) -> Result<Response> {
    let named = input::named(Fields::of(call.request)?)?;
    let person = call.write(move |tx| people::create(tx, &named.name, &named.email, &named.change))?;
    Ok(created(&PersonAnswer::from(person)))
}

fn show(call: &Call) -> Result<Response> {
    let id = call.path("person_id");
    let person = call.read(|tx| match call.query.time("at") {
        Some(at) => people::at(tx, id, at),
        None => people::get(tx, id),
    })?;
    Ok(ok(&PersonAnswer::from(person)))
}

fn patch(call: &Call) -> Result<Response> {
    let change = input::change(Fields::of(call.request)?)?;
    let id = call.path("person_id").to_owned();
    let person = call.write(move |tx| people::patch(tx, &id, &change))?;
    Ok(ok(&PersonAnswer::from(person)))
}
