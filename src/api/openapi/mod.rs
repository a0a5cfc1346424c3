//! The OpenAPI 3.1 document, made from ROUTES and the types that its rows name. Nothing here knows a path: what is special stands in the row.

mod errors;
mod operation;
mod schemas;

use std::sync::LazyLock;

use utoipa::openapi::info::LicenseBuilder;
use utoipa::openapi::path::{HttpMethod, PathItemBuilder};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, OpenApi, OpenApiBuilder, PathsBuilder, Server};

use self::schemas::Schemas;
use super::route::Route;

/// The chapters, in the order of the document, and what each is about.
pub static TAGS: [(&str, &str); 14] = [
    ("Authentication", "Signing in with name and password, and what comes of it: access and refresh tokens."),
    ("Devices", "The inventory: what agents and people report, how each check stands, and how it came to be so."),
    ("Enrolment", "How devices come in: tokens, and the key that each device gets of its own."),
    ("Services", "What the organisation uses beside its devices: who owns it, which data are in it, and how its checks stand."),
    ("Security reviews", "What owners and admins found when they looked at a service, kept as it was recorded."),
    ("Dashboard", "How the whole organisation stands: the one score, counts by status, what fails, and the trend."),
    ("Evidence", "What people vouch for: exceptions from checks, attestations, what is to be mended, which controls apply."),
    ("Reports", "Compliance reports on frameworks: what auditors get, signed, with the figures of a period."),
    ("Users", "The own profile, and the people who sign in."),
    ("People", "Who works here, with or without an account, and whether people and devices match."),
    ("API keys", "Credentials for scripts and integrations."),
    ("Audit log", "Who did what, in a hash chain that shows when an entry was changed."),
    ("Settings", "Which checks count and how, when sign-in locks, where the organisation's days begin."),
    ("Appliance", "What is not about a tenant's data. Needs no credential."),
];

/// The document as JSON, made once.
pub fn json() -> &'static str {
    static JSON: LazyLock<String> = LazyLock::new(|| {
        // Serialising utoipa's own model can't fail.
        document(super::routes()).to_pretty_json().unwrap_or_default()
    });
    &JSON
}

/// The document of `routes`, its paths in their order.
pub fn document(routes: impl IntoIterator<Item = &'static Route>) -> OpenApi {
    let mut schemas = Schemas::default();
    let mut paths: Vec<(&'static str, PathItemBuilder)> = Vec::new();
    for route in routes {
        let (method, operation) = (method(route), operation::operation(route, &mut schemas));
        match paths.iter_mut().find(|(path, _)| *path == route.path) {
            Some((_, item)) => *item = std::mem::take(item).operation(method, operation),
            None => paths.push((route.path, PathItemBuilder::new().operation(method, operation))),
        }
    }
    let paths = paths.into_iter().fold(PathsBuilder::new(), |all, (path, item)| all.path(path, item.build()));
    let info = InfoBuilder::new()
        .title("Recoger API")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(include_str!("introduction.md")))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()));
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("An access token from `POST /v1/auth/login`, or an API key (`rk_live_…`)"));
    let components = ComponentsBuilder::new().security_scheme("bearer", SecurityScheme::Http(bearer.build()));
    let components = schemas.add_to(errors::add_to(operation::add_headers_to(components)));
    OpenApiBuilder::new()
        .info(info.build())
        .servers(Some([Server::new("/")]))
        .security(Some([SecurityRequirement::new::<_, [&str; 0], &str>("bearer", [])]))
        .tags(Some(TAGS.map(|(name, description)| TagBuilder::new().name(name).description(Some(description)).build())))
        .paths(paths.build())
        .components(Some(components.build()))
        .build()
}

fn method(route: &Route) -> HttpMethod {
    match route.method {
        "POST" => HttpMethod::Post,
        "PATCH" => HttpMethod::Patch,
        "PUT" => HttpMethod::Put,
        "DELETE" => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}
