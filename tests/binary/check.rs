//! `check`, `audit verify` and `healthcheck`: what they find in whole and in damaged files, and how they end.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde_json::Value;

use crate::support::binary::{ADMIN_EMAIL, ADMIN_PASSWORD, Binary, code, run};

/// A whole copy of the file, whatever lies beside it, changed by `sql`.
fn damaged(data: &Path, name: &str, sql: &str) -> PathBuf {
    let copy = data.with_file_name(name);
    Connection::open(data).unwrap().execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
    Connection::open(&copy).unwrap().execute_batch(sql).unwrap();
    copy
}

/// Takes away what keeps the log from being changed.
const WITHOUT_GUARDS: &str =
    "DROP TRIGGER audit_log_is_never_updated; DROP TRIGGER audit_log_is_never_deleted; DROP TRIGGER audit_log_is_never_replaced;";

#[test]
fn a_whole_file_passes_beside_the_server_and_after_it() {
    let binary = Binary::start();
    binary.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD).unwrap();
    for _ in 0..2 {
        let check = binary.beside(&["check"]);
        assert_eq!((code(&check), check.stderr.as_str()), (Some(0), ""), "{check:?}");
        assert!(check.stdout.starts_with("sound"), "{check:?}");
        let verified = binary.beside(&["audit", "verify", "--json"]);
        assert_eq!(code(&verified), Some(0), "{verified:?}");
        let chains: Value = serde_json::from_str(&verified.stdout).unwrap();
        let [tenant, appliance] = &chains.as_array().unwrap()[..] else { panic!("{chains}") };
        assert_eq!((&tenant["chain"], &tenant["broken"], &appliance["chain"]), (&"default".into(), &Value::Null, &"appliance".into()));
        assert!(tenant["entries"].as_u64().unwrap() >= 2, "{tenant}");
        binary.process.stop();
    }
}

#[test]
fn a_rewritten_log_is_found_and_its_first_broken_entry_named() {
    let binary = Binary::start();
    binary.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD).unwrap();
    let _ = binary.sign_in(ADMIN_EMAIL, "wrong wrong wrong");
    binary.process.stop();
    for (name, change) in [
        ("changed.db", "UPDATE audit_log SET event_name = 'user_logout' WHERE chain <> 'appliance' AND seq = 2;"),
        ("removed.db", "DELETE FROM audit_log WHERE chain <> 'appliance' AND seq = 2;"),
        ("personal.db", "UPDATE audit_personal SET value = 'x' WHERE chain <> 'appliance' AND seq = 2;"),
    ] {
        let copy = damaged(&binary.data(), name, &format!("{WITHOUT_GUARDS}{change}"));
        let verified = run(&["audit", "verify"], &copy, "");
        assert_eq!(code(&verified), Some(1), "{name}: {verified:?}");
        assert!(verified.stderr.contains("entry 2 of default"), "{name}: {}", verified.stderr);
        assert!(verified.stdout.contains("BROKEN at entry 2"), "{name}: {}", verified.stdout);
        let other = run(&["audit", "verify", "--tenant", "nowhere"], &copy, "");
        assert_eq!(code(&other), Some(1), "{other:?}");
        let check = run(&["check", "--json"], &copy, "");
        assert_eq!(code(&check), Some(1), "{name}: {check:?}");
        let found: Value = serde_json::from_str(&check.stdout).unwrap();
        assert_eq!(found["sound"], false);
        assert!(!found["findings"].as_array().unwrap().is_empty(), "{found}");
    }
}

#[test]
fn damage_of_other_kinds_is_found() {
    let binary = Binary::start();
    binary.process.stop();
    let orphan = damaged(&binary.data(), "orphan.db", "PRAGMA foreign_keys = off; DELETE FROM tenant;");
    let index = damaged(
        &binary.data(),
        "index.db",
        "PRAGMA writable_schema = on; UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'session') WHERE name = 'user';",
    );
    let cut = damaged(&binary.data(), "cut.db", "");
    let bytes = std::fs::read(&cut).unwrap();
    std::fs::write(&cut, &bytes[..bytes.len() / 8192 * 4096]).unwrap();
    let letter = binary.data().with_file_name("letter.db");
    std::fs::write(&letter, "a letter, not a database, and long enough to be looked at as one. ".repeat(20)).unwrap();
    let missing = binary.data().with_file_name("missing.db");
    for file in [&orphan, &index, &cut, &letter, &missing] {
        for command in [&["check"][..], &["audit", "verify"]] {
            let state = run(command, file, "");
            // Who walks only the log may miss what lies elsewhere.
            let blind = command.len() == 2 && (file == &orphan || file == &index || file == &cut);
            assert!(code(&state) == Some(1) || blind && code(&state) == Some(0), "{command:?} {}: {state:?}", file.display());
            assert!(!state.stderr.contains("panicked"), "{state:?}");
        }
    }
    assert!(!missing.exists(), "looking makes no file");
}

#[test]
fn healthcheck_trusts_the_server_of_its_file_and_no_other() {
    let (binary, other) = (Binary::start(), Binary::start());
    let url = format!("https://{}", binary.address);
    let state = binary.beside(&["healthcheck", "--url", &url]);
    assert_eq!((code(&state), state.stdout.as_str()), (Some(0), "ok\n"), "{state:?}");
    assert_eq!(code(&binary.beside(&["healthcheck", "--url", &format!("{url}/")])), Some(0));
    let foreign = other.beside(&["healthcheck", "--url", &url]);
    assert_eq!(code(&foreign), Some(1), "{foreign:?}");
    binary.process.stop();
    let state = binary.beside(&["healthcheck", "--url", &url]);
    assert_eq!((code(&state), state.stdout.as_str()), (Some(1), ""), "{state:?}");
    assert!(state.stderr.starts_with("error: "), "{state:?}");
}
