//! The audit log in the store: written with its change, found by index, and every kind of tampering named.

mod integrity;
mod reading;
mod tampering;

use std::sync::Arc;

use rusqlite::Connection;

use super::audit::{Entry, record, record_appliance};
use super::audit_verify::{Verification, verify};
use super::{Actor, ActorType, Store};
use crate::domain::audit::{Event, Metadata};
use crate::domain::time::Time;
use crate::error::Error;

const NOW: Time = Time(1_767_225_600);
const CHAIN: &str = "tenant_01";

fn store() -> (tempfile::TempDir, Arc<Store>) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("recoger.db")).unwrap();
    (folder, store)
}

fn ada() -> Actor {
    Actor {
        actor_type: ActorType::User,
        id: Some("user_1".to_owned()),
        email: Some("Ada@example.org".to_owned()),
        ip_address: Some([192, 0, 2, 7].into()),
        user_agent: Some("curl/8".to_owned()),
    }
}

/// `count` entries of a minute each, four personal values in every one.
fn fill(store: &Store, chain: &'static str, count: i64) {
    store
        .write_root(NOW, move |root| {
            for number in 0..count {
                let metadata = Metadata::new().with("number", number).with_personal("name", &format!("laptop {number}"));
                let tx = root.tenant_write(chain, ada());
                let event = if number % 2 == 0 { Event::DeviceUpdated } else { Event::UserUpdated };
                record(&tx.at(NOW.plus_seconds(60 * number)), Entry::new(event, "device", &format!("dev_{number}"), metadata))?;
            }
            Ok(())
        })
        .unwrap();
}

/// The file through a connection of somebody who takes the triggers away first.
fn tamperer(store: &Store) -> Connection {
    let connection = Connection::open(store.path()).unwrap();
    let triggers = ["audit_log_is_never_updated", "audit_log_is_never_deleted", "audit_log_is_never_replaced"];
    triggers.iter().for_each(|name| connection.execute_batch(&format!("DROP TRIGGER {name}")).unwrap());
    connection
}

fn verified(store: &Store) -> Verification {
    verify(store, CHAIN, NOW).unwrap()
}

#[test]
fn an_entry_stands_or_falls_with_its_change() {
    let (_folder, store) = store();
    let write = |fail: bool| {
        store.write(CHAIN, &ada(), NOW, move |tx| {
            record(tx, Entry::new(Event::DeviceUpdated, "device", "dev_1", Metadata::new()))?;
            if fail { Err(Error::invalid("refused")) } else { Ok(()) }
        })
    };
    write(false).unwrap();
    write(true).unwrap_err();
    write(false).unwrap();
    let found = verified(&store);
    assert_eq!((found.entries, found.last_seq, found.broken), (2, Some(2), None));
}

#[test]
fn each_tenant_and_the_appliance_have_chains_of_their_own() {
    let (_folder, store) = store();
    fill(&store, CHAIN, 3);
    fill(&store, "tenant_02", 2);
    store
        .write_root(NOW, |root| record_appliance(root, Actor::system(), Entry::new(Event::BackupCreated, "backup", "b", Metadata::new())))
        .unwrap();
    let count = |chain: &str| verify(&store, chain, NOW).unwrap().entries;
    assert_eq!([CHAIN, "tenant_02", "appliance", "nobody"].map(count), [3, 2, 1, 0]);
    assert_eq!(store.read_root(NOW, super::audit_verify::chains).unwrap(), ["appliance", CHAIN, "tenant_02"]);
}

#[test]
fn two_processes_that_write_at_once_keep_one_chain_without_gaps() {
    let (_folder, first) = store();
    let second = Store::open(first.path()).unwrap();
    std::thread::scope(|scope| {
        for store in [&first, &second, &first, &second] {
            scope.spawn(move || {
                for _ in 0..50 {
                    let entry = || Entry::new(Event::DeviceUpdated, "device", "dev_1", Metadata::new().with_personal("name", "laptop"));
                    store.write(CHAIN, &ada(), NOW, move |tx| record(tx, entry())).unwrap();
                }
            });
        }
    });
    let found = verified(&first);
    assert_eq!((found.entries, found.first_seq, found.last_seq, found.broken), (200, Some(1), Some(200), None));
    assert_eq!(verified(&second).head_hash, found.head_hash);
}

#[test]
fn a_walk_over_more_than_one_chunk_counts_everything() {
    let (_folder, store) = store();
    fill(&store, CHAIN, 1_234);
    let found = verified(&store);
    assert_eq!((found.entries, found.erased_values, found.broken), (1_234, 0, None));
}
