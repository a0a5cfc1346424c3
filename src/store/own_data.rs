//! All that is held about one person, row by row: for who asks for the own data. Never a secret, nor its hash.

use rusqlite::types::ValueRef;
use rusqlite::{Row, params, params_from_iter};
use serde_json::{Map, Value};

use super::section_data;
use super::tx::Tx;
use crate::domain::time::Time;
use crate::error::Result;

/// A part of the answer that is small for anybody: its name, and the rows that it holds.
pub struct Part {
    /// The field of the document.
    pub name: &'static str,
    sql: &'static str,
}

/// The small parts. `?1` is the tenant, `?2` the user, `?3` the email, `?4` a JSON array of the user and the keys that he
/// made. An alias that ends in `_json` is JSON, one that begins with `is_` a truth value.
pub static PARTS: &[Part] = &[
    Part {
        name: "account",
        sql: "SELECT id, email, name, role, status, expires_at, last_active_at, created_at, since,
                  EXISTS (SELECT 1 FROM user_mfa m WHERE m.user_id = user.id AND confirmed_at IS NOT NULL) AS is_second_factor_set_up
              FROM user WHERE tenant_id = ?1 AND id = ?2",
    },
    Part {
        name: "person",
        sql: "SELECT id, name, email, needs_device AS is_in_need_of_device, reason, joined_on, left_on, source, created_at, since
              FROM person WHERE tenant_id = ?1 AND (user_id = ?2 OR email = ?3)",
    },
    Part {
        name: "earlier_versions",
        sql: "SELECT record_id, since, until, data AS data_json FROM record_past WHERE tenant_id = ?1
              AND record_id IN (SELECT id FROM person WHERE tenant_id = ?1 AND (user_id = ?2 OR email = ?3) UNION ALL SELECT ?2)
              ORDER BY record_id, since, recorded_at",
    },
    Part {
        name: "sessions",
        sql: "SELECT id, ip_address, user_agent, created_at, last_used_at, expires_at, ended_at, ended_reason, second_factor AS is_with_second_factor
              FROM session WHERE tenant_id = ?1 AND user_id = ?2 ORDER BY id",
    },
    Part {
        name: "sign_in_failures",
        sql: "SELECT ip_address, failed_at FROM sign_in_failure WHERE email = ?3 ORDER BY id",
    },
    Part { name: "sign_in_places", sql: "SELECT ip_address, last_at FROM sign_in_place WHERE email = ?3 ORDER BY ip_address" },
    Part {
        name: "invitations",
        sql: "SELECT id, email, role, created_at, expires_at, accepted_at, revoked_at FROM invitation
              WHERE tenant_id = ?1 AND (email = ?3 OR created_by = ?2) ORDER BY id",
    },
    Part {
        name: "api_keys",
        sql: "SELECT id, name, role, prefix, created_at, expires_at, last_used_at, revoked_at FROM api_key
              WHERE tenant_id = ?1 AND created_by = ?2 ORDER BY id",
    },
    Part {
        name: "enrollment_tokens",
        sql: "SELECT id, name, created_at, expires_at, last_used_at, revoked_at FROM enrollment_token
              WHERE tenant_id = ?1 AND (created_by = ?2 OR user_id = ?2) ORDER BY id",
    },
    Part {
        name: "services",
        sql: "SELECT id, name, created_at, retired_at FROM service WHERE tenant_id = ?1 AND owner_id = ?2 ORDER BY id",
    },
    Part {
        name: "reviews",
        sql: "SELECT id, service_id, review_date, next_review_date, outcome, findings, finding_items AS finding_items_json, created_at
              FROM security_review WHERE tenant_id = ?1 AND created_by IN (SELECT value FROM json_each(?4)) ORDER BY id",
    },
    Part {
        name: "findings",
        sql: "SELECT id, service_id, review_id, text, severity, due_on, status, resolution, resolved_at, created_at, recorded_at
              FROM finding WHERE tenant_id = ?1 AND owner_id = ?2 ORDER BY id",
    },
    Part {
        name: "earlier_findings",
        sql: "SELECT record_id, since, until, data AS data_json FROM record_past
              WHERE tenant_id = ?1 AND record_id GLOB 'find_*' AND json_extract(data, '$.owner_id') = ?2
              ORDER BY record_id, since, recorded_at",
    },
    Part {
        name: "exceptions",
        sql: "SELECT id, subject_type, subject_id, tag, check_id, reason, compensating_measure, self_approved AS is_self_approved, expires_on,
                  recorded_at, revoked_at, requested_by = ?2 AS is_requested_by_me, approved_by IN (SELECT value FROM json_each(?4)) AS is_approved_by_me,
                  revoked_by IN (SELECT value FROM json_each(?4)) AS is_revoked_by_me
              FROM exception WHERE tenant_id = ?1 AND (requested_by = ?2 OR approved_by IN (SELECT value FROM json_each(?4))
                  OR revoked_by IN (SELECT value FROM json_each(?4))) ORDER BY id",
    },
    Part {
        name: "attestations",
        sql: "SELECT id, subject_type, subject_id, framework_id, control_id, check_id, statement, valid_until, created_at, revoked_at,
                  created_by IN (SELECT value FROM json_each(?4)) AS is_made_by_me, revoked_by IN (SELECT value FROM json_each(?4)) AS is_revoked_by_me
              FROM attestation WHERE tenant_id = ?1 AND (created_by IN (SELECT value FROM json_each(?4))
                  OR revoked_by IN (SELECT value FROM json_each(?4))) ORDER BY id",
    },
    Part {
        name: "files",
        sql: "SELECT id, attestation_id, review_id, name, media_type, size, lower(hex(sha256)) AS sha256, created_at
              FROM file WHERE tenant_id = ?1 AND created_by IN (SELECT value FROM json_each(?4)) ORDER BY id",
    },
    Part {
        name: "decisions_on_controls",
        sql: "SELECT framework_id, control_id, version, applicable AS is_applicable, reason, recorded_at FROM applicability
              WHERE tenant_id = ?1 AND decided_by IN (SELECT value FROM json_each(?4)) ORDER BY framework_id, control_id, version",
    },
    Part {
        name: "frameworks",
        sql: "SELECT framework_id, version, text IS NULL AS is_removal, recorded_at FROM framework_version
              WHERE tenant_id = ?1 AND created_by IN (SELECT value FROM json_each(?4)) ORDER BY framework_id, version",
    },
    Part {
        name: "reports",
        sql: "SELECT id, framework_id, format, start_date, end_date, triggered_by, role, request AS request_json, status, created_at, finished_at
              FROM report WHERE tenant_id = ?1 AND created_by IN (SELECT value FROM json_each(?4)) ORDER BY id",
    },
    Part {
        name: "reset_links",
        sql: "SELECT created_at, expires_at FROM reset_link WHERE user_id = ?2",
    },
];

