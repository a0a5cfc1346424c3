//! What happens to a request, in order: one function shows it.

use std::io::Write;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::limit::{ADDRESS_ALLOWANCE, Key, Limiter, SIGN_IN_ALLOWANCE, Standing};
use super::router::{Found, Router};
use super::service::{Admission, Service};
use super::unpack::LargeBodies;
use crate::api::authenticate::{actor, authenticate};
use crate::api::call::{App, Call};
use crate::api::query::Query;
use crate::api::route::{AnswerBody, Route};
use crate::api::{answer, auditor, ui};
use crate::credentials::id::random;
use crate::domain::access::{Access, Caller};
use crate::domain::audit::hex;
use crate::domain::time::Time;
use crate::error::{Error, Kind, Result};
use crate::http::{Body, Lane, Pieces, Request, Response, header};
use crate::limits::{GZIP_ANSWER_BYTES_MIN, LARGE_BODY_WAIT_MAX};
use crate::store::rate_windows;

/// Everything between a complete request and its answer.
pub struct Pipeline {
    /// What all requests share.
    pub app: App,
    router: Router,
    limiter: Limiter,
    large_bodies: LargeBodies,
}

impl Pipeline {
    /// Builds the pipeline over `routes`.
    pub fn new(app: App, routes: impl IntoIterator<Item = &'static Route>) -> Result<Pipeline> {
        let limiter = Limiter::default();
        limiter.restore(&app.store.read_root((app.clock)(), rate_windows::load)?);
        Ok(Pipeline { app, router: Router::new(routes)?, limiter, large_bodies: LargeBodies::default() })
    }

    /// Keeps what was counted: the days since the last time, or at the end everything.
    pub fn save_counts(&self, at_end: bool) -> Result<()> {
        let windows = self.limiter.changed(at_end);
        if windows.is_empty() {
            return Ok(());
        }
        self.app.store.write_root((self.app.clock)(), move |root| rate_windows::save(root, &windows))
    }

    /// Answers `request`. Never fails: every error becomes an answer.
    pub fn handle(&self, mut request: Request) -> Response {
        let begun = Instant::now();
        let now = (self.app.clock)();
        let mut trace = Trace { now, standing: None, route: None, caller: None };
        let answer = self.steps(&mut request, &mut trace);
        let (mut response, cause) = match answer {
            Ok(response) => (response, None),
            Err(error) => (answer::error(&error), error.cause),
        };
        response = compress(&request, response);
        let request_id = self.decorate(&request, &mut response, &trace);
        self.app.metrics.record(trace.route, response.status.as_u16(), begun.elapsed());
        log(&request, &response, &trace, &request_id, begun, cause);
        response
    }

    /// The order of things.
    fn steps(&self, request: &mut Request, trace: &mut Trace) -> Result<Response> {
        let now = trace.now;
        let Found { route, path } = match self.router.find(&request.method, &request.path) {
            Ok(found) => found,
            Err(error) => {
                self.count_address(request, trace)?;
                return Err(error);
            }
        };
        trace.route = Some(route);
        let caller = match route.access {
            Access::Public => {
                self.count_public(route, request, trace)?;
                None
            }
            _ => Some(self.known_caller(request, trace)?),
        };
        if let Some(caller) = &caller {
            self.count_caller(caller, trace)?;
            if !route.access.admits(caller) {
                return Err(Error::forbidden("Your role does not allow this"));
            }
            if caller.lacks_second_factor && !route.access.spares_second_factor() {
                return Err(Error { mfa_required: true, ..Error::forbidden(SECOND_FACTOR_REQUIRED) });
            }
        }
        let _place = self.large_bodies.unpack(request, route.body_bytes_max, LARGE_BODY_WAIT_MAX)?;
        // The query of a page is read by its scripts.
        let asked = request.query.as_deref().filter(|_| route.path != "/");
        let query = Query::parse(asked, route.query, now)?;
        let actor = actor(caller.as_ref(), request);
        let call = Call { app: &self.app, request, path, query, caller, actor, now };
        let response = (route.handler)(&call)?;
        auditor::log_read(&call, route)?;
        Ok(response)
    }

