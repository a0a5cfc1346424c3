//! Reports from the command line, verified offline; those that wait are made by the server, after a restart too.

use rusqlite::Connection;
use serde_json::Value;

use crate::support::binary::{ADMIN_EMAIL, ADMIN_PASSWORD, Binary, code, run};
use crate::support::request::get;

/// How long the server may take to make a small report that waits, seconds.
const MADE_SECONDS_MAX: u64 = 60;

fn fetched(binary: &Binary, target: &str) -> Vec<u8> {
    let token = binary.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD).unwrap();
    let answer = binary.send(&get(target).with_bearer(&token));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.body
}

#[test]
fn a_report_is_made_beside_the_server_and_verified_without_it() {
    let binary = Binary::start();
    let place = |name: &str| binary.data().with_file_name(name).to_str().unwrap().to_owned();
    let (file, signature, key) = (place("report.pdf"), place("report.sig.json"), place("key.pem"));
    let made = binary.beside(&[
        "report",
        "make",
        "--tenant",
        "default",
        "--framework",
        "iso27001",
        "--format",
        "pdf",
        "-o",
        &file,
        "--signature",
        &signature,
        "--json",
    ]);
    assert_eq!(code(&made), Some(0), "{made:?}");
    let shown: Value = serde_json::from_str(&made.stdout).unwrap();
    assert_eq!((&shown["status"], &shown["triggered_by"]), (&Value::from("completed"), &Value::from("command_line")));
    assert_eq!(
        std::fs::read(&file).unwrap(),
        fetched(&binary, shown["download_url"].as_str().unwrap()),
        "the same file as from the server"
    );
    std::fs::write(&key, fetched(&binary, "/.well-known/recoger-signing-key.pem")).unwrap();
    binary.process.stop();

    let nowhere = binary.data().with_file_name("nowhere.db");
    let verify = |file: &str, signature: &str| run(&["report", "verify", file, signature, "--public-key", &key], &nowhere, "");
    let whole = verify(&file, &signature);
    assert_eq!(code(&whole), Some(0), "{whole:?}");
    assert!(whole.stdout.contains(shown["id"].as_str().unwrap()) && !nowhere.exists());

    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let tampered = place("tampered.pdf");
    std::fs::write(&tampered, bytes).unwrap();
    let text = std::fs::read_to_string(&signature).unwrap();
    let forged = place("forged.json");
    std::fs::write(&forged, text.replacen("\"size_bytes\": ", "\"size_bytes\": 1", 1)).unwrap();
    for (file, signature, words) in [(&tampered, &signature, "not the one that was signed"), (&file, &forged, "not this key's")] {
        let state = verify(file, signature);
        assert_eq!(code(&state), Some(1), "{state:?}");
        assert!(state.stderr.contains(words), "{words}: {}", state.stderr);
    }
}

#[test]
fn a_report_can_be_made_without_a_server_and_wrong_orders_say_why() {
    let binary = Binary::start();
    binary.process.stop();
    let file = binary.data().with_file_name("report.zip");
    let make = |framework: &str, more: &[&str]| {
        let all = ["report", "make", "--tenant", "default", "--format", "csv", "-o", file.to_str().unwrap(), "--framework", framework];
        run(&[&all, more].concat(), &binary.data(), "")
    };
    for (framework, more, words) in [
        ("nothing", &[][..], "no framework `nothing`"),
        ("cis-v8.1-ig1", &[], "switched off"),
        ("iso27001", &["--start", "2999-01-01"], "date_range.start"),
    ] {
        let state = make(framework, more);
        assert_eq!(code(&state), Some(1), "{state:?}");
        assert!(state.stderr.contains(words), "{words}: {}", state.stderr);
    }
    assert!(!file.exists());
    let made = make("iso27001", &[]);
    assert_eq!(code(&made), Some(0), "{made:?}");
    assert!(std::fs::read(&file).unwrap().starts_with(b"PK"));
}

#[test]
fn what_was_being_made_when_the_program_stopped_is_made_after_the_next_start() {
    let binary = Binary::start();
    let file = binary.data().with_file_name("report.json");
    let made = binary.beside(&[
        "report",
        "make",
        "--tenant",
        "default",
        "--framework",
        "soc2",
        "--format",
        "json",
        "-o",
        file.to_str().unwrap(),
        "--json",
    ]);
    assert_eq!(code(&made), Some(0), "{made:?}");
    let binary = binary
        .restarted_here(|| {
            let connection = Connection::open(file.with_file_name("recoger.db")).unwrap();
            let sql = "UPDATE report SET status = 'running', progress = 10, size_bytes = NULL, sha256 = NULL, finished_at = NULL";
            assert_eq!(connection.execute(sql, []).unwrap(), 1);
        })
        .unwrap();
    let id: Value = serde_json::from_str(&made.stdout).unwrap();
    let status = || {
        let connection = Connection::open(binary.data()).unwrap();
        connection.query_row("SELECT status FROM report", [], |row| row.get::<_, String>(0)).unwrap()
    };
    let completed = binary.process.wait_for(MADE_SECONDS_MAX, |_| (status() == "completed").then_some(()));
    completed.unwrap_or_else(|told| panic!("{}: {told}", status()));
    let report: Value = serde_json::from_slice(&fetched(&binary, id["download_url"].as_str().unwrap())).unwrap();
    assert_eq!(report["generated"]["report_id"], id["id"]);
}

#[test]
fn a_framework_of_ones_own_is_added_by_the_operator_and_a_wrong_one_named_by_line() {
    let binary = Binary::start();
    let file = binary.data().with_file_name("house.toml");
    let add = |text: &str| {
        std::fs::write(&file, text).unwrap();
        binary.beside(&["framework", "add", file.to_str().unwrap(), "--tenant", "default"])
    };
    let text = crate::api::reports::framework_text("house-rules");
    let wrong = add(&text.replace("device.disk_encryption", "device.nothing"));
    assert_eq!(code(&wrong), Some(1), "{wrong:?}");
    assert!(wrong.stderr.contains("house.toml:14: control[0].checks[0]"), "{}", wrong.stderr);
    let added = add(&text);
    assert_eq!(code(&added), Some(0), "{added:?}");
    let list = binary.beside(&["framework", "list", "--tenant", "default", "--json"]);
    let list: Value = serde_json::from_str(&list.stdout).unwrap();
    assert!(list.as_array().unwrap().iter().any(|framework| framework["id"] == "house-rules" && framework["own"] == true), "{list}");
}
