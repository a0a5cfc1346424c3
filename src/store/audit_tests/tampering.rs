//! What somebody with the file can do to it, and which entry the walk names.

use rusqlite::params;

use super::*;
use crate::domain::audit::SealedEntry;
use crate::store::audit_read::{COLUMNS, entry_of};

/// Does `sql` to a chain of six entries and expects the walk to end at `seq` for a reason that contains `reason`.
#[track_caller]
fn check(sql: &str, seq: i64, reason: &str) {
    let (_folder, store) = store();
    fill(&store, CHAIN, 6);
    tamperer(&store).execute_batch(&format!("PRAGMA ignore_check_constraints = ON; {sql}")).unwrap();
    let found = verified(&store);
    let broken = found.broken.clone().unwrap_or_else(|| panic!("nothing is found after {sql}"));
    assert_eq!(broken.seq, seq, "{sql}: {broken:?}");
    assert!(broken.reason.contains(reason), "{sql}: {broken:?}");
    assert_eq!(found.entries, (seq - 1).clamp(0, 6).unsigned_abs(), "{sql}");
}

#[test]
fn a_changed_column_is_found_whichever_it_is() {
    let texts = ["id", "event_name", "event_title", "category", "resource_type", "resource_id", "actor_id", "actor_email", "ip_address"];
    for column in texts.into_iter().chain(["user_agent"]) {
        check(&format!("UPDATE audit_log SET {column} = 'other' WHERE seq = 3"), 3, "does not give its hash");
    }
    for column in ["resource_type", "resource_id", "actor_id", "actor_email", "ip_address", "user_agent"] {
        check(&format!("UPDATE audit_log SET {column} = NULL WHERE seq = 3"), 3, "does not give its hash");
    }
    for change in ["actor_type = 'api_key'", "created_at = created_at - 1", "hash = zeroblob(32)", "previous_hash = zeroblob(32)"] {
        check(&format!("UPDATE audit_log SET {change} WHERE seq = 3"), 3, "does not give its hash");
    }
    check("UPDATE audit_log SET metadata = json_set(metadata, '$.number', 7) WHERE seq = 3", 3, "does not give its hash");
}

#[test]
fn another_spelling_of_the_same_content_is_found() {
    check("UPDATE audit_log SET metadata = '{ ' || substr(metadata, 2) WHERE seq = 3", 3, "not in the hashed form");
    check("UPDATE audit_log SET metadata = '{\"number\":9,' || substr(metadata, 2) WHERE seq = 3", 3, "not in the hashed form");
    check("UPDATE audit_log SET metadata = 'nonsense' WHERE seq = 3", 3, "form of an entry");
    check("UPDATE audit_log SET metadata = CAST(x'ff' AS TEXT) WHERE seq = 3", 3, "form of an entry");
    check("UPDATE audit_log SET hash = x'00' WHERE seq = 1", 1, "form of an entry");
}

#[test]
fn missing_moved_added_and_doubled_entries_are_found() {
    let copy =
        "INSERT INTO audit_log SELECT chain, SEQ, 'evt_copy', event_name, event_title, category, resource_type, resource_id, actor_id,
                actor_type, actor_email, ip_address, user_agent, metadata, created_at, hash, previous_hash FROM audit_log WHERE seq =";
    check("DELETE FROM audit_log WHERE seq = 1", 1, "missing");
    check("DELETE FROM audit_log WHERE seq = 3", 3, "missing");
    check("DELETE FROM audit_log WHERE seq = 3; DELETE FROM audit_personal WHERE seq = 3", 3, "missing");
    check("DELETE FROM audit_log WHERE seq = 3; UPDATE audit_log SET seq = 3 WHERE seq = 4", 3, "does not give its hash");
    for (from, to) in [(3, 4), (1, 2)] {
        let swap = format!("UPDATE audit_log SET seq = 99 WHERE seq = {from}; UPDATE audit_log SET seq = {from} WHERE seq = {to};");
        check(&format!("{swap} UPDATE audit_log SET seq = {to} WHERE seq = 99"), from, "does not give its hash");
    }
    check(&format!("{} 2", copy.replace("SEQ", "7")), 7, "does not give its hash");
    check(&format!("UPDATE audit_log SET seq = 7 WHERE seq = 6; {} 2", copy.replace("SEQ", "6")), 6, "does not give its hash");
    check(&format!("{} 2", copy.replace("SEQ", "9")), 7, "missing");
    check(&format!("{} 2", copy.replace("SEQ", "0")), 0, "below 1");
}

