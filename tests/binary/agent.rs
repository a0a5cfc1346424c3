//! The agent on this machine: what it shows is what it sends, and it sends to the appliance whose key it was given.
//!
//! Its state folder lies in the test's own folder, so that a machine without a readable serial gets one there.

use recoger::http::{Method, Request};
use serde_json::Value;

use crate::support::binary::{ADMIN_EMAIL, ADMIN_PASSWORD, Binary, code, recoger};
use crate::support::process::{Process, State};

/// Looking at a whole machine may take a while.
const AGENT_SECONDS_MAX: u64 = 60;

fn agent(arguments: &[&str], state: &std::path::Path, input: &str) -> State {
    let mut command = recoger();
    command.arg("agent").args(arguments).arg("--state").arg(state);
    Process::start_with_input(command, input).finished(AGENT_SECONDS_MAX).unwrap()
}

/// The pin that the server prints at its start.
fn pin(binary: &Binary) -> String {
    let said = |state: &State| {
        let line = state.stderr.lines().find_map(|line| line.trim().strip_prefix("Public key SHA-256:").map(str::to_owned))?;
        line.split_whitespace().next().map(str::to_owned)
    };
    binary.process.wait_for(AGENT_SECONDS_MAX, said).unwrap()
}

fn devices(binary: &Binary) -> Value {
    let token = binary.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD).unwrap();
    binary.send(&Request::new(Method::GET, "/v1/devices/tenant-devices").with_bearer(&token)).json()
}

#[test]
fn this_machines_report_ends_in_the_list_of_devices() {
    let binary = Binary::start();
    let state = binary.data().with_file_name("agent");
    let shown = agent(&["show"], &state, "");
    assert_eq!(code(&shown), Some(0), "{shown:?}");
    assert!(shown.stderr.contains("Never collected: keystrokes") && shown.stderr.contains("recoger privacy-fields"), "{shown:?}");
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(devices(&binary), serde_json::json!([]), "showing sends nothing");

    let key = binary.beside(&["api-key", "add", "--tenant", "default", "--role", "agent", "--name", "this machine"]);
    let (url, pin) = (format!("https://{}", binary.address), pin(&binary));
    let report = |arguments: &[&str]| {
        let mut all = vec!["report", "--server", &url, "--pin", &pin, "--api-key-stdin"];
        all.extend(arguments);
        agent(&all, &state, &key.stdout)
    };
    let sent = report(&[]);
    assert_eq!(code(&sent), Some(0), "{sent:?}");
    assert!(!sent.stdout.contains(key.stdout.trim()) && !sent.stderr.contains(key.stdout.trim()), "the key is never printed");
    let listed = devices(&binary);
    let [device] = &listed.as_array().unwrap()[..] else { panic!("{listed}") };
    for field in ["serial_number", "device_name", "os_type", "os_version", "agent_version"] {
        assert_eq!(device[field], shown[field], "{field}");
    }
    let section = |name: &str| device["device_data"].as_array().unwrap().iter().find(|section| section["data_type"] == name).unwrap();
    assert_eq!(section("security")["data"], shown["security"]);

    let again = report(&["--json"]);
    assert_eq!(code(&again), Some(0), "{again:?}");
    let answer: Value = serde_json::from_str(&again.stdout).unwrap();
    assert!(answer.to_string().contains("device.disk_encryption"), "{answer}");
    assert_eq!(devices(&binary).as_array().unwrap().len(), 1, "the same machine is the same device");
}

#[test]
fn a_server_with_another_key_gets_nothing() {
    let (binary, other) = (Binary::start(), Binary::start());
    let state = binary.data().with_file_name("agent");
    let key = binary.beside(&["api-key", "add", "--tenant", "default", "--role", "agent", "--name", "this machine"]).stdout;
    let url = format!("https://{}", binary.address);
    let wrong = agent(&["report", "--server", &url, "--pin", &pin(&other), "--api-key-stdin"], &state, &key);
    assert_eq!(code(&wrong), Some(1), "{wrong:?}");
    assert!(!wrong.stderr.contains("panicked") && !wrong.stderr.contains(key.trim()), "{wrong:?}");
    let refused = agent(&["report", "--server", &url, "--pin", &pin(&binary), "--api-key-stdin"], &state, "rk_live_wrong");
    assert_eq!(code(&refused), Some(1), "{refused:?}");
    let empty = agent(&["report", "--server", &url, "--pin", &pin(&binary), "--api-key-stdin"], &state, "");
    assert_eq!(code(&empty), Some(1), "{empty:?}");
    assert_eq!(devices(&binary), serde_json::json!([]));
}
