//! What the figures rest on: the audit chain, hashes and versions, and the rules that changed within the period.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::frame::Frame;
use super::words;
use crate::domain::audit::{Event, hex};
use crate::domain::time::Time;
use crate::error::Result;
use crate::limits::REPORT_LOG_ENTRIES_READ_MAX;
use crate::report::content::{AuditChain, Basis, Checkpoint, EventCount, SettingsChange};
use crate::store::evidence::{self, Chain};
use crate::store::settings::{self, Version};
use crate::store::{audit_read, evidence::judging_moments, frameworks};

/// The chain as it is now, and its entries of the period.
pub(super) fn audit_chain(frame: &Frame<'_, '_>, chain: &Chain) -> Result<AuditChain> {
    let found = &chain.verification;
    let events = evidence::events(frame.tx, frame.period.from, frame.as_of)?;
    Ok(AuditChain {
        first_seq: found.first_seq,
        last_seq: found.last_seq,
        entries: found.entries,
        head_hash: found.head_hash.map(|hash| hex(&hash)),
        verified_at: Some(frame.tx.now),
        ok: Some(found.broken.is_none()),
        broken: found.broken.as_ref().map(|broken| format!("Entry {}: {}", broken.seq, broken.reason)),
        events: events.into_iter().map(|(event_name, event_title, count)| EventCount { event_name, event_title, count }).collect(),
        checkpoint: Some(Checkpoint {
            seq: chain.head.seq,
            hash: hex(&chain.head.hash),
            created_at: chain.head.created_at,
            signature: chain.signature.clone(),
        }),
    })
}

/// Hashes and versions.
pub(super) fn basis(frame: &Frame<'_, '_>, chain: &Chain) -> Result<Basis> {
    let rules = &frame.rules;
    Ok(Basis {
        catalogue_sha256: rules.checks.catalogue.sha256.clone(),
        framework_sha256: frame.framework.sha256.clone(),
        os_support_sha256: evidence::os_support_sha256(frame.tx, rules.catalogue_since)?,
        os_support_date: Some(rules.checks.os_support.data_date),
        settings_version: Some(rules.version),
        signing_key_pem: Some(chain.signing_key_pem.clone()),
    })
}

/// Settings of which no figure of a report depends, by the first part of their path.
const NO_FIGURE: [&str; 6] = ["organisation_name", "logo", "smtp", "retention", "erasure_hold", "report_interval_seconds"];

/// The rules that changed within the period, oldest first. The figures are all by those of its end.
pub(super) fn changes(frame: &Frame<'_, '_>) -> Result<Vec<SettingsChange>> {
    let from = frame.period.from;
    let mut before = settings::at(frame.tx, from.plus_seconds(-1))?;
    let authors = authors(frame)?;
    let mut changes = Vec::new();
    for at in judging_moments(frame.tx, from, frame.as_of)? {
        let after = settings::at(frame.tx, at)?;
        if before.version != after.version {
            let by = frame.name(authors.get(&at).and_then(Option::as_deref))?;
            let texts = differences(&before, &after);
            changes.extend(texts.into_iter().map(|what| SettingsChange { at, by: by.clone(), what }));
        }
        let hash = |version: &Version| version.checks.catalogue.sha256.clone();
        if hash(&before) != hash(&after) {
            let what = format!("catalogue of checks: SHA-256 {} → {}", hash(&before), hash(&after));
            changes.push(SettingsChange { at, by: None, what });
        }
        let table = |version: &Version| evidence::os_support_sha256(frame.tx, version.catalogue_since);
        if let (Some(old), Some(new)) = (table(&before)?, table(&after)?)
            && old != new
        {
            let what = format!("table of supported systems: SHA-256 {old} → {new}");
            changes.push(SettingsChange { at, by: None, what });
        }
        before = after;
    }
    for replaced in frameworks::replaced(frame.tx, &frame.framework.key, from, frame.as_of)? {
        let (old, new) = &replaced.sha256;
        let what = format!("framework's file: SHA-256 {old} → {new}");
        changes.push(SettingsChange { at: replaced.at, by: frame.name(replaced.by.as_deref())?, what });
    }
    changes.sort_by_key(|change| change.at);
    Ok(changes)
}

/// Who changed the settings, by moment, as far as the log tells.
fn authors(frame: &Frame<'_, '_>) -> Result<BTreeMap<Time, Option<String>>> {
    let filter = audit_read::Filter {
        event_name: Some(Event::SettingsChanged.name().to_owned()),
        from: Some(frame.period.from),
        until: Some(frame.as_of.plus_seconds(1)),
        ..audit_read::Filter::default()
    };
    let (entries, _) = audit_read::page(frame.tx, &filter, 0, REPORT_LOG_ENTRIES_READ_MAX)?;
    Ok(entries.into_iter().map(|entry| (entry.sealed.created_at, entry.sealed.actor_id)).collect())
}

/// `max_days of device.os_patch_age: 30 → 14`.
fn differences(before: &Version, after: &Version) -> Vec<String> {
    let (old, new) = (fields(before), fields(after));
    let mut texts = Vec::new();
    let paths: BTreeSet<&Vec<String>> = old.keys().chain(new.keys()).collect();
    for path in paths {
        let [earlier, later] = [&old, &new].map(|fields| fields.get(path).unwrap_or(&Value::Null));
        if earlier != later {
            texts.push(format!("{}: {} → {}", named(path), words::value(earlier), words::value(later)));
        }
    }
    texts
}

fn named(path: &[String]) -> String {
    match path {
        [checks, id, params, name] if checks == "checks" && params == "params" => format!("{name} of {id}"),
        [checks, id, name] if checks == "checks" => format!("{name} of {id}"),
        other => other.join("."),
    }
}

/// Every setting that figures depend on, by its path. Checks are laid over one catalogue, so that another one is no change of settings.
fn fields(version: &Version) -> BTreeMap<Vec<String>, Value> {
    let mut found = BTreeMap::new();
    if let Value::Object(view) = version.settings.view(&version.checks) {
        for (key, value) in view.into_iter().filter(|(key, _)| !NO_FIGURE.contains(&key.as_str())) {
            flatten(vec![key], value, &mut found);
        }
    }
    found
}

/// Down to the parameters of checks: a list or table that is a parameter stays whole.
fn flatten(path: Vec<String>, value: Value, found: &mut BTreeMap<Vec<String>, Value>) {
    match value {
        Value::Object(fields) if path.len() < 4 => {
            for (key, value) in fields {
                flatten([path.as_slice(), &[key]].concat(), value, found);
            }
        }
        value => {
            found.insert(path, value);
        }
    }
}
