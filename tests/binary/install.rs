//! The line that people paste, with the real curl under two shells; the program that is served; the door for agents.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use recoger::http::{Method, Request};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::binary::{ADMIN_EMAIL, ADMIN_PASSWORD, Binary, FREE_PORT, serve_command};
use crate::support::wire;

/// Seconds until the door for agents is announced; it comes before the line that a start waits for.
const ANNOUNCED_SECONDS_MAX: u64 = 10;
/// The shells of Debian, and of Alpine and rescue systems.
const SHELLS: [&str; 2] = ["dash", "busybox sh"];
/// Stands for the agent: notes how it is called, and enrols.
const STUB: &str = "#!/bin/sh\necho \"$*\" >>\"$(dirname \"$0\")/calls\"\n\
    case \"$1 ${2:-}\" in\n  'version '*) echo 'recoger 9.9.9' ;;\n  'agent enroll') mkdir -p \"$5/private\" && : >\"$5/private/enrollment.json\" ;;\nesac\n";

fn platform() -> String {
    format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH)
}

/// A server whose program for this platform is `program`, with a door for agents.
fn start(program: &str) -> (Binary, SocketAddr) {
    let folder = tempfile::tempdir().unwrap();
    let agents = folder.path().join("agents");
    std::fs::create_dir(&agents).unwrap();
    for platform in [platform().as_str(), "macos-aarch64"] {
        std::fs::write(agents.join(format!("recoger-{platform}")), program).unwrap();
    }
    let mut command = serve_command(&folder.path().join("recoger.db"), FREE_PORT);
    command.args(["--agent-listen", FREE_PORT, "--agents"]).arg(agents);
    let binary = Binary::launch(folder, command).unwrap();
    let door = binary.process.wait_for_line(ANNOUNCED_SECONDS_MAX, "listening for agents on https://").unwrap();
    (binary, door.parse().unwrap())
}

fn token(binary: &Binary) -> Value {
    let access = binary.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD).unwrap();
    let request = Request::new(Method::POST, "/v1/enrollment-tokens").with_bearer(&access).with_json(&json!({}));
    let answer = binary.send(&request);
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

/// Runs `line` with a shell, everything below `root`.
fn shell(line: &str, root: &Path) -> Output {
    let mut command = Command::new("sh");
    command.args(["-c", line]).env("RECOGER_ROOT", root).env("CURL_HOME", root).env_remove("https_proxy").output().unwrap()
}

/// The script that the server serves, in a file.
fn script(binary: &Binary) -> (PathBuf, String) {
    let text = binary.curl("/install", &[]).text();
    let path = binary.data().with_file_name("install.sh");
    std::fs::write(&path, &text).unwrap();
    (path, text)
}

fn files_below(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() { found.extend(files_below(&entry)) } else { found.push(entry) }
    }
    found
}

