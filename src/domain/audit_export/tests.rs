//! Exports that hold, every change that breaks one, and logs whose begin is gone.

use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::domain::audit::Metadata;
use crate::domain::audit_form::{LoggedEntry, Personal, hex};

/// Entries 1 to `count` of the chain `tenant_1`, as the store has them.
fn entries(count: i64) -> Vec<LoggedEntry> {
    let mut entries: Vec<LoggedEntry> = Vec::new();
    for seq in 1..=count {
        let mut personal = BTreeMap::new();
        let mut hide = |path: &str, value: &str| {
            let salt = [u8::try_from(seq).unwrap(); SALT_BYTES];
            personal.insert(path.to_owned(), Personal { salt: salt.to_vec(), value: value.to_owned() });
            sealed(&salt, value)
        };
        let metadata = Metadata::new().with("n", seq).change_personal("na/me", "Zoë", json!(["", 7])).seal(&mut hide);
        let entry = SealedEntry {
            id: format!("evt_{seq}"),
            seq,
            event_name: "tenant_created".to_owned(),
            event_title: "Tenant Created".to_owned(),
            category: "appliance".to_owned(),
            resource_type: Some("tenant".to_owned()),
            resource_id: Some("tenant_1".to_owned()),
            actor_id: None,
            actor_type: "system".to_owned(),
            actor_email: Some(hide("actor_email", "=a@b.example")),
            ip_address: None,
            user_agent: Some(hide("user_agent", "")),
            metadata,
            created_at: Time(seq),
            previous_hash: entries.last().map_or_else(|| first_previous_hash("tenant_1"), |last| last.hash),
        };
        entries.push(LoggedEntry { hash: entry.hash(), sealed: entry, personal });
    }
    entries
}

fn cells(logged: &LoggedEntry) -> Vec<String> {
    let entry = &logged.sealed;
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    vec![
        entry.id.clone(),
        entry.seq.to_string(),
        entry.event_name.clone(),
        entry.event_title.clone(),
        entry.category.clone(),
        text(entry.resource_type.as_deref()),
        text(entry.resource_id.as_deref()),
        text(entry.actor_id.as_deref()),
        entry.actor_type.clone(),
        text(logged.actor_email()),
        text(logged.ip_address()),
        text(logged.user_agent()),
        logged.metadata().to_string(),
        entry.created_at.to_string(),
        hex(&logged.hash),
        hex(&entry.previous_hash),
        logged.seals().to_string(),
    ]
}

fn found(rows: &[Vec<String>], checkpoint: Option<&Checkpoint>) -> Found {
    let mut walk = ExportWalk::new(checkpoint);
    rows.iter().for_each(|row| walk.row(row).unwrap());
    walk.finish()
}

fn rows(count: i64) -> Vec<Vec<String>> {
    entries(count).iter().rev().map(cells).collect()
}

fn checkpoint(seq: i64, hash: Hash) -> Checkpoint {
    Checkpoint { chain: "tenant_1".to_owned(), seq, hash, created_at: Time(9) }
}

#[test]
fn a_whole_export_holds_in_either_order_and_with_erased_values() {
    let mut all = entries(4);
    let head = all[3].hash;
    all[1].personal.clear();
    let mut rows: Vec<Vec<String>> = all.iter().rev().map(cells).collect();
    for _ in 0..2 {
        let signed = checkpoint(3, all[2].hash);
        let expected = Found { entries: 4, first_seq: Some(1), head: Some((4, head)), erased_values: 5, broken: None };
        assert_eq!(found(&rows, Some(&signed)), expected);
        rows.reverse();
    }
    assert_eq!(found(&rows[1..3], None).broken, None, "a part of the chain holds too");
}

type Change = fn(&mut Vec<Vec<String>>);

#[test]
fn every_change_is_found_and_the_lowest_number_named() {
    let changes: [(&str, i64, Change); 10] = [
        ("its content", 2, |rows| rows[2][3] = "Other".to_owned()),
        ("its content", 2, |rows| rows[2][12] = rows[2][12].replace("\"n\":2", "\"n\":3")),
        ("does not give its seal", 2, |rows| rows[2][9] = "other@b.example".to_owned()),
        ("does not give its seal", 2, |rows| rows[2][9] = "erased".to_owned()),
        ("does not give its seal", 2, |rows| rows[2][16] = rows[2][16].replace("\"salt\":\"02", "\"salt\":\"")),
        ("its content", 2, |rows| rows[2][16] = "{}".to_owned()),
        ("it is missing", 3, |rows| drop(rows.remove(1))),
        ("there twice", 2, |rows| rows.insert(2, rows[2].clone())),
        ("it is missing", 2, |rows| rows.swap(2, 3)),
        ("does not follow", 3, |rows| {
            let mut other = entries(3);
            other[1].sealed.category = "x".to_owned();
            other[1].hash = other[1].sealed.hash();
            rows[2] = cells(&other[1]);
        }),
    ];
    for (reason, seq, change) in changes {
        let mut rows = rows(4);
        change(&mut rows);
        let (first, why) = found(&rows, None).broken.unwrap_or_else(|| panic!("{reason}: not found"));
        assert!(first <= seq && why.contains(reason) || first < seq, "{reason} at {seq}: {why} at {first}");
    }
}