    /// Who calls. Without a valid credential the request counts against the address.
    fn known_caller(&self, request: &Request, trace: &mut Trace) -> Result<Caller> {
        let found = match authenticate(&self.app, request, trace.now) {
            Ok(Some(caller)) => return Ok(trace.caller.insert(caller).clone()),
            Ok(None) => Err(Error::unauthenticated("Sign in first: send `Authorization: Bearer` with an access token or API key")),
            Err(error) => Err(error),
        };
        self.count_address(request, trace)?;
        found
    }

    fn count_public(&self, route: &Route, request: &Request, trace: &mut Trace) -> Result<()> {
        if route.lane == Lane::SignIn {
            return enforce(trace, self.limiter.count(&Key::sign_in(request.peer), SIGN_IN_ALLOWANCE, trace.now));
        }
        if counts(route) {
            return self.count_address(request, trace);
        }
        trace.standing = Some(self.limiter.peek(&Key::address(request.peer), ADDRESS_ALLOWANCE, trace.now));
        Ok(())
    }

    fn count_address(&self, request: &Request, trace: &mut Trace) -> Result<()> {
        enforce(trace, self.limiter.count(&Key::address(request.peer), ADDRESS_ALLOWANCE, trace.now))
    }

    fn count_caller(&self, caller: &Caller, trace: &mut Trace) -> Result<()> {
        let key = Key::Credential(caller.credential_id().to_owned());
        enforce(trace, self.limiter.count(&key, caller.allowance, trace.now))
    }

    /// Adds what every answer carries, and gives the request's id.
    fn decorate(&self, request: &Request, response: &mut Response, trace: &Trace) -> String {
        let standing = trace.standing.unwrap_or_else(|| self.limiter.peek(&Key::address(request.peer), ADDRESS_ALLOWANCE, trace.now));
        let request_id = hex(&random::<12>());
        let numbers = [
            ("x-ratelimit-limit", standing.limit.to_string()),
            ("x-ratelimit-remaining", standing.remaining.to_string()),
            ("x-ratelimit-reset", standing.reset.0.to_string()),
            ("x-request-id", request_id.clone()),
        ];
        for (name, value) in numbers {
            if let Ok(value) = value.parse() {
                response.headers.insert(name, value);
            }
        }
        for (name, value) in SECURITY_HEADERS {
            response.headers.entry(name).or_insert(header::HeaderValue::from_static(value));
        }
        request_id
    }
}

impl Service for Pipeline {
    fn admit(&self, head: &Request) -> std::result::Result<Admission, Response> {
        match self.router.find(&head.method, &head.path) {
            Ok(Found { route, .. }) => Ok(Admission { lane: lane(route, head), body_bytes_max: route.body_bytes_max }),
            // Unknown paths and methods are answered at once, whatever body they bring: that takes no SQL.
            Err(_) => Err(self.handle(head.clone())),
        }
    }

    fn call(&self, request: Request) -> Response {
        self.handle(request)
    }

    fn alive(&self) -> bool {
        self.app.store.is_alive()
    }

    fn refuse(&self, head: Option<&Request>, error: &Error) -> Response {
        let nobody = Request::new(crate::http::Method::GET, "/");
        let request = head.unwrap_or(&nobody);
        let trace = Trace { now: (self.app.clock)(), standing: None, route: None, caller: None };
        let mut response = answer::error(error);
        let request_id = self.decorate(request, &mut response, &trace);
        self.app.metrics.record(None, response.status.as_u16(), Duration::ZERO);
        log(request, &response, &trace, &request_id, Instant::now(), error.cause.clone());
        response
    }
}

/// What a session is told that lacks it.
const SECOND_FACTOR_REQUIRED: &str =
    "Your organisation requires a second factor: set one up with `POST /v1/users/me/mfa`, or sign in again with a code";

/// What is known of a request so far.
struct Trace {
    now: Time,
    standing: Option<Standing>,
    route: Option<&'static Route>,
    caller: Option<Caller>,
}

