//! The errors of an operation: what its row shows that it can answer, and the words for each status.

use serde_json::json;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::{ComponentsBuilder, Content, Ref};
use utoipa::{PartialSchema, ToSchema};

use super::operation::with_common_headers;
use super::schemas::{text, whole_number};
use crate::api::answer::Failure;
use crate::api::route::Route;
use crate::domain::access::Access;
use crate::http::Lane;

/// An error that many operations share.
struct Shared {
    status: u16,
    /// Its name under `components/responses`.
    name: &'static str,
    /// When it comes.
    description: &'static str,
    /// An example of its sentence.
    detail: &'static str,
}

#[rustfmt::skip]
static SHARED: [Shared; 11] = [
    Shared { status: 400, name: "BadRequest", description: "Invalid parameters; the sentence names the field",
             detail: "`limit` must be a whole number from 1 to 100" },
    Shared { status: 401, name: "Unauthorized", description: "Invalid or missing token",
             detail: "The access token is not valid or has expired" },
    Shared { status: 403, name: "Forbidden", description: "Insufficient permissions", detail: "Your role does not allow this" },
    Shared { status: 404, name: "NotFound", description: "It does not exist in your tenant", detail: "Device not found" },
    Shared { status: 409, name: "Conflict", description: "It clashes with what is stored", detail: "`email` is in use already" },
    Shared { status: 413, name: "TooLarge", description: "The body is too large, also after unpacking",
             detail: "The body is larger than 65536 bytes" },
    Shared { status: 415, name: "NotJson", description: "The body is not declared as JSON",
             detail: "The body must be JSON with `Content-Type: application/json`" },
    Shared { status: 423, name: "Locked", description: "Account locked after too many failed sign-ins",
             detail: "Too many failed sign-ins; try again in 900 seconds" },
    Shared { status: 429, name: "TooManyRequests", description: "Rate limited", detail: "Too many requests; try again in 12 seconds" },
    Shared { status: 500, name: "InternalServerError", description: "A fault of the appliance",
             detail: "Something went wrong on the appliance; its log has the details" },
    Shared { status: 503, name: "Unavailable", description: "Overloaded, or the storage can't be reached for the moment",
             detail: "The appliance is busy; try again shortly" },
];

/// Each error that `route` can answer, with a reference to its description; the row's own words go before the shared ones.
pub(super) fn of(route: &Route) -> Vec<(String, Ref)> {
    let mut errors = Vec::new();
    for shared in &SHARED {
        let own = route.errors.iter().find(|(status, _)| *status == shared.status);
        if own.is_some() || by_nature(route, shared.status) {
            let mut reference = Ref::from_response_name(shared.name);
            reference.description = own.map(|(_, when)| (*when).to_owned()).unwrap_or_default();
            errors.push((shared.status.to_string(), reference));
        }
    }
    errors
}

/// Adds the shared errors and the schema of their body.
pub(super) fn add_to(components: ComponentsBuilder) -> ComponentsBuilder {
    let components = components.schema(Failure::name(), Failure::schema());
    SHARED.iter().fold(components, |components, shared| components.response(shared.name, response(shared)))
}

/// Whether every row like `route` can answer `status`.
fn by_nature(route: &Route, status: u16) -> bool {
    match status {
        // Any query parameter that the row does not name is refused.
        400 | 429 | 500 | 503 => true,
        401 | 403 => route.access != Access::Public,
        404 => route.path_names().next().is_some(),
        413 | 415 => route.request.is_some(),
        423 => route.lane == Lane::SignIn,
        _ => false,
    }
}

fn response(shared: &Shared) -> ResponseBuilder {
    let content = Content::builder().schema(Some(Ref::from_schema_name(Failure::name()))).example(Some(json!({ "detail": shared.detail })));
    let response = with_common_headers(ResponseBuilder::new().description(shared.description));
    let response = match shared.status {
        401 => {
            let scheme =
                HeaderBuilder::new().schema(Some(text())).description(Some("How to show a credential")).example(Some(json!("Bearer")));
            response.header("WWW-Authenticate", scheme.build())
        }
        423 | 429 | 503 => {
            let seconds = whole_number().minimum(Some(0));
            let seconds = HeaderBuilder::new().schema(Some(seconds)).description(Some("Seconds after which trying again makes sense"));
            response.header("Retry-After", seconds.build())
        }
        _ => response,
    };
    response.content("application/json", content)
}
