//! The rows of the service routes, with the parameters that several share.

use super::answer::ServiceAnswer;
use super::dashboard::{DashboardAnswer, my_dashboard};
use super::document::{ServiceCreate, ServicePatch};
use super::{create, history, list, patch, retire, show};
use crate::api::call::Call;
use crate::api::checks::{END_DATE, HistoryAnswer, START_DATE};
use crate::api::route::{Answer, AnswerBody, BODY_BYTES_MAX, LIMIT, Parameter, ParameterKind, Route, SKIP, of};
use crate::domain::access::{ADMIN, Access, EVERYBODY, SERVICE_OWNERS};
use crate::domain::check::{Catalogue, Subject};
use crate::domain::compliance::Status;
use crate::domain::service::DataClassification;
use crate::error::Result;
use crate::http::{Lane, Response};

const TAG: &str = "Services";
const AT: Parameter = Parameter {
    name: "at",
    kind: ParameterKind::PastTime,
    description: "Answers as of this moment, from what was recorded by then. Lists take longer the more services there ever were",
};
const STATUS: Parameter = Parameter {
    name: "status",
    kind: ParameterKind::Choice(|| Status::ALL.iter().map(|status| status.as_str()).collect()),
    description: "Filter by status",
};
const SEARCH: Parameter = Parameter {
    name: "search",
    kind: ParameterKind::Text,
    description: "Part of the name, or of the owner's name or email, without regard to case",
};
const OWNER_ID: Parameter = Parameter { name: "owner_id", kind: ParameterKind::Text, description: "Filter by owner" };
const CATEGORY: Parameter = Parameter { name: "category", kind: ParameterKind::Text, description: "Filter by category" };
const CLASSIFICATION: Parameter = Parameter {
    name: "data_classification",
    kind: ParameterKind::Choice(|| DataClassification::ALL.iter().map(|word| word.as_str()).collect()),
    description: "Filter by classification",
};
const CHECK_ID: Parameter = Parameter {
    name: "check_id",
    kind: ParameterKind::Choice(|| {
        let of_services = Catalogue::shipped().checks().iter().filter(|check| check.subject == Subject::Service);
        of_services.map(|check| check.id.as_str()).collect()
    }),
    description: "Services that fail this check",
};
const SORT: Parameter = Parameter {
    name: "sort",
    kind: ParameterKind::Choice(|| {
        vec!["created_at", "-created_at", "name", "-name", "status", "-status", "next_review_date", "-next_review_date"]
    }),
    description: "Order; `-` turns it round. Without it, the newest come first",
};

const FORMAT: Parameter = Parameter {
    name: "format",
    kind: ParameterKind::Choice(|| vec!["json", "csv"]),
    description: "`json` (default), or `csv` for all services that match in one file, whatever `skip` and `limit` say",
};

const fn service_row(
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
        tag: TAG,
        query: &[],
        request: None,
        body_bytes_max: BODY_BYTES_MAX,
        answer: Answer { status: 200, description: "The service", body: AnswerBody::Json(of::<ServiceAnswer>()) },
        errors: &[],
    }
}

/// One for each endpoint, special paths before those with an id.
pub static ROUTES: [Route; 7] = [
    Route {
        query: &[OWNER_ID, STATUS, SEARCH, CATEGORY, CLASSIFICATION, CHECK_ID, SORT, SKIP, LIMIT, AT, FORMAT],
        answer: Answer {
            status: 200,
            description: "A page of services",
            body: AnswerBody::ListOrCsv(of::<ServiceAnswer>(), &super::export::COLUMNS),
        },
        ..service_row(
            "GET",
            "/v1/services",
            "list_services",
            EVERYBODY,
            list,
            "List services. Plain users see those they own, all others those of the whole tenant; `format=csv` gives all that match in one file",
        )
    },
    Route {
        request: Some(of::<ServiceCreate>()),
        errors: &[(409, "A service with this `name` exists already")],
        answer: Answer { status: 201, description: "The service", body: AnswerBody::Json(of::<ServiceAnswer>()) },
        ..service_row(
            "POST",
            "/v1/services",
            "create_service",
            ADMIN,
            create,
            "Create a new service. Only its name is required; what is not answered is no data, never off",
        )
    },
    Route {
        answer: Answer { status: 200, description: "The figures", body: AnswerBody::Json(of::<DashboardAnswer>()) },
        ..service_row(
            "GET",
            "/v1/services/my-dashboard",
            "get_my_dashboard",
            EVERYBODY,
            my_dashboard,
            "Get dashboard stats for services owned by current user. With an API key, for those of its maker",
        )
    },
    Route {
        query: &[AT],
        ..service_row("GET", "/v1/services/{service_id}", "get_service", EVERYBODY, show, "Get service details. With how each check stands")
    },
    Route {
        request: Some(of::<ServicePatch>()),
        errors: &[
            (403, "The service is not the caller's, or he would change `owner_id` and is no admin, or the role does not allow it"),
            (409, "A service with this `name` exists already"),
        ],
        ..service_row(
            "PATCH",
            "/v1/services/{service_id}",
            "update_service",
            SERVICE_OWNERS,
            patch,
            "Update a service. For admins and its owner; what is left out stays. Review dates come from reviews",
        )
    },
    Route {
        answer: Answer { status: 204, description: "Gone; its reviews and history stay for reports", body: AnswerBody::Empty },
        ..service_row(
            "DELETE",
            "/v1/services/{service_id}",
            "delete_service",
            ADMIN,
            retire,
            "Delete a service. It leaves all lists and its name is free again; its reviews and its history stay",
        )
    },
    Route {
        query: &[START_DATE, END_DATE, SKIP, LIMIT],
        answer: Answer { status: 200, description: "Newest first", body: AnswerBody::List(of::<HistoryAnswer>()) },
        ..service_row(
            "GET",
            "/v1/services/{service_id}/history",
            "list_service_history",
            EVERYBODY,
            history,
            "List every change of a service's status and checks. The newest comes first; of deleted services too",
        )
    },
];
