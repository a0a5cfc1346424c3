//! Is the file whole? SQLite's own checks, the audit chains, and what the schema promises but can't enforce.

mod evidence;
mod promises;
#[cfg(test)]
mod tests;

use rusqlite::Connection;
use sha2::{Digest, Sha256};

use super::audit::APPLIANCE_CHAIN;
use super::{Root, Store, audit_verify, connection, section_data};
use crate::domain::time::Time;
use crate::error::Result;

/// Faults of one kind that are reported; SQLite stops there too.
const FAULTS_SHOWN_MAX: i64 = 100;

/// Something that is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where: `file`, `foreign keys`, `audit chain`, `audit triggers`, `triggers`, `records`.
    pub area: &'static str,
    /// A sentence without a full stop.
    pub detail: String,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.area, self.detail)
    }
}

/// Checks everything; empty when all is well. Beside a running server this is only a reader.
///
/// An error only if the file can't be read at all; whatever breaks one check is a finding, and the other checks go on.
pub fn check(store: &Store, now: Time) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for (area, part) in PARTS {
        findings.extend(store.read_root(now, |root| Ok(findings_of(area, *part, root)))?);
    }
    let chains = store.read_root(now, audit_verify::chains).unwrap_or_default();
    findings.extend(chains.iter().filter_map(|chain| broken(chain, audit_verify::verify(store, chain, now))));
    Ok(findings)
}

/// The same of the file behind `connection`, all in its present transaction: for a file that only this program uses.
pub(super) fn check_connection(connection: &Connection, now: Time) -> Vec<Finding> {
    let root = Root::new(connection, now);
    let mut findings: Vec<Finding> = PARTS.iter().flat_map(|(area, part)| findings_of(area, *part, &root)).collect();
    let chains = audit_verify::chains(&root).unwrap_or_default();
    findings.extend(chains.iter().filter_map(|chain| broken(chain, audit_verify::verify_within(connection, chain))));
    findings
}

type Part = fn(&Root) -> Result<Vec<String>>;

/// What is checked but for the chains themselves.
const PARTS: &[(&str, Part)] = &[
    ("file", file),
    ("foreign keys", foreign_keys),
    ("records", records),
    ("records", contents),
    ("records", files),
    ("records", reports),
    ("triggers", triggers),
    ("audit triggers", audit_triggers),
    ("audit chain", strange_chains),
];

fn findings_of(area: &'static str, part: Part, root: &Root) -> Vec<Finding> {
    let details = part(root).unwrap_or_else(|error| vec![error.to_string()]);
    details.into_iter().map(|detail| Finding { area, detail }).collect()
}

fn broken(chain: &str, walked: Result<audit_verify::Verification>) -> Option<Finding> {
    let detail = match walked {
        Ok(verification) => verification.broken.map(|broken| {
            let id = broken.id.map(|id| format!(" ({id})")).unwrap_or_default();
            format!("`{chain}` breaks at entry {}{id}: {}", broken.seq, broken.reason)
        }),
        Err(error) => Some(format!("`{chain}` cannot be read: {error}")),
    };
    detail.map(|detail| Finding { area: "audit chain", detail })
}

fn file(root: &Root) -> Result<Vec<String>> {
    let lines = texts(root.connection, &format!("PRAGMA integrity_check({FAULTS_SHOWN_MAX})"))?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}

fn foreign_keys(root: &Root) -> Result<Vec<String>> {
    texts(
        root.connection,
        "SELECT count(*) || ' rows of `' || \"table\" || '` refer to rows of `' || parent || '` that do not exist'
         FROM pragma_foreign_key_check GROUP BY \"table\", parent ORDER BY 1",
    )
}

fn records(root: &Root) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for (sentence, query) in promises::PROMISES.iter().chain(evidence::PROMISES) {
        // SQL: one of the queries above.
        let sql = format!("SELECT count(*), min(id) FROM ({query})");
        let mut statement = root.connection.prepare(&sql)?;
        let (count, first): (i64, Option<String>) = statement.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if let Some(first) = first {
            findings.push(format!("{sentence} ({count} in all, such as `{first}`)"));
        }
    }
    Ok(findings)
}

/// What devices reported, against the hash that was made of it then: SQLite's own check does not look at contents.
fn contents(root: &Root) -> Result<Vec<String>> {
    let sql = "SELECT device_id, hash, data, deflated FROM (SELECT device_id, hash, data_id FROM device_section
                   UNION ALL SELECT device_id, hash, data_id FROM device_section_past) JOIN section_data ON section_data.id = data_id";
    let mut statement = root.connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut damaged = Vec::new();
    while let Some(row) = rows.next()? {
        if !section_data::holds(row.get(2)?, row.get(3)?, row.get_ref(1)?.as_bytes().unwrap_or_default()) {
            damaged.push(row.get::<_, String>(0)?);
        }
    }
    Ok(said("a section's content is not what was reported", &damaged))
}

