//! Filters, pages and the walk.

use super::*;
use crate::store::Tx;
use crate::store::audit_read::{Filter, page, plans, walk};

fn read<T>(store: &Store, body: impl FnOnce(&Tx) -> crate::error::Result<T>) -> T {
    store.read(CHAIN, &ada(), NOW, body).unwrap()
}

fn seqs(store: &Store, filter: &Filter) -> Vec<i64> {
    let mut seqs = Vec::new();
    walk(store, CHAIN, &ada(), NOW, filter, |entry| {
        seqs.push(entry.sealed.seq);
        Ok(())
    })
    .unwrap();
    seqs
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// One filter for each way to narrow, and all of them together.
fn filters() -> Vec<Filter> {
    let all = Filter {
        event_name: some("user_updated"),
        category: some("user_management"),
        resource_type: some("device"),
        resource_id: some("dev_1"),
        actor_id: some("user_1"),
        actor_email: some("ADA@example.org"),
        ip_address: some("192.0.2.7"),
        from: Some(NOW),
        until: Some(NOW.plus_days(1)),
    };
    vec![
        Filter::default(),
        Filter { event_name: all.event_name.clone(), ..Filter::default() },
        Filter { category: all.category.clone(), ..Filter::default() },
        Filter { resource_type: all.resource_type.clone(), ..Filter::default() },
        Filter { resource_id: all.resource_id.clone(), ..Filter::default() },
        Filter { actor_id: all.actor_id.clone(), ..Filter::default() },
        Filter { actor_email: all.actor_email.clone(), ..Filter::default() },
        Filter { ip_address: all.ip_address.clone(), ..Filter::default() },
        Filter { actor_email: all.actor_email.clone(), ip_address: all.ip_address.clone(), ..Filter::default() },
        Filter { from: all.from, until: all.until, ..Filter::default() },
        Filter { event_name: all.event_name.clone(), from: all.from, ..Filter::default() },
        all,
    ]
}

#[test]
fn every_filter_goes_by_an_index_and_no_page_is_sorted() {
    let (_folder, store) = store();
    for filter in filters() {
        for step in read(&store, |tx| plans(tx, &filter)) {
            assert!(step.starts_with("SEARCH "), "{step}: {filter:?}");
        }
    }
    let by = |filter: &Filter, index: &str| {
        let steps = read(&store, |tx| plans(tx, filter));
        assert!(steps.iter().any(|step| step.contains(index)), "{index}: {steps:?}");
    };
    let filters = filters();
    let names = ["audit_event", "audit_category", "audit_resource ", "audit_resource_id", "audit_actor", "audit_personal_value"];
    names.iter().enumerate().for_each(|(place, name)| by(&filters[place + 1], name));
    by(&filters[7], "audit_personal_value");
    by(&filters[9], "audit_time");
}

#[test]
fn pages_and_the_walk_agree_with_the_entries() {
    let (_folder, store) = store();
    fill(&store, CHAIN, 30);
    fill(&store, "tenant_02", 5);
    for (filter, expected) in filters().iter().zip([30, 15, 15, 30, 1, 30, 30, 30, 30, 30, 15, 1]) {
        let walked = seqs(&store, filter);
        let (all, total) = read(&store, |tx| page(tx, filter, 0, 100));
        assert_eq!((walked.len(), total), (expected, expected as u64), "{filter:?}");
        assert_eq!(all.iter().map(|entry| entry.sealed.seq).collect::<Vec<_>>(), walked);
        assert!(walked.is_sorted_by(|newer, older| newer > older));
        let (some, _) = read(&store, |tx| page(tx, filter, 3, 4));
        assert_eq!(some, all.into_iter().skip(3).take(4).collect::<Vec<_>>());
    }
    let minute = Filter { from: Some(NOW.plus_seconds(60)), until: Some(NOW.plus_seconds(120)), ..Filter::default() };
    assert_eq!(seqs(&store, &minute), [2]);
    let (entries, _) = read(&store, |tx| page(tx, &minute, 0, 1));
    assert_eq!((entries[0].actor_email(), &entries[0].metadata()["name"]), (Some("Ada@example.org"), &"laptop 1".into()));
    let total = |chain: &str| store.read(chain, &ada(), NOW, |tx| page(tx, &Filter::default(), 0, 1)).unwrap().1;
    // As the retention leaves it.
    let removal = "DROP TRIGGER audit_log_is_never_deleted; DELETE FROM audit_log WHERE chain = 'tenant_01' AND seq < 4";
    Connection::open(store.path()).unwrap().execute_batch(removal).unwrap();
    assert_eq!((total(CHAIN), total("tenant_02"), total("tenant_03")), (27, 5, 0));
}

#[test]
fn what_was_applied_late_is_found_by_its_time() {
    let (_folder, store) = store();
    fill(&store, CHAIN, 5);
    let late = || Entry::new(Event::DeviceVerdictChanged, "device", "dev_1", Metadata::new());
    store.write(CHAIN, &Actor::system(), NOW.plus_days(1), move |tx| record(&tx.at(NOW.plus_seconds(61)), late())).unwrap();
    let minute = Filter { from: Some(NOW.plus_seconds(60)), until: Some(NOW.plus_seconds(120)), ..Filter::default() };
    assert_eq!(seqs(&store, &minute), [6, 2]);
}

#[test]
fn a_walk_takes_all_chunks_and_nothing_that_comes_meanwhile() {
    let (_folder, store) = store();
    fill(&store, CHAIN, 1_100);
    let mut seen = 0;
    walk(&store, CHAIN, &ada(), NOW, &Filter { actor_email: some("ada@example.org"), ..Filter::default() }, |entry| {
        if seen % 400 == 0 {
            fill(&store, CHAIN, 1);
        }
        seen += 1;
        assert_eq!(entry.sealed.seq, 1_101 - seen);
        Ok(())
    })
    .unwrap();
    assert_eq!(seen, 1_100);
    let error = walk(&store, CHAIN, &ada(), NOW, &Filter::default(), |_| Err(Error::invalid("enough"))).unwrap_err();
    assert_eq!(error.detail, "enough");
}

#[test]
fn an_erased_email_is_found_no_more() {
    let (_folder, store) = store();
    fill(&store, CHAIN, 2);
    Connection::open(store.path()).unwrap().execute("DELETE FROM audit_personal WHERE seq = 1", []).unwrap();
    assert_eq!(seqs(&store, &Filter { actor_email: some("ada@example.org"), ..Filter::default() }), [2]);
    let (entries, _) = read(&store, |tx| page(tx, &Filter::default(), 1, 1));
    assert_eq!((entries[0].actor_email(), &entries[0].metadata()["name"]), (Some("erased"), &"erased".into()));
}