/// Parts of one device; `?1` is the tenant, `?2` the device.
pub static DEVICE_PARTS: &[Part] = &[
    Part {
        name: "record",
        sql: "SELECT id, serial_number, device_name, device_type, os_type, os_version, os_distribution, os_edition, ownership,
                  tags AS tags_json, source, agent_version, created_at, first_seen AS first_seen_at, last_seen AS last_seen_at,
                  compliance_status, retired_at, retired_reason
              FROM device WHERE tenant_id = ?1 AND id = ?2",
    },
    Part { name: "runs_of_reports", sql: "SELECT since, until FROM device_presence_past WHERE device_id = ?2 ORDER BY since" },
    Part {
        name: "verdicts",
        sql:
            "SELECT check_id, status, since, NULL AS until, observed AS observed_json FROM verdict WHERE tenant_id = ?1 AND subject_id = ?2
              UNION ALL SELECT check_id, status, since, until, observed FROM verdict_past WHERE tenant_id = ?1 AND subject_id = ?2
              ORDER BY check_id, since",
    },
    Part {
        name: "states",
        sql: "SELECT status, since, until FROM status_past WHERE tenant_id = ?1 AND subject_id = ?2 ORDER BY since, recorded_at",
    },
];

/// The rows of a part of the user's data.
pub fn rows(tx: &Tx, part: &Part, user_id: &str, email: &str) -> Result<Vec<Value>> {
    let own = Value::from(ids(tx, user_id, email)?.actors).to_string();
    collected(tx, part.sql, &[&tx.tenant_id, user_id, email, &own])
}