#[test]
fn a_chain_computed_anew_holds_but_not_with_the_checkpoint() {
    let all = entries(3);
    let mut forged = entries(3);
    for at in 1..3 {
        forged[at].sealed.category = "forged".to_owned();
        forged[at].sealed.previous_hash = forged[at - 1].hash;
        forged[at].hash = forged[at].sealed.hash();
    }
    let rows: Vec<Vec<String>> = forged.iter().rev().map(cells).collect();
    assert_eq!(found(&rows, None).broken, None);
    let of = |seq, hash| found(&rows, Some(&checkpoint(seq, hash))).broken;
    assert_eq!(of(3, all[2].hash).unwrap().1, "it is not the entry that the checkpoint signed");
    assert_eq!(of(4, all[2].hash).unwrap(), (4, "the checkpoint names it, and the file does not have it".to_owned()));
    let other = Checkpoint { chain: "tenant_2".to_owned(), ..checkpoint(1, all[0].hash) };
    assert_eq!(found(&rows, Some(&other)).broken.unwrap().1, "it does not begin this chain");
}

fn anchor(seq: i64, hash: Hash) -> Anchor {
    let (signature, public_key) = (String::new(), String::new());
    Anchor { chain: "tenant_1".to_owned(), seq, hash, created_at: Time(9), signature, public_key }
}

#[test]
fn a_log_whose_begin_was_removed_is_walked_from_the_anchor_on() {
    let all = entries(5);
    let rows: Vec<Vec<String>> = all.iter().rev().map(cells).collect();
    let behind = |rows: &[Vec<String>], anchor: &Anchor, checkpoint: Option<&Checkpoint>| {
        let mut walk = ExportWalk::new(checkpoint).behind(Some(anchor));
        rows.iter().for_each(|row| walk.row(row).unwrap());
        walk.finish().broken
    };
    let real = anchor(2, all[1].hash);
    assert_eq!(behind(&rows[..3], &real, None), None);
    assert_eq!(behind(&rows, &real, None), None, "an export from before the removal");
    let broken = |found: Option<(i64, String)>, seq: i64, part: &str| {
        let (first, reason) = found.unwrap_or_else(|| panic!("{part}: not found"));
        assert!(first == seq && reason.contains(part), "{first}: {reason}");
    };
    broken(behind(&rows[..2], &real, None), 3, "the anchor stands for those before it");
    broken(behind(&[], &real, None), 3, "the anchor stands for those before it");
    broken(behind(&rows[..3], &anchor(2, all[2].hash), None), 3, "does not follow the anchor");
    broken(behind(&rows, &anchor(2, all[2].hash), None), 2, "not the entry that the anchor signed");
    // A checkpoint that the anchor stands for holds; of an older one nothing is left.
    assert_eq!(behind(&rows[..3], &real, Some(&checkpoint(2, all[1].hash))), None);
    assert_eq!(behind(&rows[..3], &real, Some(&checkpoint(4, all[3].hash))), None);
    broken(behind(&rows[..3], &real, Some(&checkpoint(2, all[0].hash))), 2, "does not have it");
    broken(behind(&rows[..3], &real, Some(&checkpoint(1, all[0].hash))), 1, "use a later one");
    let other = Checkpoint { chain: "tenant_2".to_owned(), ..checkpoint(2, all[1].hash) };
    broken(behind(&rows[..3], &real, Some(&other)), 2, "different chains");
}

#[test]
fn a_row_that_is_none_is_refused() {
    for (column, text) in [(1, "0"), (1, "x"), (12, "{"), (13, "1970-01-01"), (14, "00"), (15, "G")] {
        let mut row = rows(1).remove(0);
        row[column] = text.to_owned();
        assert!(ExportWalk::new(None).row(&row).is_err(), "{column} {text}");
    }
    assert!(ExportWalk::new(None).row(&["a".to_owned()]).is_err());
}
