//! What is asked for all day long is answered through indexes: no statement on its way reads a whole table.

use serde_json::json;

use super::auth_tests::{ADMIN, Appliance, get, post};
use crate::domain::access::Role;
use crate::http::Request;

/// First pages, the dashboards and single things; `{device}` and `{service}` are ids.
const TARGETS: [&str; 20] = [
    "/v1/dashboard",
    "/v1/devices",
    "/v1/devices?include_data=false&limit=100",
    "/v1/devices?compliance_status=non_compliant",
    "/v1/devices?sort=device_name",
    "/v1/devices/tenant-devices",
    "/v1/devices/my-devices",
    "/v1/devices/{device}",
    "/v1/services",
    "/v1/services/{service}",
    "/v1/services/my-dashboard",
    "/v1/people",
    "/v1/users",
    "/v1/users/me",
    "/v1/audit-logs",
    "/v1/audit-logs?category=device_management",
    "/v1/exceptions",
    "/v1/attestations",
    "/v1/api-keys",
    "/v1/enrollment-tokens",
];
/// Tables with a row for each tenant, for the whole appliance or for each version of its catalogue, and no more.
const SMALL: [&str; 3] = ["tenant", "appliance", "catalogue_version"];

#[test]
fn no_statement_of_a_hot_route_reads_a_whole_table() {
    let appliance = Appliance::new();
    appliance.add_user("ada@example.com", Role::User);
    let (access, _) = appliance.login(ADMIN);
    let send = |request: Request| appliance.send(&request.with_bearer(&access));
    let report =
        json!({"device_name": "One", "serial_number": "C02XL0GTJGH5", "os_type": "Darwin", "security": {"disk_encryption": false}});
    let device = send(post("/v1/devices/report", report)).expect(201).text("id");
    let service = send(post("/v1/services", json!({"name": "Mail"}))).expect(201).text("id");
    let statements = appliance.store().test_trace_readers();
    let mut scans = Vec::new();
    for target in TARGETS {
        statements.lock().unwrap().clear();
        send(get(&target.replace("{device}", &device).replace("{service}", &service))).expect(200);
        let found = std::mem::take(&mut *statements.lock().unwrap());
        let read: Vec<String> =
            found.into_iter().filter(|sql| ["SELECT", "WITH"].iter().any(|verb| sql.trim_start().starts_with(verb))).collect();
        assert!(!read.is_empty(), "{target} reads nothing");
        for sql in read {
            let steps = appliance.store().test_plan(&sql);
            let scanned = steps.iter().filter(|step| reads_all_of_a_table(step, &sql));
            scans.extend(scanned.map(|step| format!("{target}: {step}\n{sql}")));
        }
    }
    assert!(scans.is_empty(), "{}", scans.join("\n\n"));
}

/// Whether a step of a plan goes through all of a table that grows. What inner queries, JSON and lists of values give is read whole, of course.
fn reads_all_of_a_table(step: &str, sql: &str) -> bool {
    let Some(rest) = step.strip_prefix("SCAN ") else { return false };
    let name = rest.split(' ').next().unwrap_or(rest);
    let is_table = |name: &str| sql.contains(&format!("FROM {name}")) || sql.contains(&format!("JOIN {name}"));
    let aliased =
        ["(subquery", "CONSTANT", "json_each", "VALUES"].iter().any(|inner| rest.starts_with(inner)) || rest.contains("VIRTUAL TABLE");
    !aliased && !SMALL.contains(&name) && (is_table(name) || sql.contains(&format!(" {name} ")))
}
