//! Backup and restore beside a running server that is being written to.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::json;

use crate::support::binary::{ADMIN_EMAIL, ADMIN_PASSWORD, Binary, FREE_PORT, code, run, serve_command};
use crate::support::bodies::full_report;
use crate::support::request::{get, post};

/// Backups that are made while reports come in.
const BACKUPS: usize = 3;

/// How many devices the appliance says that it has.
fn devices(binary: &Binary) -> usize {
    let token = binary.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD).unwrap();
    let answer = binary.send(&get("/v1/devices?limit=1").with_bearer(&token));
    answer.header("x-total-count").unwrap().parse().unwrap()
}

#[test]
fn each_backup_under_load_is_whole_and_one_state_of_what_was_acknowledged() {
    let binary = Binary::start();
    let folder = binary.data().parent().unwrap().to_owned();
    let key = binary.beside(&["api-key", "add", "--tenant", "default", "--role", "admin", "--name", "load"]);
    let (key, over, acknowledged) = (key.stdout.trim(), AtomicBool::new(false), AtomicUsize::new(0));
    let report = |writer: usize, number: usize| {
        let answer = binary.send(&post("/v1/devices/report", &full_report(&format!("SERIAL-{writer}-{number}"))).with_bearer(key));
        assert_eq!(answer.status, 201, "{}", answer.text());
        acknowledged.fetch_add(1, Ordering::SeqCst);
    };
    report(9, 0);
    let (between, files) = std::thread::scope(|threads| {
        for writer in 0..2 {
            let (over, report) = (&over, &report);
            threads.spawn(move || (0..).take_while(|_| !over.load(Ordering::SeqCst)).for_each(|number| report(writer, number)));
        }
        let mut between = Vec::new();
        for number in 0..BACKUPS {
            let file = folder.join(format!("{number}.backup"));
            let before = acknowledged.load(Ordering::SeqCst);
            let made = binary.beside(&["backup", file.to_str().unwrap(), "--json"]);
            between.push((before, made, acknowledged.load(Ordering::SeqCst) + 2, file));
        }
        over.store(true, Ordering::SeqCst);
        (between, BACKUPS)
    });
    assert_eq!(between.len(), files);
    for (least, made, most, file) in between {
        assert_eq!(code(&made), Some(0), "{made:?}");
        let checked = run(&["check"], &file, "");
        assert_eq!(code(&checked), Some(0), "{checked:?}");
        let data = file.with_extension("db");
        let restored = run(&["restore", file.to_str().unwrap()], &data, "");
        assert_eq!(code(&restored), Some(0), "{restored:?}");
        let connection = rusqlite::Connection::open(&data).unwrap();
        let held: i64 = connection.query_row("SELECT count(*) FROM device", [], |row| row.get(0)).unwrap();
        let held = usize::try_from(held).unwrap();
        assert!((least..=most).contains(&held), "{least} {held} {most}");
    }
    let again = binary.beside(&["backup", folder.join("0.backup").to_str().unwrap()]);
    assert!(code(&again) == Some(1) && again.stderr.contains("exists already"), "{again:?}");
    let verified = binary.beside(&["check"]);
    assert_eq!(code(&verified), Some(0), "{verified:?}");
}

#[test]
fn a_restore_waits_for_the_server_to_end_and_erases_again_whom_the_backup_still_knew() {
    let binary = Binary::start();
    let data = binary.data();
    let file = data.with_file_name("day.backup");
    let file = file.to_str().unwrap();
    let token = binary.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD).unwrap();
    let person = binary.send(&post("/v1/people", &json!({"name": "Ada Lovelace", "email": "ada@example.org"})).with_bearer(&token)).json();
    assert_eq!(code(&binary.beside(&["backup", file])), Some(0));
    let erase = format!("/v1/people/{}/erase", person["id"].as_str().unwrap());
    assert_eq!(binary.send(&post(&erase, &json!({})).with_bearer(&token)).status, 200);
    assert_eq!(binary.send(&post("/v1/devices/report", &full_report("AFTERWARDS")).with_bearer(&token)).status, 201);
    assert_eq!(devices(&binary), 1);
    for (arguments, words) in [(&["restore", file][..], "--force"), (&["restore", file, "--force"], "in use")] {
        let refused = binary.beside(arguments);
        assert!(code(&refused) == Some(1) && refused.stderr.contains(words), "{refused:?}");
    }
    assert_eq!(devices(&binary), 1, "and it goes on serving");
    let binary = binary
        .restarted_here(|| {
            let restored = run(&["restore", file, "--force", "--json"], &data, "");
            assert_eq!(code(&restored), Some(0), "{restored:?}");
            let told: serde_json::Value = serde_json::from_str(&restored.stdout).unwrap();
            assert_eq!((&told["erased_again"], &told["erasures_known"]), (&json!(1), &json!(true)));
            assert!(std::path::Path::new(told["kept"].as_str().unwrap()).exists());
        })
        .unwrap();
    assert_eq!(devices(&binary), 0, "the state of the backup");
    assert_eq!(binary.send(&get("/v1/users/me").with_bearer(&token)).status, 401, "sessions of then have ended");
    let token = binary.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD).unwrap();
    let people = binary.send(&get("/v1/people").with_bearer(&token));
    assert!(people.status == 200 && !people.text().contains("ada@example.org"), "{}", people.text());
    let checked = binary.beside(&["check"]);
    assert_eq!(code(&checked), Some(0), "{checked:?}");
}

#[test]
fn a_restored_appliance_can_be_served_elsewhere() {
    let binary = Binary::start();
    let file = binary.data().with_file_name("day.backup");
    assert_eq!(code(&binary.beside(&["backup", file.to_str().unwrap()])), Some(0));
    let elsewhere = tempfile::tempdir().unwrap();
    let data = elsewhere.path().join("recoger.db");
    let restored = run(&["restore", file.to_str().unwrap()], &data, "");
    assert_eq!(code(&restored), Some(0), "{restored:?}");
    let mut command = serve_command(&data, FREE_PORT);
    command.env_remove("RECOGER_ADMIN_PASSWORD");
    let other = Binary::launch(elsewhere, command).unwrap();
    assert!(other.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD).is_ok());
}
