//! An exported log and a checkpoint, checked by the program without the appliance.

use serde_json::Value;

use crate::support::binary::{ADMIN_EMAIL, ADMIN_PASSWORD, Binary, code, run};
use crate::support::request::get;

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