/// The files of attestations and reviews, against the hash that was made of each when it came.
fn files(root: &Root) -> Result<Vec<String>> {
    let mut statement = root.connection.prepare("SELECT id, size, sha256, data FROM file")?;
    let mut rows = statement.query([])?;
    let mut damaged = Vec::new();
    while let Some(row) = rows.next()? {
        let (data, sha256) = (row.get_ref(3)?.as_bytes().unwrap_or_default(), row.get_ref(2)?.as_bytes().unwrap_or_default());
        if row.get::<_, i64>(1)?.unsigned_abs() != data.len() as u64 || Sha256::digest(data)[..] != *sha256 {
            damaged.push(row.get::<_, String>(0)?);
        }
    }
    Ok(said("a file is not what was given", &damaged))
}

/// The files of reports that are kept, piece by piece, against the hash that was signed.
fn reports(root: &Root) -> Result<Vec<String>> {
    let sql = "SELECT id, size_bytes, sha256 FROM report WHERE status = 'completed' AND file_removed_at IS NULL";
    let mut statement = root.connection.prepare(sql)?;
    let mut pieces = root.connection.prepare("SELECT number, data FROM report_piece WHERE report_id = ?1 ORDER BY number")?;
    let mut rows = statement.query([])?;
    let mut damaged = Vec::new();
    while let Some(row) = rows.next()? {
        let id: String = row.get(0)?;
        let (mut hash, mut size, mut next, mut whole) = (Sha256::new(), 0_u64, 0_i64, true);
        let mut parts = pieces.query([&id])?;
        while let Some(part) = parts.next()? {
            let data = part.get_ref(1)?.as_bytes().unwrap_or_default();
            whole &= part.get::<_, i64>(0)? == next;
            hash.update(data);
            size += data.len() as u64;
            next += 1;
        }
        let stated = row.get::<_, Option<i64>>(1)?.map(i64::unsigned_abs);
        if !whole || stated != Some(size) || hash.finalize()[..] != *row.get_ref(2)?.as_bytes().unwrap_or_default() {
            damaged.push(id);
        }
    }
    Ok(said("a report's file is not the one that was made", &damaged))
}

fn said(sentence: &str, ids: &[String]) -> Vec<String> {
    ids.first().map(|first| format!("{sentence} ({} in all, such as `{first}`)", ids.len())).into_iter().collect()
}

/// Triggers that keep the log as it was written.
const OF_THE_LOG: &str = "audit_";

/// Whoever takes the triggers away can change entries; that they are back afterwards proves nothing, that they are gone does.
fn audit_triggers(root: &Root) -> Result<Vec<String>> {
    missing_triggers(root, |name| name.starts_with(OF_THE_LOG))
}

/// The other triggers keep history as it was written, and counts as they are.
fn triggers(root: &Root) -> Result<Vec<String>> {
    missing_triggers(root, |name| !name.starts_with(OF_THE_LOG))
}

fn missing_triggers(root: &Root, of_kind: impl Fn(&str) -> bool) -> Result<Vec<String>> {
    let present = texts(root.connection, "SELECT sql FROM sqlite_schema WHERE type = 'trigger'")?;
    let expected = connection::SCHEMA.split("CREATE TRIGGER ").skip(1).filter_map(|text| text.split_whitespace().next());
    let missing = expected.filter(|name| of_kind(name)).filter(|name| {
        let start = format!("CREATE TRIGGER {name} ");
        !present.iter().any(|sql| sql.starts_with(&start) && connection::SCHEMA.contains(sql.as_str()))
    });
    Ok(missing.map(|name| format!("the trigger `{name}` is missing or was changed")).collect())
}

fn strange_chains(root: &Root) -> Result<Vec<String>> {
    let tenants = texts(root.connection, "SELECT id FROM tenant")?;
    let strange = audit_verify::chains(root)?.into_iter().filter(|chain| chain != APPLIANCE_CHAIN && !tenants.contains(chain));
    Ok(strange.map(|chain| format!("`{chain}` belongs to no tenant")).collect())
}

fn texts(connection: &Connection, sql: &str) -> Result<Vec<String>> {
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<Vec<String>>>()?)
}