#[track_caller]
fn check_untouched(root: &Path, why: &str) {
    let found = files_below(root);
    assert!(found.is_empty(), "{why}: {found:?}");
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn the_line_that_people_paste_installs_enrols_updates_and_goes_without_a_trace() {
    let (binary, door) = start(STUB);
    for name in SHELLS {
        let root = tempfile::tempdir().unwrap();
        let made = token(&binary);
        let line = made["install_command"].as_str().unwrap();
        assert!(line.contains(&format!("https://{door}/install")), "devices come through their own door: {line}");
        let output = shell(&line.replace("sudo sh", name), root.path());
        assert!(output.status.success(), "{name}: {}", said(&output));
        let program = root.path().join("usr/local/bin/recoger");
        assert_eq!(std::fs::read_to_string(&program).unwrap(), STUB);
        assert_eq!(std::fs::metadata(&program).unwrap().permissions().mode() & 0o777, 0o755);
        let unit = std::fs::read_to_string(root.path().join("etc/systemd/system/recoger-agent.service")).unwrap();
        assert_eq!(unit, include_str!("../../packaging/systemd/recoger-agent.service"));
        let state = root.path().join("var/lib/recoger-agent");
        let calls = std::fs::read_to_string(program.with_file_name("calls")).unwrap();
        assert_eq!(calls, format!("agent enroll {} --state {}\n", made["token"].as_str().unwrap(), state.display()));

        let line = |argument: &str| line.split(" -- ").next().unwrap().replace("sudo sh", name) + " -- " + argument;
        std::fs::write(&program, "an older program").unwrap();
        let output = shell(&line("--update"), root.path());
        assert!(output.status.success() && said(&output).contains("recoger 9.9.9"), "{name}: {}", said(&output));
        assert_eq!(std::fs::read_to_string(&program).unwrap(), STUB);
        std::fs::remove_file(program.with_file_name("calls")).unwrap();
        let output = shell(&line("--uninstall"), root.path());
        assert!(output.status.success(), "{name}: {}", said(&output));
        check_untouched(root.path(), name);
    }
}

#[test]
fn on_a_mac_the_program_lies_where_no_user_may_write_and_launchd_starts_it() {
    let (binary, _) = start(STUB);
    let made = token(&binary);
    for name in SHELLS {
        let (root, tools) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let uname = |system: &str, processor: &str| {
            let path = tools.path().join("uname");
            std::fs::write(&path, format!("#!/bin/sh\ncase $1 in -s) echo {system} ;; -m) echo {processor} ;; esac\n")).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        };
        uname("Darwin", "arm64");
        let line = made["install_command"].as_str().unwrap().replace("sudo sh", name);
        let line = format!("PATH='{}':\"$PATH\"; export PATH; {line}", tools.path().display());
        let output = shell(&line, root.path());
        assert!(output.status.success(), "{name}: {}", said(&output));
        let program = root.path().join("Library/Recoger/recoger");
        assert_eq!(std::fs::read_to_string(&program).unwrap(), STUB);
        let job = std::fs::read_to_string(root.path().join("Library/LaunchDaemons/recoger.agent.plist")).unwrap();
        for word in ["/Library/Recoger/recoger", "agent", "run", "--state", "/var/lib/recoger-agent"] {
            assert!(job.contains(&format!("<string>{word}</string>")), "{job}");
        }
        std::fs::remove_file(program.with_file_name("calls")).unwrap();
        let with = |argument: &str| line.split(" -- ").next().unwrap().to_owned() + " -- " + argument;
        let output = shell(&with("--uninstall"), root.path());
        assert!(output.status.success(), "{name}: {}", said(&output));
        check_untouched(root.path(), name);
        assert!(!root.path().join("Library/Recoger").exists());
        uname("Darwin", "x86_64");
        let output = shell(&line, root.path());
        assert!(said(&output).contains("/install/collect/macos.sh"), "{}", said(&output));
    }
}

#[test]
fn a_script_that_is_cut_off_or_finds_another_program_changes_nothing() {
    let (binary, _) = start(STUB);
    let (path, text) = script(&binary);
    let token = token(&binary)["token"].as_str().unwrap().to_owned();
    let digest = Sha256::digest(STUB.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert!(text.contains(&digest));
    let line_ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    for name in SHELLS {
        let root = tempfile::tempdir().unwrap();
        let tried = |text: &str, argument: &str| {
            std::fs::write(&path, text).unwrap();
            let output = shell(&format!("{name} {} {argument}", path.display()), root.path());
            check_untouched(root.path(), &format!("{name} {argument}: {}", said(&output)));
            (output.status.code(), said(&output))
        };
        for end in line_ends.iter().rev().skip(1).step_by(9) {
            tried(&text[..*end], &token);
        }
        let (code, said) = tried(&text.replace(&digest, &"0".repeat(64)), &token);
        assert!(code == Some(1) && said.contains("not the one that the appliance named"), "{said}");
        let (code, said) = tried(&text.replace(&platform(), "other-platform"), &token);
        assert!(code == Some(1) && said.contains("has no program for"), "{said}");
        let (code, said) = tried(&text, "rk_live_x");
        assert!(code == Some(1) && said.contains("no enrollment token"), "{said}");
        let (code, said) = tried(&text, "--update");
        assert!(code == Some(1) && said.contains("not enrolled"), "{said}");
        assert_eq!(tried(&text, "").0, Some(2));
        assert_eq!(tried(&text, "--help").0, Some(0));
    }
}

#[test]
fn a_program_that_does_not_run_here_is_not_installed() {
    let (binary, _) = start("#!/bin/sh\nexit 127\n");
    let root = tempfile::tempdir().unwrap();
    let (path, _) = script(&binary);
    let output = shell(&format!("dash {} {}", path.display(), token(&binary)["token"].as_str().unwrap()), root.path());
    assert!(!output.status.success() && said(&output).contains("does not run on this system"), "{}", said(&output));
    check_untouched(root.path(), "");
}

#[test]
fn curl_gives_the_script_to_the_shell_only_from_the_key_of_the_token() {
    let ((binary, _), other) = (start(STUB), Binary::start());
    let root = tempfile::tempdir().unwrap();
    let line = token(&binary)["install_command"].as_str().unwrap().replace("sudo sh", "dash");
    let address = line.split("https://").nth(1).unwrap().split('/').next().unwrap().to_owned();
    shell(&line.replace(&address, &other.address.to_string()), root.path());
    check_untouched(root.path(), "");
}

#[test]
fn the_server_serves_the_very_program_that_runs() {
    let binary = Binary::start();
    let bytes = std::fs::read(env!("CARGO_BIN_EXE_recoger")).unwrap();
    let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let target = format!("/install/agent/{}", platform());
    let head = binary.curl(&target, &["--head"]);
    assert_eq!((head.status, head.header("x-checksum-sha256")), (200, Some(digest.as_str())));
    let fetched = binary.data().with_file_name("fetched");
    let pieces = ["--range", "1000-", "--output"];
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--fail", "--insecure"]).args(pieces).arg(&fetched);
    assert!(command.arg(format!("https://{}{target}", binary.address)).status().unwrap().success());
    assert!(std::fs::read(&fetched).unwrap() == bytes[1000..], "what comes is what was announced");
    assert!(binary.curl("/install", &[]).text().contains(&format!("{} {digest}", platform())));
}

#[test]
fn the_scripts_for_devices_without_the_program_name_the_certificates_own_key() {
    let (binary, door) = start(STUB);
    let pem = binary.data().with_file_name("served.pem");
    std::fs::write(&pem, binary.curl("/certificate.pem", &[]).text()).unwrap();
    let digest = |form: &str| {
        let line =
            format!("openssl x509 -in '{}' -noout -pubkey | openssl pkey -pubin -outform der | openssl dgst -sha256 {form}", pem.display());
        String::from_utf8(shell(&line, binary.data().parent().unwrap()).stdout).unwrap().trim().to_owned()
    };
    let (base64, hexadecimal) = (digest("-binary | openssl base64 -A"), digest("-r | cut -d ' ' -f 1"));
    assert_eq!((base64.len(), hexadecimal.len()), (44, 64));
    let port = door.port();
    for (path, pin, media_type) in [
        ("/install/collect/macos.sh", format!("\nPIN='{base64}'\n"), "text/x-shellscript; charset=utf-8"),
        ("/install/collect/windows.ps1", format!("\n$Pin = '{hexadecimal}'\n"), "text/plain; charset=utf-8"),
    ] {
        let served = wire::send(door, &Request::new(Method::GET, path));
        assert_eq!((served.status, served.header("content-type")), (200, Some(media_type)), "{path}");
        let text = served.text();
        assert!(text.contains(&pin), "{path}");
        assert!(text.contains(&format!(":{port}'\n")), "devices come through their own door");
    }
}

#[test]
fn the_door_for_agents_opens_to_what_agents_need_and_to_nothing_else() {
    let (binary, door) = start(STUB);
    let made = token(&binary);
    let body = json!({"token": made["token"], "serial_number": "DOOR-1", "device_name": "Laptop", "os_type": "linux"});
    let enrolled = wire::send(door, &Request::new(Method::POST, "/v1/devices/enroll").with_json(&body));
    assert_eq!(enrolled.status, 201, "{}", enrolled.text());
    let key = enrolled.json()["api_key"].as_str().unwrap().to_owned();
    let report = json!({"serial_number": "DOOR-1", "device_name": "Laptop", "os_type": "linux"});
    let report = Request::new(Method::POST, "/v1/devices/report").with_bearer(&key).with_json(&report);
    assert_eq!(wire::send(door, &report).status, 200);
    let program = format!("/install/agent/{}", platform());
    for target in ["/install", &program, "/install/collect/macos.sh", "/install/collect/windows.ps1", "/healthz"] {
        assert_eq!(wire::send(door, &Request::new(Method::GET, target)).status, 200, "{target}");
    }
    let access = binary.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD).unwrap();
    for route in recoger::api::routes() {
        if matches!(route.path, "/v1/devices/enroll" | "/v1/devices/report" | "/healthz") || route.path.starts_with("/install") {
            continue;
        }
        let target = route.path.replace(['{', '}'], "");
        let request = Request::new(Method::from_bytes(route.method.as_bytes()).unwrap(), &target).with_bearer(&access);
        let answer = wire::send(door, &request);
        assert_eq!((answer.status, answer.text().as_str()), (404, "{\"detail\":\"Path not found\"}"), "{} {target}", route.method);
    }
    assert_eq!(wire::send(door, &Request::new(Method::GET, "/v1/devices/report").with_bearer(&access)).status, 404);
    assert_eq!(binary.send(&Request::new(Method::GET, "/v1/devices").with_bearer(&access)).status, 200, "people have theirs");
    assert_eq!(binary.process.stop().code(), Some(0), "both doors close");
}
