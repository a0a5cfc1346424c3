//! The rows of the people routes.

use super::answer::{DeviceOfNobodyAnswer, PERSON_COLUMNS, PersonAnswer, PopulationAnswer};
use super::document::{PersonCreate, PersonPatch};
use super::import::{PeopleImportAnswer, import};
use super::population::{devices_without_person, figures, people_without_device};
use super::{create, list, patch, show};
use crate::api::call::Call;
use crate::api::export::FORMAT;
use crate::api::import::{DRY_RUN, IMPORT_BODY_BYTES_MAX};
use crate::api::route::{Answer, AnswerBody, BODY_BYTES_MAX, LIMIT, Parameter, ParameterKind, Route, SKIP, csv_of, of};
use crate::domain::access::{ADMIN, ADMIN_AUDITOR, Access, OVERSEERS};
use crate::error::Result;
use crate::http::{Lane, Response};

const AT: Parameter = Parameter {
    name: "at",
    kind: ParameterKind::PastTime,
    description: "Answers as of this moment, from what was recorded by then. Takes longer the more people and devices there ever were",
};
const SEARCH: Parameter =
    Parameter { name: "search", kind: ParameterKind::Text, description: "Part of the name or email, without regard to case" };
const NEEDS_DEVICE: Parameter =
    Parameter { name: "needs_device", kind: YES_OR_NO, description: "People who should have a device, or who need none" };
const HAS_DEVICE: Parameter =
    Parameter { name: "has_device", kind: YES_OR_NO, description: "People whose account owns an approved device, or does not" };
const LEFT: Parameter = Parameter { name: "left", kind: YES_OR_NO, description: "People whose last day is over, or is not" };
const SORT: Parameter = Parameter {
    name: "sort",
    kind: ParameterKind::Choice(|| vec!["created_at", "-created_at", "name", "-name", "email", "-email", "left_on", "-left_on"]),
    description: "Order; `-` turns it round. Without it, the newest come first",
};
const MISSING: Parameter = Parameter {
    name: "missing",
    kind: ParameterKind::Choice(|| vec!["keep", "left"]),
    description: "What becomes of people who are not in the file: `keep` (default) only lists them, with `left` today becomes their last day",
};
const YES_OR_NO: ParameterKind = ParameterKind::Choice(|| vec!["true", "false"]);

const fn person_row(
    method: &'static str,
    path: &'static str,
    name: &'static str,
    access: Access,
    handler: fn(&Call) -> Result<Response>,
    summary: &'static str,
) -> Route {
    Route {
        method,
        path,
        name,
        access,
        lane: Lane::Quick,
        handler,
        summary,
        tag: "People",
        query: &[],
        request: None,
        body_bytes_max: BODY_BYTES_MAX,
        answer: Answer { status: 200, description: "The person", body: AnswerBody::Json(of::<PersonAnswer>()) },
        errors: &[],
    }
}

/// One for each endpoint, special paths before those with an id.
pub static ROUTES: [Route; 8] = [
    Route {
        query: &[SEARCH, NEEDS_DEVICE, HAS_DEVICE, LEFT, SORT, SKIP, LIMIT, AT, FORMAT],
        answer: Answer { status: 200, description: "A page of people", body: AnswerBody::ListOrCsv(of::<PersonAnswer>(), &PERSON_COLUMNS) },
        ..person_row(
            "GET",
            "/v1/people",
            "list_people",
            ADMIN_AUDITOR,
            list,
            "List people. With and without an account, those who left too; `format=csv` gives all that match in one file",
        )
    },
    Route {
        request: Some(of::<PersonCreate>()),
        errors: &[(409, "A person with this `email` is recorded already")],
        answer: Answer { status: 201, description: "The person", body: AnswerBody::Json(of::<PersonAnswer>()) },
        ..person_row(
            "POST",
            "/v1/people",
            "create_person",
            ADMIN,
            create,
            "Record a person. Whoever has an account is recorded with it already: a user needs a device, an admin, viewer or auditor does not \
             until it is said",
        )
    },
    Route {
        request: Some(csv_of(
            &super::input::COLUMNS,
            "name,email,needs_device,reason,joined_on,left_on\r\nEdsger Dijkstra,edsger@example.com,true,,2026-01-01,\r\n",
        )),
        query: &[DRY_RUN, MISSING],
        lane: Lane::Intake,
        body_bytes_max: IMPORT_BODY_BYTES_MAX,
        errors: &[(400, "A line is wrong, which the sentence names; nothing was stored"), (415, "The body is not declared as CSV")],
        answer: Answer { status: 200, description: "What changed", body: AnswerBody::Json(of::<PeopleImportAnswer>()) },
        ..person_row(
            "POST",
            "/v1/people/import",
            "import_people",
            ADMIN,
            import,
            "Import people. All rows or none; with `dry_run=true` the answer is a preview. People are known by their email. A column that is \
             missing changes nothing, an empty cell clears, and nobody is ever removed",
        )
    },
    Route {
        query: &[AT],
        lane: Lane::Large,
        answer: Answer { status: 200, description: "The figures", body: AnswerBody::Json(of::<PopulationAnswer>()) },
        ..person_row(
            "GET",
            "/v1/people/population",
            "get_population",
            OVERSEERS,
            figures,
            "Get the population reconciled. People with and without a device, devices with and without a person, silent and retired ones, in \
             lines that add up",
        )
    },
    Route {
        query: &[SKIP, LIMIT, AT],
        lane: Lane::Large,
        answer: Answer { status: 200, description: "A page of people", body: AnswerBody::List(of::<PersonAnswer>()) },
        ..person_row(
            "GET",
            "/v1/people/population/people-without-device",
            "list_people_without_device",
            ADMIN_AUDITOR,
            people_without_device,
            "List people who should have a device and have none. The newest come first",
        )
    },
    Route {
        query: &[SKIP, LIMIT, AT],
        lane: Lane::Large,
        answer: Answer { status: 200, description: "A page of devices", body: AnswerBody::List(of::<DeviceOfNobodyAnswer>()) },
        ..person_row(
            "GET",
            "/v1/people/population/devices-without-person",
            "list_devices_without_person",
            ADMIN_AUDITOR,
            devices_without_person,
            "List devices that belong to nobody who counts. The newest come first",
        )
    },
    Route {
        query: &[AT],
        ..person_row("GET", "/v1/people/{person_id}", "get_person", ADMIN_AUDITOR, show, "Get a person. As of a moment too")
    },
    Route {
        request: Some(of::<PersonPatch>()),
        errors: &[(409, "A person with this `email` is recorded already, or the email is that of an account, or the person was erased")],
        ..person_row(
            "PATCH",
            "/v1/people/{person_id}",
            "update_person",
            ADMIN,
            patch,
            "Update a person. What is left out stays. From the day after `left_on` the person counts no more",
        )
    },
];
