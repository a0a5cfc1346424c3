//! Which lane a request takes: what may be a megabyte or more keeps out of the way of everything else.

use recoger::http::{Lane, Request};
use recoger::server::service::Service;
use serde_json::json;

use crate::support::appliance::Appliance;
use crate::support::request::{get, post};

#[test]
fn large_requests_and_answers_have_lanes_of_their_own() {
    let appliance = Appliance::new();
    let lane = |request: Request| appliance.pipeline.admit(&request).unwrap().lane;
    for (request, expected) in [
        (get("/healthz"), Lane::Quick),
        (post("/v1/auth/login", &json!({})), Lane::SignIn),
        (post("/v1/devices/report", &json!({})), Lane::Intake),
        (get("/install/agent/linux-x86_64"), Lane::Download),
        (get("/v1/devices"), Lane::Large),
        (get("/v1/devices/my-devices?include_data=true&limit=100"), Lane::Large),
        (get("/v1/devices/tenant-devices?limit=100&include_data=false"), Lane::Quick),
        (get("/v1/devices/dev_1?include_data=false"), Lane::Quick),
    ] {
        assert_eq!(lane(request.clone()), expected, "{} {:?}", request.path, request.query);
    }
}
