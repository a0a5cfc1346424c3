//! `/metrics`: who may read it and what it counts.

use recoger::api::metrics::Metrics;
use recoger::http::Request;

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::request::get;
use crate::support::world::World;

fn from_afar(mut request: Request) -> Request {
    request.peer = "192.0.2.7".parse().unwrap();
    request
}

/// The value of the series `name`, labels included.
#[track_caller]
fn value(answer: &Answer, name: &str) -> f64 {
    let text = answer.text();
    let line = text.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')));
    line.unwrap_or_else(|| panic!("no {name} in {text}")).rsplit(' ').next().unwrap().parse().unwrap()
}

#[test]
fn only_the_operator_reads_them() {
    let mut world = World::new();
    let metrics = || get("/metrics");
    assert_eq!(world.appliance.send(&metrics()).status, 200, "on the appliance itself");
    for header in ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip"] {
        assert_eq!(world.appliance.send(&metrics().with_header(header, "127.0.0.1")).status, 401, "{header}");
    }
    assert_eq!(world.appliance.send(&from_afar(metrics())).status, 401);
    assert_eq!(world.appliance.send(&from_afar(metrics()).with_bearer("the operator's token")).status, 401, "none is set");
    assert_eq!(world.send(Actor::Admin, metrics()).status, 401, "an admin is a tenant's, not the operator");
    world.appliance.pipeline.app.metrics = Metrics::default().with_token(Some("the operator's token"));
    assert_eq!(world.appliance.send(&from_afar(metrics()).with_bearer("the operator's token")).status, 200);
    assert_eq!(world.appliance.send(&metrics().with_bearer("the operator's tokem")).status, 401);
}

#[test]
fn they_count_answers_writes_and_devices_and_name_no_ids() {
    let world = World::new();
    let device = world.device_of(Actor::User);
    let before = world.appliance.send(&get("/metrics"));
    assert_eq!(before.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let series = "recoger_requests_total{method=\"GET\",route=\"/v1/devices/{device_id}\",status=\"200\"}";
    let seen = |answer: &Answer| if answer.text().contains(series) { value(answer, series) } else { 0.0 };
    for _ in 0..3 {
        assert_eq!(world.send(Actor::Admin, get(&format!("/v1/devices/{}", device.id))).status, 200);
    }
    world.appliance.send(&get("/no/such/path"));
    let after = world.appliance.send(&get("/metrics"));
    assert_eq!(seen(&after) - seen(&before), 3.0);
    assert_eq!(value(&after, "recoger_requests_total{method=\"\",route=\"none\",status=\"404\"}"), 1.0);
    assert!(!after.text().contains(&device.id), "ids are no labels");
    let answers: f64 = after
        .text()
        .lines()
        .filter(|line| line.starts_with("recoger_requests_total"))
        .map(|line| value(&after, line.rsplit_once(' ').unwrap().0))
        .sum();
    assert_eq!(value(&after, "recoger_request_seconds_count"), answers);
    assert_eq!(value(&after, "recoger_request_seconds_bucket{le=\"+Inf\"}"), answers);
    assert!(value(&after, "recoger_write_batch_jobs_sum") >= value(&after, "recoger_write_batch_jobs_count"));
    let devices: f64 = ["compliant", "needs_review", "non_compliant", "unknown"]
        .iter()
        .filter(|status| after.text().contains(&format!("recoger_devices{{status=\"{status}\"}}")))
        .map(|status| value(&after, &format!("recoger_devices{{status=\"{status}\"}}")))
        .sum();
    assert_eq!(devices.to_string(), world.appliance.rows("SELECT count(*) FROM device WHERE retired_at IS NULL")[0]);
}
