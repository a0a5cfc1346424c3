//! What people and devices send: the code of an authenticator, an enrolment, a report.

use recoger::domain::time::Time;
use recoger::http::Request;
use serde_json::{Value, json};

use super::request::post;

/// What an authenticator with this secret shows at `now`.
pub fn code_at(secret: &str, now: Time) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    totp_rs::Builder::new().with_secret(secret).build_noncompliant().generate(now.0.unsigned_abs()).to_string()
}

/// A request that enrols the device `serial_number` with `token`.
pub fn enroll(token: &Value, serial_number: &str) -> Request {
    let body = json!({"token": token, "serial_number": serial_number, "device_name": "Laptop", "os_type": "macos"});
    post("/v1/devices/enroll", &body)
}

/// A report with every section.
pub fn full_report(serial_number: &str) -> Value {
    json!({
        "device_name": "Laptop", "serial_number": serial_number, "device_type": "laptop", "os_type": "macos", "os_version": "14.2.1",
        "security": {"disk_encryption": true, "firewall_enabled": true, "screen_lock_enabled": true},
        "hardware": {"memory_bytes": 8_589_934_592_u64},
        "software": {"items": [{"name": "editor", "version": "1.2"}]},
        "network": {"interfaces": []},
        "custom": {"room": "12"},
    })
}

/// A check of an organisation's own, without its id.
pub fn custom_check() -> Value {
    json!({
        "title": "Backup is on", "severity": "high", "rule": {"fact": "custom.backup", "op": "eq", "value": true},
        "remediation": {"any": "Switch it on."},
    })
}
