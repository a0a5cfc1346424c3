//! `/metrics`: how the appliance is doing, as Prometheus reads it (text format 0.0.4). It speaks of all tenants, so it is for the operator.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::call::Call;
use super::route::{Answer, AnswerBody, BODY_BYTES_MAX, Route};
use crate::domain::access::Access;
use crate::error::{Error, Result};
use crate::http::{Lane, Response, StatusCode};
use crate::store::{WRITE_BATCH_BUCKETS, gauges};

/// The row of this file.
pub static ROUTES: [Route; 1] = [Route {
    method: "GET",
    path: "/metrics",
    name: "get_metrics",
    access: Access::Public,
    lane: Lane::Quick,
    handler: show,
    summary: "Get counters for Prometheus. They speak of all tenants, so they need the operator's metrics token (`Authorization: Bearer`), or a \
              client on the appliance itself with no forwarding header",
    tag: "Appliance",
    query: &[],
    request: None,
    body_bytes_max: BODY_BYTES_MAX,
    answer: Answer { status: 200, description: "Prometheus text format 0.0.4", body: AnswerBody::Other("text/plain") },
    errors: &[(401, "Neither the operator's token nor a client on the appliance itself")],
}];

/// Upper bounds of the latency histogram, microseconds.
const LATENCY_BUCKETS_MICROS: [u64; 12] =
    [500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 5_000_000];

/// Headers that a proxy adds: behind one, loopback proves nothing.
const FORWARDING_HEADERS: [&str; 4] = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip"];

/// Writes further lines, in Prometheus' format.
type Lines = Box<dyn Fn(&mut String) + Send + Sync>;

/// Requests answered since the start.
#[derive(Default)]
pub struct Metrics {
    requests: Mutex<BTreeMap<Series, u64>>,
    latency: [AtomicU64; LATENCY_BUCKETS_MICROS.len()],
    latency_count: AtomicU64,
    latency_sum_micros: AtomicU64,
    /// SHA-256 of the operator's token, if one is set.
    token: Option<[u8; 32]>,
    /// What the front adds: connections, lanes.
    front: Option<Lines>,
}

/// Route (its pattern, never a path with ids) and status.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Series {
    method: &'static str,
    route: &'static str,
    status: u16,
}

impl Metrics {
    /// Adds the operator's token; a caller who shows it may read from anywhere.
    pub fn with_token(mut self, token: Option<&str>) -> Metrics {
        self.token = token.map(|token| Sha256::digest(token.as_bytes()).into());
        self
    }

    /// Adds lines of the front, in Prometheus' format.
    pub fn with_front(mut self, front: impl Fn(&mut String) + Send + Sync + 'static) -> Metrics {
        self.front = Some(Box::new(front));
        self
    }

    /// Counts an answer; `route` is none for paths that do not exist.
    pub fn record(&self, route: Option<&Route>, status: u16, took: Duration) {
        let (method, route) = route.map_or(("", "none"), |route| (route.method, route.path));
        *self.requests.lock().unwrap_or_else(PoisonError::into_inner).entry(Series { method, route, status }).or_default() += 1;
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        if let Some(bucket) = LATENCY_BUCKETS_MICROS.iter().position(|bound| micros <= *bound) {
            self.latency[bucket].fetch_add(1, Ordering::Relaxed);
        }
        self.latency_count.fetch_add(1, Ordering::Relaxed);
        self.latency_sum_micros.fetch_add(micros, Ordering::Relaxed);
    }

    fn text(&self, out: &mut String) -> std::fmt::Result {
        family(out, "recoger_requests_total", "counter", "Requests answered, by route and status")?;
        for (series, count) in self.requests.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let Series { method, route, status } = series;
            writeln!(out, "recoger_requests_total{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}} {count}")?;
        }
        family(out, "recoger_request_seconds", "histogram", "Time from a complete request to its answer")?;
        let mut below = 0;
        for (bound, bucket) in LATENCY_BUCKETS_MICROS.iter().zip(&self.latency) {
            below += bucket.load(Ordering::Relaxed);
            writeln!(out, "recoger_request_seconds_bucket{{le=\"{}\"}} {below}", seconds(*bound))?;
        }
        let count = self.latency_count.load(Ordering::Relaxed);
        writeln!(out, "recoger_request_seconds_bucket{{le=\"+Inf\"}} {count}")?;
        writeln!(out, "recoger_request_seconds_sum {}", seconds(self.latency_sum_micros.load(Ordering::Relaxed)))?;
        writeln!(out, "recoger_request_seconds_count {count}")
    }
}

fn show(call: &Call) -> Result<Response> {
    let metrics = &call.app.metrics;
    if !may_read(call) {
        return Err(Error::unauthenticated("Metrics need the operator's token, or a client on the appliance itself"));
    }
    let mut text = String::new();
    let devices = call.app.store.read_root(call.now, gauges::devices_by_status)?;
    let written = metrics.text(&mut text).and_then(|()| writer(&mut text, call)).and_then(|()| {
        family(&mut text, "recoger_devices", "gauge", "Devices of all tenants, by status")?;
        devices.iter().try_for_each(|(status, count)| writeln!(text, "recoger_devices{{status=\"{}\"}} {count}", status.as_str()))
    });
    written.map_err(Error::internal)?;
    if let Some(front) = &metrics.front {
        front(&mut text);
    }
    Ok(Response::bytes(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", text.into_bytes()))
}

fn may_read(call: &Call) -> bool {
    let shown = call.request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    match (shown, call.app.metrics.token) {
        (Some(shown), Some(token)) => bool::from(Sha256::digest(shown.trim().as_bytes()).as_slice().ct_eq(&token)),
        (Some(_), None) => false,
        (None, _) => {
            let forwarded = FORWARDING_HEADERS.iter().any(|name| call.request.headers.contains_key(*name));
            call.request.peer.to_canonical().is_loopback() && !forwarded
        }
    }
}

fn writer(out: &mut String, call: &Call) -> std::fmt::Result {
    let counters = call.app.store.writer_counters();
    let jobs = counters.jobs.load(Ordering::Relaxed);
    family(out, "recoger_write_batch_jobs", "histogram", "Writes that shared one commit")?;
    let mut below = 0;
    for (bound, bucket) in WRITE_BATCH_BUCKETS.iter().zip(&counters.batches) {
        below += bucket.load(Ordering::Relaxed);
        writeln!(out, "recoger_write_batch_jobs_bucket{{le=\"{bound}\"}} {below}")?;
    }
    let commits = counters.commits.load(Ordering::Relaxed);
    writeln!(out, "recoger_write_batch_jobs_bucket{{le=\"+Inf\"}} {commits}")?;
    writeln!(out, "recoger_write_batch_jobs_sum {jobs}")?;
    writeln!(out, "recoger_write_batch_jobs_count {commits}")?;
    family(out, "recoger_write_failures_total", "counter", "Commits that failed; nothing of them was acknowledged")?;
    writeln!(out, "recoger_write_failures_total {}", counters.failures.load(Ordering::Relaxed))
}

/// The two lines before a family's values.
pub fn family(out: &mut String, name: &str, kind: &str, help: &str) -> std::fmt::Result {
    writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}")
}

/// Microseconds as seconds, exactly.
fn seconds(micros: u64) -> String {
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}
