//! An exported log and a checkpoint, checked by the program without the appliance.

use recoger::domain::time::Time;
use recoger::store::{Store, retention};
use serde_json::{Value, json};

use crate::support::binary::{ADMIN_EMAIL, ADMIN_PASSWORD, Binary, code, run};
use crate::support::request::{get, patch};

#[test]
fn an_export_is_checked_offline_against_a_checkpoint() {
    let binary = Binary::start();
    let token = binary.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD).unwrap();
    let fetch = |target: &str, name: &str| {
        let answer = binary.send(&get(target).with_bearer(&token));
        assert_eq!(answer.status, 200, "{}", answer.text());
        let file = binary.data().with_file_name(name);
        std::fs::write(&file, answer.text()).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let checkpoint = fetch("/v1/audit-logs/checkpoint", "checkpoint.json");
    let key = fetch("/.well-known/recoger-signing-key.pem", "key.pem");
    let csv = fetch("/v1/audit-logs?format=csv", "log.csv");
    let here = binary.beside(&["audit", "verify", "--checkpoint", &checkpoint, "--public-key", &key]);
    assert_eq!(code(&here), Some(0), "{here:?}");
    binary.process.stop();

    let nowhere = binary.data().with_file_name("nowhere.db");
    let offline = |csv: &str, checkpoint: &str| {
        run(&["audit", "verify", "--json", "--csv", csv, "--checkpoint", checkpoint, "--public-key", &key], &nowhere, "")
    };
    let whole = offline(&csv, &checkpoint);
    assert_eq!(code(&whole), Some(0), "{whole:?}");
    let shown: Value = serde_json::from_str(&whole.stdout).unwrap();
    assert!(shown["entries"].as_u64().unwrap() >= 2, "{shown}");
    assert!(!nowhere.exists(), "no file is opened or made");

    let changed = |name: &str, file: &str, from: &str, to: &str| {
        let text = std::fs::read_to_string(file).unwrap();
        assert!(text.contains(from));
        let copy = binary.data().with_file_name(name);
        std::fs::write(&copy, text.replacen(from, to, 1)).unwrap();
        copy.to_str().unwrap().to_owned()
    };
    for (csv, checkpoint, words) in [
        (changed("a.csv", &csv, "User Login Success", "User Logout"), checkpoint.clone(), "broken at entry"),
        (changed("b.csv", &csv, "seq,", "sequence,"), checkpoint.clone(), "no export"),
        (csv.clone(), changed("a.json", &checkpoint, "\"seq\":", "\"seq\":1"), "signature"),
    ] {
        let state = offline(&csv, &checkpoint);
        assert_eq!(code(&state), Some(1), "{state:?}");
        assert!(state.stderr.contains(words), "{words}: {}", state.stderr);
    }
}

#[test]
fn an_export_whose_begin_was_removed_is_checked_from_the_anchor_on() {
    let binary = Binary::start();
    let token = binary.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD).unwrap();
    for days in 40..43 {
        let change = patch("/v1/settings", &json!({"retention": {"session_days": days}}));
        assert_eq!(binary.send(&change.with_bearer(&token)).status, 200);
    }
    let head = binary.send(&get("/v1/audit-logs/checkpoint").with_bearer(&token)).json();
    let tenant = head["chain"].as_str().unwrap().to_owned();
    // What the daily removal does once three years have gone by: all goes but the last entry, and the session with it.
    let store = Store::open(&binary.data()).unwrap();
    store.write_root(Time(4_000_000_000), move |root| retention::step(root, &tenant)).unwrap();
    drop(store);
    let token = binary.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD).unwrap();
    let fetch = |target: &str, name: &str| {
        let answer = binary.send(&get(target).with_bearer(&token));
        assert_eq!(answer.status, 200, "{}", answer.text());
        let file = binary.data().with_file_name(name);
        std::fs::write(&file, answer.text()).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let key = fetch("/.well-known/recoger-signing-key.pem", "key.pem");
    let csv = fetch("/v1/audit-logs?format=csv", "log.csv");
    let anchor = fetch("/v1/audit-logs/verify", "verify.json");
    let checkpoint = fetch("/v1/audit-logs/checkpoint", "checkpoint.json");
    let found: Value = serde_json::from_str(&std::fs::read_to_string(&anchor).unwrap()).unwrap();
    let seq = found["anchor"]["seq"].as_i64().unwrap();
    assert!(seq >= 3 && found["first_seq"] == seq + 1 && found["intact"] == true, "{found}");
    binary.process.stop();
    let nowhere = binary.data().with_file_name("nowhere.db");
    let offline = |more: &[&str]| run(&[&["audit", "verify", "--csv", &csv], more].concat(), &nowhere, "");
    let whole = offline(&["--anchor", &anchor, "--checkpoint", &checkpoint, "--public-key", &key]);
    assert_eq!(code(&whole), Some(0), "{whole:?}");
    assert!(whole.stderr.contains(&format!("behind the anchor at entry {seq}")), "{whole:?}");
    let without = offline(&[]);
    assert!(code(&without) == Some(0) && without.stderr.contains(&format!("entries before {}", seq + 1)), "{without:?}");
    // A later begin, another anchor, no key.
    let cut = binary.data().with_file_name("cut.csv");
    let text = std::fs::read_to_string(&csv).unwrap();
    let last = text.trim_end().rfind("\nevt_").unwrap();
    std::fs::write(&cut, &text[..=last]).unwrap();
    let cut = cut.to_str().unwrap().to_owned();
    let state = run(&["audit", "verify", "--csv", &cut, "--anchor", &anchor, "--public-key", &key], &nowhere, "");
    assert!(code(&state) == Some(1) && state.stderr.contains(&format!("entry {}: it is missing", seq + 1)), "{state:?}");
    let forged = binary.data().with_file_name("forged.json");
    std::fs::write(&forged, std::fs::read_to_string(&anchor).unwrap().replacen(&format!("\"seq\":{seq}"), "\"seq\":1", 1)).unwrap();
    let state = offline(&["--anchor", forged.to_str().unwrap(), "--public-key", &key]);
    assert!(code(&state) == Some(1) && state.stderr.contains("anchor's signature"), "{state:?}");
    assert_eq!(code(&offline(&["--anchor", &anchor])), Some(2), "it takes the key");
}
