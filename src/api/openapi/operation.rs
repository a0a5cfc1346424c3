//! One operation: its parameters, body and answers, all from its row.

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{ComponentsBuilder, Content, Ref, Required};

use super::errors;
use super::schemas::{Schemas, any_object, of_parameter, text, whole_number};
use crate::api::route::{AnswerBody, Form, PATH_PARAMETERS, Parameter, ParameterKind, Route, TypeDoc};
use crate::domain::access::{Access, Role};
use crate::limits::IMPORT_ROWS_MAX;

/// Describes `route`.
pub(super) fn operation(route: &Route, schemas: &mut Schemas) -> Operation {
    let mut operation = OperationBuilder::new()
        .tag(route.tag)
        .summary(Some(route.title()))
        .description(Some(description(route)))
        .operation_id(Some(route.name))
        .request_body(route.request.as_ref().map(|doc| body(route, doc, schemas)));
    if route.access == Access::Public {
        // Overrides the document's own requirement.
        operation = operation.securities(Some([] as [SecurityRequirement; 0]));
    }
    for name in route.path_names() {
        operation = operation.parameter(match PATH_PARAMETERS.iter().find(|parameter| parameter.name == name) {
            Some(described) => parameter(described, ParameterIn::Path),
            None => ParameterBuilder::new().name(name).parameter_in(ParameterIn::Path).required(Required::True).schema(Some(text())),
        });
    }
    for described in route.query {
        operation = operation.parameter(parameter(described, ParameterIn::Query));
    }
    operation = operation.response(route.answer.status.to_string(), answer(route, route.answer.description, schemas));
    if let AnswerBody::JsonOrCreated(_) = route.answer.body {
        operation = operation.response("201", answer(route, &format!("{}; it is new", route.answer.description), schemas));
    }
    errors::of(route).into_iter().fold(operation, |operation, (status, error)| operation.response(status, error)).build()
}

/// The headers of every answer, by name.
const COMMON_HEADERS: [(&str, &str); 4] = [
    ("X-RateLimit-Limit", "Requests allowed in the window, minute or day, that has fewer left"),
    ("X-RateLimit-Remaining", "Requests left in that window"),
    ("X-RateLimit-Reset", "When that window ends, Unix seconds"),
    ("X-Request-Id", "Names this request in the appliance's log"),
];

/// Adds the headers that many answers have.
pub(super) fn add_headers_to(mut components: ComponentsBuilder) -> ComponentsBuilder {
    for (name, description) in COMMON_HEADERS {
        let header = HeaderBuilder::new().description(Some(description));
        let numeric = name.starts_with("X-RateLimit");
        let header = if numeric { header.schema(Some(whole_number().minimum(Some(0)))) } else { header.schema(Some(text())) };
        components = components.header(name, header.build());
    }
    let count = HeaderBuilder::new().schema(Some(whole_number().minimum(Some(0)))).description(Some("How many there are in all"));
    let link = HeaderBuilder::new().schema(Some(text())).description(Some("The pages after and before: `rel=\"next\"`, `rel=\"prev\"`"));
    components.header("X-Total-Count", count.build()).header("Link", link.build())
}

/// `response` with references to the headers of every answer.
pub(super) fn with_common_headers(response: ResponseBuilder) -> ResponseBuilder {
    COMMON_HEADERS.iter().fold(response, |response, (name, _)| with_header(response, name))
}

fn with_header(response: ResponseBuilder, name: &str) -> ResponseBuilder {
    response.header_ref(name, Ref::new(format!("#/components/headers/{name}")))
}

/// Who may call it, then what its row says beyond the title.
fn description(route: &Route) -> String {
    let who = match route.access {
        Access::Public => "Anybody may call it.".to_owned(),
        Access::Session | Access::OwnAccount { keys: false } => "For people who signed in, of any role; not for API keys.".to_owned(),
        Access::OwnAccount { keys: true } => "For the roles admin, user, viewer, auditor.".to_owned(),
        Access::Roles(roles) => {
            let names: Vec<&str> = roles.iter().copied().map(Role::as_str).collect();
            match names.as_slice() {
                ["admin"] => "Admin only.".to_owned(),
                names => format!("For the roles {}.", names.join(", ")),
            }
        }
    };
    match route.details() {
        Some(details) => format!("{details}.\n\n{who}"),
        None => who,
    }
}

fn parameter(described: &Parameter, place: ParameterIn) -> ParameterBuilder {
    let required = place == ParameterIn::Path || matches!(described.kind, ParameterKind::RequiredChoice(_));
    ParameterBuilder::new()
        .name(described.name)
        .parameter_in(place)
        .required(if required { Required::True } else { Required::False })
        .description(Some(described.description))
        .schema(Some(of_parameter(described.kind)))
}

fn body(route: &Route, doc: &TypeDoc, schemas: &mut Schemas) -> RequestBody {
    let size = format!("At most {} KiB.", route.body_bytes_max / 1024);
    let body = RequestBodyBuilder::new().required(Some(Required::True));
    match doc.form {
        Form::Json => body.description(Some(size)).content("application/json", Content::new(Some(schemas.refer(doc)))).build(),
        Form::Csv(columns, example) => {
            let named = |required| columns.iter().filter(move |column| column.required == required).map(|column| column.name);
            let list = |required| named(required).collect::<Vec<_>>().join(", ");
            let columns = format!(
                "The first line names the columns, in any order: {}, and where wanted {}. At most {IMPORT_ROWS_MAX} rows. {size}",
                list(true),
                list(false)
            );
            let csv = ObjectBuilder::new().schema_type(Type::String).examples([serde_json::json!(example)]);
            body.description(Some(columns)).content("text/csv", Content::new(Some(csv))).build()
        }
    }
}

fn answer(route: &Route, description: &str, schemas: &mut Schemas) -> Response {
    let response = with_common_headers(ResponseBuilder::new().description(description));
    let list = |schemas: &mut Schemas, doc: &TypeDoc| Content::new(Some(ArrayBuilder::new().items(schemas.refer(doc))));
    let counted = |response: ResponseBuilder| with_header(response, "X-Total-Count");
    let paged = |response: ResponseBuilder| with_header(counted(response), "Link");
    match &route.answer.body {
        AnswerBody::Empty => response,
        AnswerBody::Json(doc) | AnswerBody::JsonOrCreated(doc) => {
            response.content("application/json", Content::new(Some(schemas.refer(doc))))
        }
        AnswerBody::List(doc) => paged(response).content("application/json", list(schemas, doc)),
        AnswerBody::ListOrCsv(doc, columns) => {
            let head = format!("The first line is {}", columns.join(","));
            let csv = ObjectBuilder::new().schema_type(Type::String).description(Some(head));
            paged(response).content("application/json", list(schemas, doc)).content("text/csv", Content::new(Some(csv)))
        }
        AnswerBody::AnyJson => response.content("application/json", Content::new(Some(any_object()))),
        AnswerBody::JsonOrFile(doc, media_types) => {
            with_files(response.content("application/json", Content::new(Some(schemas.refer(doc)))), media_types)
        }
        AnswerBody::Files(media_types) => with_files(response, media_types),
        AnswerBody::Other(media_type) => response.content(*media_type, Content::new(Some(text()))),
    }
    .build()
}

fn with_files(response: ResponseBuilder, media_types: &[&str]) -> ResponseBuilder {
    media_types.iter().fold(response, |response, media_type| match *media_type {
        "application/json" => response.content("application/json", Content::new(Some(any_object()))),
        media_type => response.content(media_type, Content::new(Some(text()))),
    })
}
