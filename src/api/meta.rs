//! What is not about a tenant's data: health, the OpenAPI document, the server's certificate, the admin UI's page.

use serde::Serialize;
use utoipa::ToSchema;

use super::answer::json as ok;
use super::call::Call;
use super::openapi;
use super::route::{Answer, AnswerBody, BODY_BYTES_MAX, Route, of};
use super::ui;
use crate::domain::access::Access;
use crate::error::{Error, Result};
use crate::http::{Body, Lane, Response, StatusCode};

const TAG: &str = "Appliance";

const fn row(
    path: &'static str,
    name: &'static str,
    handler: fn(&Call) -> Result<Response>,
    summary: &'static str,
    answer: Answer,
) -> Route {
    Route {
        method: "GET",
        path,
        name,
        access: Access::Public,
        lane: Lane::Quick,
        handler,
        summary,
        tag: TAG,
        query: &[],
        request: None,
        body_bytes_max: BODY_BYTES_MAX,
        answer,
        errors: &[],
    }
}

/// The rows of this file.
pub static ROUTES: [Route; 4] = [
    row(
        "/",
        "get_first_page",
        ui::page,
        "Get the admin UI. For people: all paths of the UI answer with this page",
        Answer { status: 200, description: "A web page", body: AnswerBody::Other("text/html") },
    ),
    row(
        "/healthz",
        "get_health",
        health,
        "Check the appliance's health. Answers once it has read its file; for load balancers and monitoring",
        Answer { status: 200, description: "It works", body: AnswerBody::Json(of::<Health>()) },
    ),
    row(
        "/openapi.json",
        "get_openapi_document",
        document,
        "Get this document",
        Answer { status: 200, description: "An OpenAPI 3.1 document", body: AnswerBody::AnyJson },
    ),
    Route {
        errors: &[(404, "The appliance has no certificate to show")],
        ..row(
            "/certificate.pem",
            "get_certificate",
            certificate,
            "Get the server's own certificate. For clients that are to trust it, such as `curl --cacert`; compare its fingerprint with the \
             one that the server printed when it started",
            Answer { status: 200, description: "The certificate chain, PEM", body: AnswerBody::Other("application/x-pem-file") },
        )
    },
];

/// Whether the appliance works.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`.
    status: &'static str,
}

fn health(call: &Call) -> Result<Response> {
    call.app.store.read_root(call.now, |_| Ok(()))?;
    Ok(ok(&Health { status: "ok" }))
}

fn document(_: &Call) -> Result<Response> {
    let mut response = Response::bytes(StatusCode::OK, "application/json", Vec::new());
    response.body = Body::Static(openapi::json().as_bytes());
    Ok(response)
}

fn certificate(call: &Call) -> Result<Response> {
    let pem = (call.app.certificate_pem)().ok_or_else(|| Error::not_found("Certificate"))?;
    Ok(Response::bytes(StatusCode::OK, "application/x-pem-file", pem.into_bytes()))
}
