//! The rows of the service routes, with the parameters that several share.

use super::answer::ServiceAnswer;
use super::dashboard::{DashboardAnswer, my_dashboard};
use super::document::{ServiceCreate, ServicePatch};
use super::{create, history, import, list, patch, retire, show};
use crate::api::call::Call;
use crate::api::checks::{END_DATE, HistoryAnswer, START_DATE};
use crate::api::import::{Cell, Column, DRY_RUN, IMPORT_BODY_BYTES_MAX, ImportAnswer};
use crate::api::route::{Answer, AnswerBody, BODY_BYTES_MAX, LIMIT, Parameter, ParameterKind, Route, SKIP, csv_of, of};
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
const REVIEW: Parameter = Parameter {
    name: "review",
    kind: ParameterKind::Choice(|| vec!["due_soon", "overdue"]),
    description: "Services whose next review is due: `due_soon` today or within the days of the setting `review_due_soon_days`, `overdue` before today",
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

const fn column(name: &'static str, kind: Cell) -> Column {
    Column { name, kind, required: false }
}

/// Columns of a file that is imported: the name, what people say of a service, and the columns that an export has beside these, which follow
/// from others or are the appliance's own: they are passed over, so that an export can be edited and read back.
pub(super) const IMPORT_COLUMNS: [Column; 24] = [
    Column { name: "name", kind: Cell::Text, required: true },
    column("description", Cell::Text),
    column("category", Cell::Text),
    column("url", Cell::Text),
    column("owner_email", Cell::Text),
    column("owner_id", Cell::Text),
    column("data_classification", Cell::Text),
    column("sso_enabled", Cell::Boolean),
    column("mfa_enforced", Cell::Boolean),
    column("audit_logging_enabled", Cell::Boolean),
    column("encryption_at_rest", Cell::Boolean),
    column("data_location", Cell::List),
    column("processes_personal_data", Cell::Boolean),
    column("review_interval_days", Cell::Number),
    column("tags", Cell::List),
    column("id", Cell::Ignored),
    column("owner_name", Cell::Ignored),
    column("last_review_date", Cell::Ignored),
    column("next_review_date", Cell::Ignored),
    column("status", Cell::Ignored),
    column("status_since", Cell::Ignored),
    column("source", Cell::Ignored),
    column("created_at", Cell::Ignored),
    column("updated_at", Cell::Ignored),
];

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
pub static ROUTES: [Route; 8] = [
    Route {
        query: &[OWNER_ID, STATUS, SEARCH, CATEGORY, CLASSIFICATION, CHECK_ID, REVIEW, SORT, SKIP, LIMIT, AT, FORMAT],
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
        request: Some(csv_of(&IMPORT_COLUMNS, "name,category,owner_email,mfa_enforced,data_location\r\nWiki,productivity,,true,DE;IE\r\n")),
        query: &[DRY_RUN],
        lane: Lane::Intake,
        body_bytes_max: IMPORT_BODY_BYTES_MAX,
        errors: &[(400, "A line is wrong, which the sentence names; nothing was stored"), (415, "The body is not declared as CSV")],
        answer: Answer { status: 200, description: "What was made", body: AnswerBody::Json(of::<ImportAnswer>()) },
        ..service_row(
            "POST",
            "/v1/services/import",
            "import_services",
            ADMIN,
            import,
            "Import services. All rows or none; try it with `dry_run=true` first. An empty cell is not answered, never off. A name that is \
             there twice, or known already, is an error. Columns of an export that follow from others are passed over",
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