#[test]
fn changed_salted_moved_and_strange_personal_values_are_found() {
    check("UPDATE audit_personal SET value = 'Eve' WHERE seq = 3 AND field = 'metadata/name'", 3, "`metadata/name` does not give its seal");
    check("UPDATE audit_personal SET salt = zeroblob(32) WHERE seq = 3 AND field = 'ip_address'", 3, "`ip_address` does not give");
    check(
        "UPDATE audit_personal SET field = 'metadata/number' WHERE seq = 3 AND field = 'metadata/name'",
        3,
        "`metadata/number`, which has no",
    );
    check("UPDATE audit_personal SET seq = 8 WHERE seq = 3 AND field = 'metadata/name'", 8, "personal values of it are there");
    check("DELETE FROM audit_log WHERE seq = 6", 6, "personal values of it are there");
}

#[test]
fn a_byte_that_moves_from_value_to_salt_is_found() {
    let (_folder, store) = store();
    fill(&store, CHAIN, 3);
    let connection = tamperer(&store);
    let place = "chain = 'tenant_01' AND seq = 2 AND field = 'actor_email'";
    let read = format!("SELECT salt, value FROM audit_personal WHERE {place}");
    let (mut salt, mut value): (Vec<u8>, String) = connection.query_row(&read, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    salt.push(u8::try_from(value.remove(0)).unwrap());
    connection.execute(&format!("UPDATE audit_personal SET salt = ?1, value = ?2 WHERE {place}"), params![salt, value]).unwrap();
    let broken = verified(&store).broken.unwrap();
    assert_eq!((broken.seq, broken.reason.contains("actor_email")), (2, true));
}

/// The third entry through `change`, its hash computed anew as an attacker would.
fn rehashed(store: &Store, change: impl FnOnce(&mut SealedEntry)) {
    let connection = tamperer(store);
    let sql = format!("SELECT {COLUMNS} FROM audit_log AS log WHERE chain = ?1 AND seq = 3");
    let mut entry = connection.query_row(&sql, [CHAIN], entry_of).unwrap().sealed;
    change(&mut entry);
    let sql = "UPDATE audit_log SET event_title = ?2, created_at = ?3, previous_hash = ?4, hash = ?5 WHERE chain = ?1 AND seq = 3";
    connection.execute(sql, params![CHAIN, entry.event_title, entry.created_at.0, entry.previous_hash, entry.hash()]).unwrap();
}

#[test]
fn an_entry_hashed_anew_breaks_the_link_after_it() {
    let (_folder, store) = store();
    fill(&store, CHAIN, 6);
    rehashed(&store, |entry| entry.event_title = "Nothing Happened".to_owned());
    let broken = verified(&store).broken.unwrap();
    assert_eq!((broken.seq, broken.reason.as_str()), (4, "it does not follow the entry before it"));
}

#[test]
fn a_time_that_shows_as_another_is_found() {
    for seconds in [i64::MAX, -1, 253_402_300_800] {
        let (_folder, store) = store();
        fill(&store, CHAIN, 3);
        rehashed(&store, |entry| entry.created_at = Time(seconds));
        assert_eq!(
            verified(&store).broken.map(|broken| (broken.seq, broken.reason)),
            Some((3, "its time is none".to_owned())),
            "{seconds}"
        );
    }
}

/// Titles and categories are stored with the entry: a program that calls them otherwise still finds the chain whole.
#[test]
fn an_event_that_was_renamed_or_dropped_since_still_holds() {
    let (_folder, store) = store();
    fill(&store, CHAIN, 3);
    rehashed(&store, |entry| entry.event_title = "Title Of An Older Version".to_owned());
    assert_eq!(verified(&store).broken, None);
}

#[test]
fn a_chain_under_another_name_is_found() {
    let (_folder, store) = store();
    fill(&store, "tenant_02", 3);
    tamperer(&store).execute_batch("UPDATE audit_log SET chain = 'tenant_01'; UPDATE audit_personal SET chain = 'tenant_01'").unwrap();
    let broken = verified(&store).broken.unwrap();
    assert_eq!((broken.seq, broken.reason.as_str()), (1, "it does not begin this chain"));
}

#[test]
fn erased_values_are_counted_and_break_nothing() {
    let (_folder, store) = store();
    fill(&store, CHAIN, 6);
    let head = verified(&store).head_hash;
    let connection = Connection::open(store.path()).unwrap();
    connection.execute("DELETE FROM audit_personal WHERE seq IN (2, 5) AND field <> 'user_agent'", []).unwrap();
    let found = verified(&store);
    assert_eq!((found.erased_values, found.entries, found.broken, found.head_hash), (6, 6, None, head));
}

/// The limit that the documentation of `verify` names: only a head hash kept elsewhere shows this.
#[test]
fn what_is_cut_off_at_the_end_with_its_values_shows_in_the_head_alone() {
    let (_folder, store) = store();
    fill(&store, CHAIN, 6);
    let kept = verified(&store);
    tamperer(&store).execute_batch("DELETE FROM audit_log WHERE seq = 6; DELETE FROM audit_personal WHERE seq = 6").unwrap();
    let found = verified(&store);
    assert_eq!((found.entries, &found.broken), (5, &None));
    assert_ne!((found.last_seq, found.head_hash), (kept.last_seq, kept.head_hash));
}
