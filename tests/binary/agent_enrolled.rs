//! The enrolled agent against a server that comes and goes: enrolment, the running agent and its spool, update, the end.

use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use recoger::domain::enrollment::EnrollmentToken;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::binary::{code, recoger};
use crate::support::process::{Process, State};
use crate::support::stand_in::StandIn;

/// Looking at a whole machine may take a while.
const AGENT_SECONDS_MAX: u64 = 60;
const SECRET: &str = "rs_the_secret_of_the_token";
const API_KEY: &str = "rk_live_the_key_of_the_device";

/// What the server was sent, and how it behaves.
#[derive(Default)]
struct Server {
    is_away: bool,
    requests: Vec<String>,
    reports: Vec<Value>,
    refusals: usize,
    program: Vec<u8>,
    checksum: Option<String>,
}

/// A device with its folder and its server.
struct Scene {
    folder: tempfile::TempDir,
    server: StandIn,
    shared: Arc<(Mutex<Server>, Condvar)>,
}

impl Scene {
    fn new() -> Scene {
        let shared = Arc::new((Mutex::new(Server::default()), Condvar::new()));
        let answering = shared.clone();
        let server = StandIn::answering(move |request| {
            let (server, changed) = &*answering;
            let answer = answer(&mut server.lock().unwrap(), request);
            changed.notify_all();
            answer
        });
        Scene { folder: tempfile::tempdir().unwrap(), server, shared }
    }

    fn state(&self) -> PathBuf {
        self.folder.path().join("agent")
    }

    fn token(&self, pin: &str) -> String {
        let (server, secret) = (format!("https://{}", self.server.address), SECRET.to_owned());
        EnrollmentToken { server, pin: Some(pin.to_owned()), secret }.expose()
    }

    fn agent(&self, arguments: &[&str], input: &str) -> State {
        agent(Path::new(env!("CARGO_BIN_EXE_recoger")), arguments, &self.state(), input)
    }

    /// Enrols, or shows why that did not work.
    #[track_caller]
    fn enroll(&self) -> State {
        let done = self.agent(&["enroll", "-"], &self.token(&self.server.key_sha256));
        assert_eq!(code(&done), Some(0), "{done:?}");
        done
    }

    fn change(&self, change: impl FnOnce(&mut Server)) {
        change(&mut self.shared.0.lock().unwrap());
    }

    /// Waits until the server has seen enough.
    #[track_caller]
    fn wait_for<T>(&self, wanted: impl Fn(&Server) -> Option<T>) -> T {
        let deadline = Instant::now() + Duration::from_secs(AGENT_SECONDS_MAX);
        let mut server = self.shared.0.lock().unwrap();
        loop {
            if let Some(found) = wanted(&server) {
                return found;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "the server waited in vain; it saw {:?}", server.requests);
            server = self.shared.1.wait_timeout(server, left).unwrap().0;
        }
    }

    fn start_agent(&self) -> Process {
        let mut command = recoger();
        command.args(["agent", "run", "--every", "1", "--state"]).arg(self.state());
        Process::start(command)
    }

    fn status(&self) -> Value {
        serde_json::from_slice(&std::fs::read(self.state().join("status.json")).unwrap()).unwrap()
    }
}

fn agent(program: &Path, arguments: &[&str], state: &Path, input: &str) -> State {
    let mut command = std::process::Command::new(program);
    command.env_clear().arg("agent").args(arguments).arg("--state").arg(state);
    Process::start_with_input(command, input).finished(AGENT_SECONDS_MAX).unwrap()
}

