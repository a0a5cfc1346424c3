//! The rows of the routes about frameworks.

use super::document::{FrameworkAnswer, FrameworkCreate, FrameworkDetailAnswer, FrameworkUpdate};
use super::{add, change, delete, list, show};
use crate::api::route::{Answer, AnswerBody, BODY_BYTES_MAX, LIMIT, Route, SKIP, of};
use crate::domain::access::{ADMIN, EVERYBODY};
use crate::http::Lane;
use crate::limits::FRAMEWORK_BYTES_MAX;

const TAG: &str = "Reports";
const PATH: &str = "/v1/frameworks/{framework_id}";

/// The rows of this file.
pub static ROUTES: [Route; 5] = [
    Route {
        method: "GET",
        path: "/v1/frameworks",
        name: "list_frameworks",
        access: EVERYBODY,
        lane: Lane::Quick,
        handler: list,
        summary: "List frameworks. What each one's controls are evidenced by and which are not, and whether it is on. Those of the appliance \
                  first, then the organisation's own",
        tag: TAG,
        query: &[SKIP, LIMIT],
        request: None,
        body_bytes_max: 0,
        answer: Answer { status: 200, description: "A page of frameworks", body: AnswerBody::List(of::<FrameworkAnswer>()) },
        errors: &[],
    },
    Route {
        method: "POST",
        path: "/v1/frameworks",
        name: "create_framework",
        access: ADMIN,
        lane: Lane::Quick,
        handler: add,
        summary: "Add a framework of your own. The file is checked whole; an error names its line and field. With the `key` of one that is \
                  there already it becomes the next version of it: earlier ones are kept, and what was reported with them stays",
        tag: TAG,
        query: &[],
        request: Some(of::<FrameworkCreate>()),
        // A file in JSON takes more bytes than the file.
        body_bytes_max: 2 * FRAMEWORK_BYTES_MAX,
        answer: Answer { status: 200, description: "The framework", body: AnswerBody::JsonOrCreated(of::<FrameworkDetailAnswer>()) },
        errors: &[(409, "The key is that of a framework of the appliance, or there are too many")],
    },
    Route {
        method: "GET",
        path: PATH,
        name: "get_framework",
        access: EVERYBODY,
        lane: Lane::Quick,
        handler: show,
        summary: "Get a framework with its controls. For each what its evidence shows and what it does not, and why others are out of scope",
        tag: TAG,
        query: &[],
        request: None,
        body_bytes_max: 0,
        answer: Answer { status: 200, description: "The framework", body: AnswerBody::Json(of::<FrameworkDetailAnswer>()) },
        errors: &[],
    },
    Route {
        method: "PATCH",
        path: PATH,
        name: "update_framework",
        access: ADMIN,
        lane: Lane::Quick,
        handler: change,
        summary: "Switch a framework on or off, or choose its categories. These are settings; a change holds for reports on what comes after it",
        tag: TAG,
        query: &[],
        request: Some(of::<FrameworkUpdate>()),
        body_bytes_max: BODY_BYTES_MAX,
        answer: Answer { status: 200, description: "The framework", body: AnswerBody::Json(of::<FrameworkDetailAnswer>()) },
        errors: &[],
    },
    Route {
        method: "DELETE",
        path: PATH,
        name: "delete_framework",
        access: ADMIN,
        lane: Lane::Quick,
        handler: delete,
        summary: "Delete a framework of your own. Reports on it stay, and so do its versions; scheduled ones on it end",
        tag: TAG,
        query: &[],
        request: None,
        body_bytes_max: 0,
        answer: Answer { status: 204, description: "Deleted", body: AnswerBody::Empty },
        errors: &[(409, "It is a framework of the appliance")],
    },
];
