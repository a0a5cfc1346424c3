//! What is known of a person by name, and where it stands in the audit log.

use std::collections::BTreeSet;

use rusqlite::params;
use serde_json::Value;

use super::Subject;
use crate::error::Result;
use crate::limits::ERASED_NAMES_MAX;
use crate::store::audit::APPLIANCE_CHAIN;
use crate::store::tx::{Tx, WriteTx};

/// Present and earlier names and emails that are nobody else's now, in lower case.
pub(super) struct Names {
    pub(super) emails: Vec<String>,
    pub(super) names: Vec<String>,
}

/// Reads them, before anything is changed.
pub(super) fn names(tx: &Tx, subject: &Subject) -> Result<Names> {
    let (mut emails, mut names) = (BTreeSet::new(), BTreeSet::new());
    for id in subject.person_id.iter().chain(subject.accounts()) {
        let sql = "SELECT email, name FROM user WHERE id = ?1 UNION SELECT email, name FROM person WHERE id = ?1
                   UNION SELECT json_extract(data, '$.email'), json_extract(data, '$.name') FROM record_past WHERE record_id = ?1 LIMIT ?2";
        let mut statement = tx.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![id, ERASED_NAMES_MAX as i64])?;
        while let Some(row) = rows.next()? {
            let text = |index: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<String>>(index)?.unwrap_or_default().to_lowercase());
            // A deleted account has its id in place of the email.
            emails.extend(Some(text(0)?).filter(|email| email.contains('@')));
            names.extend(Some(text(1)?).filter(|name| !name.is_empty() && name != crate::domain::audit::ERASED));
        }
    }
    let accounts = Value::from_iter(subject.accounts().map(String::as_str)).to_string();
    let others = |column: &str, text: &str| -> Result<bool> {
        // SQL: one of two column names, given below.
        let sql = format!(
            "SELECT EXISTS (SELECT 1 FROM user WHERE tenant_id = ?1 AND fold({column}) = ?2 AND id NOT IN (SELECT value FROM json_each(?3)))
                 OR EXISTS (SELECT 1 FROM person WHERE tenant_id = ?1 AND fold({column}) = ?2 AND id IS NOT ?4)"
        );
        let values = params![tx.tenant_id, text, accounts, subject.person_id];
        Ok(tx.connection.prepare_cached(&sql)?.query_row(values, |row| row.get(0))?)
    };
    let mut known = Names { emails: Vec::new(), names: Vec::new() };
    for email in emails {
        if !others("email", &email)? {
            known.emails.push(email);
        }
    }
    for name in names {
        if !others("name", &name)? {
            known.names.push(name);
        }
    }
    Ok(known)
}

/// Deletes values and salts from the logs of tenant and appliance: those that are or contain the person's emails or whole names, and the
/// addresses and clients that the person acted from. Gives how many.
pub(super) fn forget(tx: &WriteTx, subject: &Subject, names: &Names) -> Result<u64> {
    let mut removed = 0;
    for chain in [tx.tenant_id.as_str(), APPLIANCE_CHAIN] {
        // Names of tenants and files in the appliance's log are no person's.
        let wanted: Vec<&str> = match chain {
            APPLIANCE_CHAIN => names.emails.iter().map(String::as_str).collect(),
            _ => names.emails.iter().chain(&names.names).map(String::as_str).collect(),
        };
        for (seq, field) in found(tx, chain, &wanted)? {
            let sql = "DELETE FROM audit_personal WHERE chain = ?1 AND seq = ?2 AND (field = ?3 OR (?4 AND field IN ('ip_address', 'user_agent')))";
            let is_actor = field == "actor_email" || chain == APPLIANCE_CHAIN;
            removed += tx.connection.prepare_cached(sql)?.execute(params![chain, seq, field, is_actor])?;
        }
    }
    let sql = "DELETE FROM audit_personal WHERE chain = ?1 AND field IN ('ip_address', 'user_agent') AND seq IN (
                   SELECT seq FROM audit_log WHERE chain = ?1 AND actor_id = ?2
                   UNION SELECT seq FROM audit_log WHERE chain = ?1 AND resource_id = ?2 AND category = 'authentication')";
    for id in subject.accounts() {
        removed += tx.connection.prepare_cached(sql)?.execute([&tx.tenant_id, id])?;
    }
    Ok(removed as u64)
}

fn found(tx: &Tx, chain: &str, wanted: &[&str]) -> Result<Vec<(i64, String)>> {
    let sql = "SELECT seq, field, value FROM audit_personal WHERE chain = ?1 AND field NOT IN ('ip_address', 'user_agent')";
    let mut statement = tx.connection.prepare_cached(sql)?;
    let mut rows = statement.query([chain])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let value = row.get_ref(2)?.as_str().unwrap_or_default().to_lowercase();
        if wanted.iter().any(|wanted| holds(&value, wanted)) {
            found.push((row.get(0)?, row.get(1)?));
        }
    }
    Ok(found)
}

/// Whether `wanted` stands in `value` as a whole: not as a part of a longer word or address. A name of one word counts only by itself.
fn holds(value: &str, wanted: &str) -> bool {
    if !wanted.contains(['@', ' ']) {
        return value == wanted;
    }
    let is_part = |character: Option<char>| character.is_some_and(|character| character.is_alphanumeric() || "._%+-@".contains(character));
    value.match_indices(wanted).any(|(at, _)| {
        let (before, after) = (&value[..at], &value[at + wanted.len()..]);
        // A full stop behind an address ends a sentence more often than it goes on.
        !is_part(before.chars().next_back()) && !is_part(after.chars().next().filter(|character| *character != '.'))
    })
}

#[cfg(test)]
mod tests {
    use super::holds;

    #[test]
    fn a_name_is_found_as_a_whole_only() {
        assert!(holds("ada@example.org", "ada@example.org"));
        assert!(holds("mail to ada@example.org.", "ada@example.org"));
        assert!(!holds("nada@example.org", "ada@example.org"));
        assert!(!holds("ada@example.organic", "ada@example.org"));
        assert!(holds("the laptop of ada lovelace", "ada lovelace"));
        assert!(holds("ada", "ada") && !holds("canada", "ada") && !holds("ada's laptop", "ada"));
    }
}
