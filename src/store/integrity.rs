//! Is the file whole? SQLite's own checks, the audit chains, and what the schema promises but can't enforce.

use rusqlite::Connection;

use super::audit::APPLIANCE_CHAIN;
use super::{Root, Store, audit_verify, connection, section_data};
use crate::domain::time::Time;
use crate::error::Result;

/// Faults of one kind that are reported; SQLite stops there too.
const FAULTS_SHOWN_MAX: i64 = 100;

/// Something that is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where: `file`, `foreign keys`, `audit chain`, `audit triggers`, `records`.
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

/// What must not be there: a sentence, and a query for the `id` of rows that break the promise.
const PROMISES: &[(&str, &str)] = &[
    (
        "a verdict speaks of a device that its tenant does not have",
        "SELECT subject_id AS id FROM verdict AS v WHERE subject_id GLOB 'dev_*'
         AND NOT EXISTS (SELECT 1 FROM device WHERE id = v.subject_id AND tenant_id = v.tenant_id)",
    ),
    (
        "a past verdict speaks of a device that its tenant does not have",
        "SELECT subject_id AS id FROM verdict_past AS v WHERE subject_id GLOB 'dev_*'
         AND NOT EXISTS (SELECT 1 FROM device WHERE id = v.subject_id AND tenant_id = v.tenant_id)",
    ),
    (
        "a past status speaks of a device that its tenant does not have",
        "SELECT subject_id AS id FROM status_past AS s WHERE subject_id GLOB 'dev_*'
         AND NOT EXISTS (SELECT 1 FROM device WHERE id = s.subject_id AND tenant_id = s.tenant_id)",
    ),
    (
        "the number of a tenant's devices is wrong",
        "SELECT tenant_id AS id FROM (SELECT tenant_id, sum(devices) AS devices FROM
             (SELECT tenant_id, compliance_status, approval, owned, devices FROM device_tally
              UNION ALL SELECT tenant_id, compliance_status, approval, user_id IS NOT NULL, -1 FROM device WHERE retired_at IS NULL)
         GROUP BY tenant_id, compliance_status, approval, owned) WHERE devices <> 0",
    ),
    (
        "the number of subjects that stand in one way in a check is wrong",
        "SELECT tenant_id AS id FROM (SELECT tenant_id, sum(subjects) AS subjects FROM
             (SELECT tenant_id, check_id, status, subjects FROM check_tally
              UNION ALL SELECT tenant_id, check_id, status, -1 FROM verdict v
                  WHERE NOT EXISTS (SELECT 1 FROM device WHERE id = v.subject_id AND approval = 'pending'))
         GROUP BY tenant_id, check_id, status) WHERE subjects <> 0",
    ),
    (
        "a verdict speaks of a service that its tenant does not have",
        "SELECT subject_id AS id FROM (SELECT subject_id, tenant_id FROM verdict UNION ALL SELECT subject_id, tenant_id FROM verdict_past
             UNION ALL SELECT subject_id, tenant_id FROM status_past) AS v WHERE subject_id GLOB 'svc_*'
         AND NOT EXISTS (SELECT 1 FROM service WHERE id = v.subject_id AND tenant_id = v.tenant_id)",
    ),
    (
        "a service belongs to a user of another tenant",
        "SELECT service.id FROM service JOIN user ON user.id = service.owner_id WHERE user.tenant_id <> service.tenant_id",
    ),
    (
        "a review speaks of a service of another tenant",
        "SELECT r.id FROM security_review r JOIN service ON service.id = r.service_id WHERE service.tenant_id <> r.tenant_id",
    ),
    (
        "a device belongs to a user of another tenant",
        "SELECT device.id FROM device JOIN user ON user.id = device.user_id WHERE user.tenant_id <> device.tenant_id",
    ),
    (
        "an API key was made by a user of another tenant",
        "SELECT api_key.id FROM api_key JOIN user ON user.id = api_key.created_by WHERE user.tenant_id <> api_key.tenant_id",
    ),
    (
        "an enrollment token speaks of a user of another tenant",
        "SELECT t.id FROM enrollment_token t JOIN user ON user.id IN (t.created_by, t.user_id) WHERE user.tenant_id <> t.tenant_id",
    ),
    (
        "an invitation was made by a user of another tenant",
        "SELECT i.id FROM invitation i JOIN user ON user.id = i.created_by WHERE user.tenant_id <> i.tenant_id",
    ),
    (
        "a deleted user can still sign in or owns something",
        "SELECT id FROM user WHERE status = 'deleted' AND (password_hash <> '' OR email <> id
             OR EXISTS (SELECT 1 FROM session s WHERE s.user_id = user.id AND s.ended_at IS NULL AND s.expires_at > user.since)
             OR EXISTS (SELECT 1 FROM device d WHERE d.user_id = user.id AND d.retired_at IS NULL)
             OR EXISTS (SELECT 1 FROM service s WHERE s.owner_id = user.id AND s.retired_at IS NULL))",
    ),
    (
        "a session belongs to a user of another tenant",
        "SELECT session.id FROM session JOIN user ON user.id = session.user_id WHERE user.tenant_id <> session.tenant_id",
    ),
    ("a past verdict ends before it begins", "SELECT subject_id AS id FROM verdict_past WHERE until < since"),
    ("a past status ends before it begins", "SELECT subject_id AS id FROM status_past WHERE until < since"),
    (
        "a section's content is missing",
        "SELECT device_id AS id FROM device_section s WHERE NOT EXISTS (SELECT 1 FROM section_data d WHERE d.id = s.data_id)
         UNION ALL
         SELECT device_id FROM device_section_past s WHERE NOT EXISTS (SELECT 1 FROM section_data d WHERE d.id = s.data_id)",
    ),
    ("a past section ends before it begins", "SELECT device_id AS id FROM device_section_past WHERE until < since"),
    ("a past version of a record ends before it begins", "SELECT record_id AS id FROM record_past WHERE until < since"),
    ("a run of reports ends before it begins", "SELECT device_id AS id FROM device_presence_past WHERE until < since"),
];

fn records(root: &Root) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for (sentence, query) in PROMISES {
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
    let (mut count, mut first) = (0, None);
    while let Some(row) = rows.next()? {
        if !section_data::holds(row.get(2)?, row.get(3)?, row.get_ref(1)?.as_bytes().unwrap_or_default()) {
            count += 1;
            first = first.or(Some(row.get::<_, String>(0)?));
        }
    }
    Ok(first.map(|first| format!("a section's content is not what was reported ({count} in all, such as `{first}`)")).into_iter().collect())
}

/// Whoever takes the triggers away can change entries; that they are back afterwards proves nothing, that they are gone does.
fn audit_triggers(root: &Root) -> Result<Vec<String>> {
    let present = texts(root.connection, "SELECT sql FROM sqlite_schema WHERE type = 'trigger'")?;
    let expected = [
        "audit_log_is_never_updated",
        "audit_log_is_never_deleted",
        "audit_log_is_never_replaced",
        "audit_anchor_only_advances",
        "audit_anchor_is_never_deleted",
    ];
    let missing = expected.into_iter().filter(|name| {
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
