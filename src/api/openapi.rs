//! The OpenAPI 3.1 document, made from ROUTES and the types that its rows name.

use std::sync::LazyLock;

use utoipa::openapi::path::PathItemBuilder;
use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{ArrayBuilder, Object, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    Components, ComponentsBuilder, Content, HeaderBuilder, InfoBuilder, KnownFormat, OpenApi, OpenApiBuilder, PathsBuilder, Ref, RefOr,
    Required, Schema, Server,
};

use super::route::{AnswerBody, Parameter, ParameterKind, Route, TypeDoc};
use crate::domain::access::{Access, Role};
use crate::http::Lane;

/// The document as JSON, made once.
pub fn json() -> &'static str {
    static JSON: LazyLock<String> = LazyLock::new(|| {
        // Serialising utoipa's own model can't fail.
        document(super::routes()).to_pretty_json().unwrap_or_default()
    });
    &JSON
}

/// The document of `routes`.
pub fn document(routes: impl IntoIterator<Item = &'static Route>) -> OpenApi {
    let mut components = Collected::default();
    let mut paths: Vec<(&'static str, PathItemBuilder)> = Vec::new();
    for route in routes {
        let operation = operation(route, &mut components);
        let method = match route.method {
            "POST" => HttpMethod::Post,
            "PATCH" => HttpMethod::Patch,
            "PUT" => HttpMethod::Put,
            "DELETE" => HttpMethod::Delete,
            _ => HttpMethod::Get,
        };
        match paths.iter_mut().find(|(path, _)| *path == route.path) {
            Some((_, item)) => *item = std::mem::take(item).operation(method, operation),
            None => paths.push((route.path, PathItemBuilder::new().operation(method, operation))),
        }
    }
    let paths = paths.into_iter().fold(PathsBuilder::new(), |all, (path, item)| all.path(path, item.build()));
    let info = InfoBuilder::new().title("Recoger API").version(env!("CARGO_PKG_VERSION")).description(Some(
        "Device compliance and service tracking on your own appliance. Times are RFC 3339 in UTC; lists are bare arrays with \
             `X-Total-Count` and `Link`; errors are `{\"detail\": \"…\"}`.",
    ));
    OpenApiBuilder::new()
        .info(info.build())
        .servers(Some([Server::new("/")]))
        .paths(paths.build())
        .components(Some(components.build()))
        .build()
}

/// Schemas met so far, by name.
#[derive(Default)]
struct Collected {
    schemas: Vec<(String, RefOr<Schema>)>,
}

impl Collected {
    /// Adds `doc` and what it refers to, and gives a reference to it.
    fn refer(&mut self, doc: &TypeDoc) -> Ref {
        let name = (doc.name)().into_owned();
        let mut found = vec![(name.clone(), (doc.schema)())];
        (doc.schemas)(&mut found);
        for (name, schema) in found {
            if self.schemas.iter().all(|(known, _)| *known != name) {
                self.schemas.push((name, schema));
            }
        }
        Ref::from_schema_name(name)
    }

    fn build(self) -> Components {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An access token from `POST /v1/auth/login`, or an API key (`rk_live_…`)"));
        let error = ObjectBuilder::new()
            .property("detail", text(Some("One sentence that names the field or thing")))
            .required("detail")
            .property("mfa_required", ObjectBuilder::new().schema_type(Type::Boolean).description(Some("A second factor is needed")));
        let mut components =
            ComponentsBuilder::new().security_scheme("bearer", SecurityScheme::Http(bearer.build())).schema("Error", error);
        let mut schemas = self.schemas;
        schemas.sort_by(|(left, _), (right, _)| left.cmp(right));
        for (name, schema) in schemas {
            components = components.schema(name, schema);
        }
        components.build()
    }
}

fn operation(route: &Route, components: &mut Collected) -> Operation {
    let mut operation = OperationBuilder::new()
        .tag(route.tag)
        .summary(Some(route.summary))
        .description(Some(who(route.access)))
        .operation_id(Some(operation_id(route)))
        .securities(match route.access {
            Access::Public => Some(vec![SecurityRequirement::default()]),
            _ => Some(vec![SecurityRequirement::new::<_, [&str; 0], &str>("bearer", [])]),
        });
    for name in path_names(route.path) {
        let parameter =
            ParameterBuilder::new().name(name).parameter_in(ParameterIn::Path).required(Required::True).schema(Some(text(None)));
        operation = operation.parameter(parameter);
    }
    for parameter in route.query {
        operation = operation.parameter(query_parameter(parameter));
    }
    if let Some(doc) = &route.request {
        let content = Content::new(Some(components.refer(doc)));
        let body = RequestBodyBuilder::new().content("application/json", content).required(Some(Required::True));
        operation = operation.request_body(Some(body.build()));
    }
    operation = operation.response(route.answer.status.to_string(), answer(route, components));
    if route.answer.status == 200 && route.method == "POST" && route.path.ends_with("/report") {
        operation = operation.response("201", answer(route, components));
    }
    for (status, description) in errors(route) {
        operation = operation.response(status, error(description));
    }
    operation.build()
}

fn answer(route: &Route, components: &mut Collected) -> Response {
    let response = with_common_headers(ResponseBuilder::new().description(route.answer.description));
    let list = |components: &mut Collected, doc: &TypeDoc| ArrayBuilder::new().items(components.refer(doc)).build();
    let counted = |response: ResponseBuilder| {
        let count = HeaderBuilder::new().schema(Some(whole())).description(Some("How many there are on all pages"));
        let link = HeaderBuilder::new().schema(Some(text(None))).description(Some("`rel=\"next\"` and `rel=\"prev\"`"));
        response.header("X-Total-Count", count.build()).header("Link", link.build())
    };
    match &route.answer.body {
        AnswerBody::Empty => response,
        AnswerBody::Json(doc) => response.content("application/json", Content::new(Some(components.refer(doc)))),
        AnswerBody::List(doc) => counted(response).content("application/json", Content::new(Some(list(components, doc)))),
        AnswerBody::ListOrCsv(doc) => counted(response)
            .content("application/json", Content::new(Some(list(components, doc))))
            .content("text/csv", Content::new(Some(text(None)))),
        AnswerBody::AnyJson => response.content("application/json", Content::new(Some(ObjectBuilder::new().build()))),
        AnswerBody::Other(media_type) => response.content(*media_type, Content::new(Some(text(None)))),
    }
    .build()
}

/// The errors that a route can answer.
fn errors(route: &Route) -> Vec<(&'static str, &'static str)> {
    let mut errors = Vec::new();
    let takes_input = route.request.is_some() || !route.query.is_empty() || route.path.contains('{');
    if takes_input || route.path == "/v1/auth/logout" {
        errors.push(("400", "Invalid parameters; the detail names the field"));
    }
    if route.access != Access::Public || route.lane == Lane::SignIn || route.path.starts_with("/v1/auth/") {
        errors.push(("401", "Invalid or missing token"));
    }
    if route.access != Access::Public {
        errors.push(("403", "Insufficient permissions"));
    }
    if route.path.contains('{') || route.path.starts_with("/v1/users/me") || route.path == "/certificate.pem" {
        errors.push(("404", "Resource does not exist"));
    }
    if route.request.is_some() {
        errors.extend([("409", "It clashes with what is stored"), ("413", "Body too large"), ("415", "Not JSON")]);
    }
    if route.lane == Lane::SignIn {
        errors.push(("423", "Account locked"));
    }
    errors.extend([("429", "Rate limited"), ("500", "Internal server error"), ("503", "Overloaded; try again")]);
    errors
}

fn error(description: &str) -> Response {
    let content = Content::new(Some(Ref::from_schema_name("Error")));
    with_common_headers(ResponseBuilder::new().description(description)).content("application/json", content).build()
}

fn with_common_headers(response: ResponseBuilder) -> ResponseBuilder {
    let header = |schema: Object, description: &str| HeaderBuilder::new().schema(Some(schema)).description(Some(description)).build();
    response
        .header("X-RateLimit-Limit", header(whole(), "Requests allowed in the window with fewer left"))
        .header("X-RateLimit-Remaining", header(whole(), "Requests left in that window"))
        .header("X-RateLimit-Reset", header(whole(), "When that window ends, Unix seconds"))
        .header("X-Request-Id", header(text(None), "Names this request in the appliance's log"))
}

fn query_parameter(parameter: &Parameter) -> ParameterBuilder {
    let schema = match parameter.kind {
        ParameterKind::Text => ObjectBuilder::new().schema_type(Type::String).max_length(Some(200)).build(),
        ParameterKind::Boolean { default } => ObjectBuilder::new().schema_type(Type::Boolean).default(Some(default.into())).build(),
        ParameterKind::Integer { min, max, default } => ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(min as f64))
            .maximum(Some(max as f64))
            .default(Some(default.into()))
            .build(),
        ParameterKind::Choice(choices) => ObjectBuilder::new().schema_type(Type::String).enum_values(Some(choices())).build(),
        ParameterKind::PastTime => {
            ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))).build()
        }
        ParameterKind::DayOrTime => text(None),
    };
    ParameterBuilder::new()
        .name(parameter.name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(parameter.description))
        .schema(Some(schema))
}

fn text(description: Option<&str>) -> Object {
    ObjectBuilder::new().schema_type(Type::String).description(description).build()
}

fn whole() -> Object {
    ObjectBuilder::new().schema_type(Type::Integer).build()
}

/// Who may call it, in a sentence.
fn who(access: Access) -> String {
    match access {
        Access::Public => "Anybody may call it.".to_owned(),
        Access::Session => "For people who signed in, of any role; not for API keys.".to_owned(),
        Access::Roles(roles) => {
            let names: Vec<&str> = roles.iter().map(|role: &Role| role.as_str()).collect();
            format!("For {}.", names.join(", "))
        }
    }
}

/// A name for generated clients: method and path in one word.
fn operation_id(route: &Route) -> String {
    let words = route.path.trim_start_matches("/v1").split(['/', '-', '.', '{', '}']).filter(|word| !word.is_empty());
    let path: Vec<&str> = words.collect();
    format!("{}_{}", route.method.to_lowercase(), if path.is_empty() { "root".to_owned() } else { path.join("_") })
}

fn path_names(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
}