/// The rows of a part of a device's data.
pub fn device_rows(tx: &Tx, part: &Part, device_id: &str) -> Result<Vec<Value>> {
    collected(tx, part.sql, &[&tx.tenant_id, device_id])
}

/// Under which ids the audit log knows a user.
pub struct OwnIds {
    /// As who acts: the account, and the keys that the user made.
    pub actors: Vec<String>,
    /// As what something happens to: the account and the person.
    pub resources: Vec<String>,
}

/// The ids of the user called `user_id`, whose email is `email`.
pub fn ids(tx: &Tx, user_id: &str, email: &str) -> Result<OwnIds> {
    let list = |sql: &str| -> Result<Vec<String>> {
        let mut statement = tx.connection.prepare_cached(sql)?;
        let rows = statement.query_map(params![tx.tenant_id, user_id, email], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    };
    Ok(OwnIds {
        actors: list("SELECT ?2 WHERE ?3 = ?3 UNION ALL SELECT id FROM api_key WHERE tenant_id = ?1 AND created_by = ?2 ORDER BY 1 DESC")?,
        resources: list("SELECT ?2 UNION ALL SELECT id FROM person WHERE tenant_id = ?1 AND (user_id = ?2 OR email = ?3) ORDER BY 1 DESC")?,
    })
}

/// The devices that are the user's, those too that are retired.
pub fn device_ids(tx: &Tx, user_id: &str) -> Result<Vec<String>> {
    let sql = "SELECT id FROM device WHERE tenant_id = ?1 AND user_id = ?2 ORDER BY id";
    let mut statement = tx.connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![tx.tenant_id, user_id], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// What was reported about a device, present and past, without the content: each of them may be large.
pub fn sections(tx: &Tx, device_id: &str) -> Result<Vec<(i64, Value)>> {
    let sql = "SELECT data_id, data_type, source, since, NULL AS until FROM device_section WHERE device_id = ?1
               UNION ALL SELECT data_id, data_type, source, since, until FROM device_section_past WHERE device_id = ?1 ORDER BY data_type, since";
    let mut statement = tx.connection.prepare_cached(sql)?;
    let mut rows = statement.query([device_id])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let mut shown = object(row)?;
        shown.remove("data_id");
        found.push((row.get(0)?, Value::Object(shown)));
    }
    Ok(found)
}

/// The content of one of them; `None` if it was removed meanwhile.
pub fn content(tx: &Tx, data_id: i64) -> Result<Option<Value>> {
    let sql = "SELECT EXISTS (SELECT 1 FROM section_data WHERE id = ?1)";
    match tx.connection.prepare_cached(sql)?.query_row([data_id], |row| row.get(0))? {
        true => Ok(Some(Value::Object(section_data::load_object(tx, data_id)?))),
        false => Ok(None),
    }
}

fn collected(tx: &Tx, sql: &str, values: &[&str]) -> Result<Vec<Value>> {
    let mut statement = tx.connection.prepare_cached(sql)?;
    // A part may do without the last ones.
    let taken = statement.parameter_count();
    let mut rows = statement.query(params_from_iter(values.iter().take(taken)))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(Value::Object(object(row)?));
    }
    Ok(found)
}

/// A row as an object; moments as the API shows them.
fn object(row: &Row) -> rusqlite::Result<Map<String, Value>> {
    let names: Vec<String> = row.as_ref().column_names().map(str::to_owned).collect();
    let mut object = Map::new();
    for (index, name) in names.iter().enumerate() {
        let is_moment = name.ends_with("_at") || matches!(name.as_str(), "since" | "until");
        let value = match row.get_ref(index)? {
            ValueRef::Integer(number) if is_moment => Value::from(Time(number).to_string()),
            ValueRef::Integer(number) if name.starts_with("is_") => Value::from(number != 0),
            ValueRef::Integer(number) => Value::from(number),
            ValueRef::Text(text) if name.ends_with("_json") => serde_json::from_slice(text).unwrap_or_default(),
            ValueRef::Text(text) => Value::from(String::from_utf8_lossy(text)),
            _ => Value::Null,
        };
        object.insert(name.strip_suffix("_json").unwrap_or(name).to_owned(), value);
    }
    Ok(object)
}
