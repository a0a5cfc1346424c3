//! Agent and appliance together, both as programs: a token lets this machine in, it reports, the appliance goes and comes back.

use std::path::PathBuf;

use recoger::http::{Method, Request};
use serde_json::{Value, json};

use crate::support::binary::{ADMIN_EMAIL, ADMIN_PASSWORD, Binary, code, recoger};
use crate::support::process::{Process, State};

/// Looking at a whole machine may take a while.
const AGENT_SECONDS_MAX: u64 = 60;

fn state(binary: &Binary) -> PathBuf {
    binary.data().with_file_name("agent")
}

fn agent(binary: &Binary, arguments: &[&str], input: &str) -> State {
    let mut command = recoger();
    command.arg("agent").args(arguments).arg("--state").arg(state(binary));
    Process::start_with_input(command, input).finished(AGENT_SECONDS_MAX).unwrap()
}

/// Makes a token and enrols this machine with it.
#[track_caller]
fn enroll(binary: &Binary, admin: &str) -> State {
    let made = binary.send(&Request::new(Method::POST, "/v1/enrollment-tokens").with_bearer(admin).with_json(&json!({})));
    assert_eq!(made.status, 201, "{}", made.text());
    let enrolled = agent(binary, &["enroll", "-"], made.json()["token"].as_str().unwrap());
    assert_eq!(code(&enrolled), Some(0), "{enrolled:?}");
    enrolled
}

fn devices(binary: &Binary, admin: &str) -> Vec<Value> {
    let listed = binary.send(&Request::new(Method::GET, "/v1/devices/tenant-devices").with_bearer(admin));
    listed.json().as_array().unwrap().clone()
}

fn kept(binary: &Binary) -> Value {
    serde_json::from_slice(&std::fs::read(state(binary).join("status.json")).unwrap()).unwrap()
}

/// Waits for a line of the agent's log, counted from its start.
#[track_caller]
fn wait_for_lines(agent: &Process, text: &str, count: usize) {
    let seen = |state: &State| (state.stderr.lines().filter(|line| line.contains(text)).count() >= count).then_some(());
    agent.wait_for(AGENT_SECONDS_MAX, seen).unwrap();
}

fn start_agent(binary: &Binary) -> Process {
    let mut command = recoger();
    command.args(["agent", "run", "--every", "1", "--state"]).arg(state(binary));
    Process::start(command)
}

#[test]
fn this_machine_is_let_in_reports_and_waits_while_the_appliance_is_away() {
    let binary = Binary::start();
    let admin = binary.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD).unwrap();
    let enrolled = enroll(&binary, &admin);
    assert!(enrolled.stdout.contains("by its public key"), "{enrolled:?}");
    let running = start_agent(&binary);
    wait_for_lines(&running, "sent reports=", 2);
    let listed = devices(&binary, &admin);
    assert_eq!(listed.len(), 1);
    assert_eq!(kept(&binary)["device_id"], listed[0]["id"]);
    // What the appliance's setting says, not what was typed.
    assert_eq!(kept(&binary)["report_interval_seconds"], 3600);

    let mut sent = 0;
    let outage = || {
        wait_for_lines(&running, "not sent", 3);
        sent = running.output().stderr.matches("sent reports=").count();
    };
    let binary = binary.restarted_here(outage).unwrap();
    wait_for_lines(&running, "sent reports=", sent + 1);
    running.stop();
    let admin = binary.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD).unwrap();
    let status = kept(&binary);
    assert_eq!((&status["dropped"], &status["problems"]), (&json!([]), &json!([])), "{status}");
    let sent_at_once = |line: &str| line.split("sent reports=").nth(1).map(|count| count.trim().parse::<usize>().unwrap());
    let counts: Vec<usize> = running.output().stderr.lines().filter_map(sent_at_once).collect();
    assert!(counts.iter().any(|count| *count > 1), "what had waited went in one go: {counts:?}");
    assert_eq!(devices(&binary, &admin)[0]["id"], status["device_id"], "the same device as before");

    let update = agent(&binary, &["update"], "");
    assert!(code(&update) == Some(0) && update.stdout.contains("nothing was changed"), "{update:?}");
}

#[test]
fn a_deleted_device_says_so_and_a_new_token_lets_it_in_again() {
    let binary = Binary::start();
    let admin = binary.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD).unwrap();
    enroll(&binary, &admin);
    let running = start_agent(&binary);
    wait_for_lines(&running, "sent reports=", 1);
    let first = kept(&binary)["device_id"].as_str().unwrap().to_owned();
    let deleted = binary.send(&Request::new(Method::DELETE, &format!("/v1/devices/{first}?reason=replaced")).with_bearer(&admin));
    assert_eq!(deleted.status, 204, "{}", deleted.text());
    wait_for_lines(&running, "not sent", 1);
    let asked = agent(&binary, &["status"], "");
    assert!(code(&asked) == Some(1) && asked.stderr.contains("does not accept this API key"), "{asked:?}");
    let sent = running.output().stderr.matches("sent reports=").count();
    enroll(&binary, &admin);
    wait_for_lines(&running, "sent reports=", sent + 1);
    let second = kept(&binary);
    assert_ne!(second["device_id"], first.as_str());
    assert_eq!(second["problems"], json!([]));
    running.stop();
}

#[test]
fn a_personal_device_sends_security_facts_alone() {
    let binary = Binary::start();
    let admin = binary.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD).unwrap();
    enroll(&binary, &admin);
    let id = kept(&binary)["device_id"].as_str().unwrap().to_owned();
    let path = format!("/v1/devices/{id}");
    let changed = binary.send(&Request::new(Method::PATCH, &path).with_bearer(&admin).with_json(&json!({"ownership": "personal"})));
    assert_eq!(changed.status, 200, "{}", changed.text());
    let running = start_agent(&binary);
    wait_for_lines(&running, "sent reports=", 2);
    running.stop();
    let status = kept(&binary);
    assert_eq!(status["personal"], true);
    // Once: from then on it knows.
    assert_eq!(status["dropped"].as_array().unwrap().len(), 1, "{status}");
    let device = &devices(&binary, &admin)[0];
    let sections: Vec<&Value> = device["device_data"].as_array().unwrap().iter().map(|section| &section["data_type"]).collect();
    assert_eq!(sections, ["security"]);
}