/// What an appliance would answer.
fn answer(server: &mut Server, request: &[u8]) -> Option<Vec<u8>> {
    let end = request.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    let head = String::from_utf8_lossy(&request[..end]).into_owned();
    let line = head.lines().next().unwrap().to_owned();
    server.requests.push(line.clone());
    if server.is_away {
        server.refusals += 1;
        return None;
    }
    let answer = |status: &str, body: &Value| {
        let body = body.to_string();
        Some(format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes())
    };
    match line.split(' ').nth(1).unwrap() {
        "/v1/devices/enroll" => {
            let body: Value = serde_json::from_slice(&request[end..]).unwrap();
            assert!(body["token"].as_str().unwrap().starts_with("ret1_") && body["os_type"] == "linux", "{body}");
            answer("201 Created", &json!({"device_id": "dev_1", "api_key": API_KEY, "report_interval_seconds": 3600}))
        }
        "/v1/devices/report" => {
            assert!(head.contains(&format!("authorization: Bearer {API_KEY}\r\n")) && head.contains("content-encoding: gzip"), "{head}");
            let mut json = String::new();
            flate2::read::GzDecoder::new(&request[end..]).read_to_string(&mut json).unwrap();
            server.reports.push(serde_json::from_str(&json).unwrap());
            let check = json!({"check_id": "device.tpm_present", "title": "TPM is there", "status": "pass", "severity": "low"});
            answer("200 OK", &json!({"id": "dev_1", "device_name": "x", "compliance_status": "compliant", "checks": [check]}))
        }
        path if path == format!("/install/agent/{}-{}", std::env::consts::OS, std::env::consts::ARCH) => {
            let checksum = server.checksum.as_ref().map_or_else(String::new, |checksum| format!("X-Checksum-Sha256: {checksum}\r\n"));
            let head = format!("HTTP/1.1 200 OK\r\n{checksum}content-length: {}\r\n\r\n", server.program.len());
            Some([head.as_bytes(), &server.program].concat())
        }
        _ => answer("404 Not Found", &json!({"detail": "Not found"})),
    }
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn enrolment_keeps_the_key_where_only_the_owner_reads_it_and_says_what_is_collected() {
    let scene = Scene::new();
    let token = scene.token(&scene.server.key_sha256);
    let done = scene.enroll();
    for secret in [SECRET, API_KEY, &token] {
        assert!(!done.stdout.contains(secret) && !done.stderr.contains(secret), "{done:?}");
    }
    assert!(done.stderr.contains("Never collected: keystrokes") && done.stdout.contains("dev_1"), "{done:?}");
    let mode = |path: &str| std::fs::metadata(scene.state().join(path)).unwrap().permissions().mode() & 0o777;
    let modes = ["private", "private/enrollment.json", "status.json"].map(mode);
    assert_eq!(modes, [0o700, 0o600, 0o644]);
    assert!(std::fs::read_to_string(scene.state().join("private/enrollment.json")).unwrap().contains(API_KEY));
    assert!(!scene.status().to_string().contains(API_KEY));
    let again = scene.enroll();
    assert_eq!(code(&again), Some(0), "{again:?}");
}

#[test]
fn a_token_for_another_key_sends_nothing_to_this_server() {
    let scene = Scene::new();
    let refused = scene.agent(&["enroll", &scene.token(&"0a".repeat(32))], "");
    assert_eq!(code(&refused), Some(1), "{refused:?}");
    assert!(refused.stderr.contains("not the one that was pinned, so nothing was sent"), "{refused:?}");
    scene.change(|server| assert_eq!(server.requests, Vec::<String>::new()));
    let broken = scene.agent(&["enroll", "-"], "ret1_broken");
    assert!(code(&broken) == Some(1) && broken.stderr.contains("This is no enrollment token"), "{broken:?}");
    let none = scene.agent(&["run"], "");
    assert!(code(&none) == Some(1) && none.stderr.contains("not enrolled"), "{none:?}");
}

#[test]
fn without_a_pin_the_systems_authorities_decide() {
    let (scene, other) = (Scene::new(), Scene::new());
    let (server, secret) = (format!("https://{}", scene.server.address), SECRET.to_owned());
    let token = EnrollmentToken { server, pin: None, secret }.expose();
    let authorities = scene.folder.path().join("authorities.pem");
    let enroll = || {
        let mut command = recoger();
        command.env("SSL_CERT_FILE", &authorities).args(["agent", "enroll", "-", "--state"]).arg(scene.state());
        Process::start_with_input(command, &token).finished(AGENT_SECONDS_MAX).unwrap()
    };
    std::fs::write(&authorities, &other.server.certificate_pem).unwrap();
    let refused = enroll();
    assert!(code(&refused) == Some(1) && refused.stderr.contains("not trusted on this device, so nothing was sent"), "{refused:?}");
    scene.change(|server| assert_eq!(server.requests, Vec::<String>::new()));
    std::fs::write(&authorities, "").unwrap();
    let nobody = enroll();
    assert!(code(&nobody) == Some(1) && nobody.stderr.contains("no list of trusted authorities"), "{nobody:?}");
    std::fs::write(&authorities, &scene.server.certificate_pem).unwrap();
    let enrolled = enroll();
    assert!(code(&enrolled) == Some(0) && enrolled.stdout.contains("by the authorities of this system"), "{enrolled:?}");
}

#[test]
fn what_could_not_be_sent_is_kept_through_a_restart_and_comes_in_order() {
    let scene = Scene::new();
    scene.enroll();
    let first = scene.start_agent();
    scene.wait_for(|server| (server.reports.len() >= 2).then_some(()));
    let second = scene.agent(&["run"], "");
    assert!(code(&second) == Some(1) && second.stderr.contains("already runs"), "{second:?}");
    scene.change(|server| server.is_away = true);
    scene.wait_for(|server| (server.refusals >= 4).then_some(()));
    let asked = Instant::now();
    assert_eq!(first.stop_within(5).signal(), Some(15));
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    let spooled = scene.status()["spooled"].as_u64().unwrap();
    assert!(spooled >= 1, "{}", scene.status());
    let sent = scene.wait_for(|server| Some(server.reports.len()));

    let third = scene.start_agent();
    scene.wait_for(|server| (server.refusals >= 8).then_some(()));
    scene.change(|server| server.is_away = false);
    let wanted = sent + spooled as usize + 2;
    let times = scene.wait_for(|server| {
        let times = server.reports.iter().map(|report| report["collected_at"].as_str().unwrap().to_owned());
        (server.reports.len() >= wanted).then(|| times.collect::<Vec<_>>())
    });
    assert!(times.is_sorted(), "{times:?}");
    assert_eq!(third.stop_within(5).signal(), Some(15));
    assert!(times.iter().collect::<std::collections::BTreeSet<_>>().len() >= wanted - 2, "{times:?}");
}

#[test]
fn under_cron_a_report_that_could_not_be_sent_comes_with_the_next_run() {
    let scene = Scene::new();
    scene.enroll();
    scene.change(|server| server.is_away = true);
    let away = scene.agent(&["report"], "");
    assert!(code(&away) == Some(1) && scene.status()["spooled"] == 1, "{away:?}");
    scene.change(|server| server.is_away = false);
    let next = scene.agent(&["report"], "");
    assert!(code(&next) == Some(0) && next.stdout.contains("TPM is there"), "{next:?}");
    scene.change(|server| {
        let times: Vec<&str> = server.reports.iter().map(|report| report["collected_at"].as_str().unwrap()).collect();
        assert!(times.len() == 2 && times.is_sorted(), "{times:?}");
    });
    assert_eq!(scene.status()["spooled"], 0);
}

#[test]
fn the_person_asks_rechecks_and_takes_the_agent_away() {
    let scene = Scene::new();
    let none = scene.agent(&["status"], "");
    assert!(code(&none) == Some(1) && none.stderr.contains("agent enroll"), "{none:?}");
    scene.enroll();
    let unsent = scene.agent(&["status", "--json"], "");
    assert_eq!(code(&unsent), Some(1), "{unsent:?}");
    let shown: Value = serde_json::from_str(&unsent.stdout).unwrap();
    assert_eq!((&shown["healthy"], &shown["findings"]), (&json!(false), &json!(["Nothing has been sent yet"])));
    for command in [&["recheck"][..], &["report"]] {
        let checked = scene.agent(command, "");
        assert!(code(&checked) == Some(0) && checked.stdout.contains("TPM is there"), "{checked:?}");
    }
    let well = scene.agent(&["status"], "");
    assert!(code(&well) == Some(0) && well.stdout.contains("TPM is there") && well.stdout.contains(" ago"), "{well:?}");
    scene.change(|server| assert_eq!(server.reports.len(), 2));
    let removed = scene.agent(&["uninstall"], "");
    assert!(code(&removed) == Some(0) && removed.stdout.contains("private"), "{removed:?}");
    assert!(!scene.state().exists());
}

#[test]
fn a_new_program_is_taken_only_whole_running_and_not_older() {
    let scene = Scene::new();
    scene.enroll();
    let own = scene.folder.path().join("recoger");
    std::fs::copy(env!("CARGO_BIN_EXE_recoger"), &own).unwrap();
    let before = sha256(&std::fs::read(&own).unwrap());
    let says = |version: &str| format!("#!/bin/sh\necho recoger {version}\n").into_bytes();
    let serve = |program: &[u8], checksum: Option<String>| {
        scene.change(|server| (server.program, server.checksum) = (program.to_vec(), checksum));
    };
    let update = |arguments: &[&str]| agent(&own, &[&["update"], arguments].concat(), &scene.state(), "");
    let (newer, older) = (says("99.0.0"), says("0.0.1"));
    for (title, program, checksum, said) in [
        ("no checksum", &newer, None, "names no checksum"),
        ("another checksum", &newer, Some("0a".repeat(32)), "other bytes"),
        ("no program", &b"text".to_vec(), Some(sha256(b"text")), "does not run"),
        ("older", &older, Some(sha256(&older)), "which is older than"),
    ] {
        serve(program, checksum);
        let refused = update(&[]);
        assert!(code(&refused) == Some(1) && refused.stderr.contains(said), "{title}: {refused:?}");
        assert_eq!(sha256(&std::fs::read(&own).unwrap()), before, "{title}");
    }
    serve(&newer, Some(before.clone()));
    let same = update(&[]);
    assert!(code(&same) == Some(0) && same.stdout.contains("nothing was changed"), "{same:?}");
    assert_eq!(std::fs::read_dir(scene.folder.path()).unwrap().count(), 2, "only the program and the state");
    serve(&newer, Some(sha256(&newer)));
    let done = update(&[]);
    assert!(code(&done) == Some(0) && done.stdout.contains("99.0.0"), "{done:?}");
    assert_eq!(std::fs::read(&own).unwrap(), newer);
    assert_eq!(std::fs::metadata(&own).unwrap().permissions().mode() & 0o111, 0o111);
}