/// What every answer carries unless the route set it.
const SECURITY_HEADERS: [(&str, &str); 6] = [
    ("cache-control", "no-store"),
    ("content-security-policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
];

/// Lists without device data are short; whole lists as a file take as long as their reader.
fn lane(route: &Route, head: &Request) -> Lane {
    let asks = |wanted: &str| head.query.as_deref().is_some_and(|query| query.split('&').any(|pair| pair == wanted));
    match route.answer.body {
        AnswerBody::ListOrCsv(..) if asks("format=csv") => Lane::Report,
        _ if route.lane == Lane::Large && asks("include_data=false") => Lane::Quick,
        _ => route.lane,
    }
}

/// Whether requests to `route` count at all.
fn counts(route: &Route) -> bool {
    route.tag != ui::TAG && !matches!(route.path, "/" | "/certificate.pem" | "/healthz")
}

fn enforce(trace: &mut Trace, standing: Standing) -> Result<()> {
    trace.standing = Some(standing);
    if standing.allowed {
        return Ok(());
    }
    let wait = standing.reset.seconds_since(trace.now).clamp(1, i64::from(u32::MAX));
    let seconds = u32::try_from(wait).unwrap_or(u32::MAX);
    Err(Error::new(Kind::RateLimited, format!("Too many requests; try again in {seconds} seconds")).retry_after(seconds))
}

/// Packs what is worth it when the client takes gzip.
fn compress(request: &Request, response: Response) -> Response {
    let compressible = response
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| kind.starts_with("text/") || kind.starts_with("application/json"));
    if !request.accepts_gzip() || !compressible || response.headers.contains_key(header::CONTENT_ENCODING) {
        return response;
    }
    let Response { status, mut headers, body } = response;
    let body = match body {
        Body::Bytes(bytes) if bytes.len() >= GZIP_ANSWER_BYTES_MIN => match pack([bytes.as_slice()]) {
            Ok(packed) => packed,
            Err(_) => return Response { status, headers, body: Body::Bytes(bytes) },
        },
        Body::Static(bytes) if bytes.len() >= GZIP_ANSWER_BYTES_MIN => match pack([bytes]) {
            Ok(packed) => packed,
            Err(_) => return Response { status, headers, body: Body::Static(bytes) },
        },
        Body::Pieces(pieces) => match pack(pieces.iter()) {
            Ok(packed) => packed,
            Err(_) => return Response { status, headers, body: Body::Pieces(pieces) },
        },
        Body::Stream(write) => Body::Stream(Box::new(move |out| {
            let mut encoder = GzEncoder::new(out, Compression::fast());
            write(&mut encoder)?;
            encoder.finish().map_err(Error::internal)?;
            Ok(())
        })),
        body => return Response { status, headers, body },
    };
    // It told the length of what was packed.
    headers.remove(header::CONTENT_LENGTH);
    Response { status, headers, body }.with_header("content-encoding", "gzip").with_header("vary", "accept-encoding")
}

fn pack<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> std::io::Result<Body> {
    let mut encoder = GzEncoder::new(Pieces::default(), Compression::fast());
    for piece in pieces {
        encoder.write_all(piece)?;
    }
    Ok(encoder.finish()?.into_body())
}

/// One line for each request: no bodies, no query, no secrets; the route's pattern instead of the path, which may hold what was typed.
fn log(request: &Request, response: &Response, trace: &Trace, request_id: &str, begun: Instant, cause: Option<String>) {
    let route = trace.route.map_or("-", |route| route.path);
    let caller = trace.caller.as_ref().map_or("-", Caller::credential_id);
    let micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    let status = response.status.as_u16();
    match cause {
        // Being busy is no fault; what broke the storage has been logged as an error where it broke.
        Some(cause) if status == 503 => {
            tracing::warn!(status, method = %request.method, route, caller, micros, request_id, cause, "request refused");
        }
        Some(cause) => tracing::error!(status, method = %request.method, route, caller, micros, request_id, cause, "request failed"),
        None => tracing::info!(status, method = %request.method, route, caller, micros, request_id, "request"),
    }
}
