//! Reading the audit log: pages for people, and a walk over all that match for exports.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Row, ToSql, named_params, params};

use super::tx::{Actor, Root, Tx};
use super::{Store, audit_anchor};
use crate::domain::audit::{Hash, LoggedEntry, Personal, SealedEntry, first_previous_hash};
use crate::domain::time::Time;
use crate::error::Result;
use crate::limits::AUDIT_CHUNK_ENTRIES;

/// Which entries. What is `None` does not narrow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// `noun_verb`.
    pub event_name: Option<String>,
    /// The group of events.
    pub category: Option<String>,
    /// Kind of what it happened to.
    pub resource_type: Option<String>,
    /// Id of what it happened to.
    pub resource_id: Option<String>,
    /// Id of who did it.
    pub actor_id: Option<String>,
    /// Email of who did it, whole, in any case; finds nothing that was erased.
    pub actor_email: Option<String>,
    /// Address as it is shown; finds nothing that was erased.
    pub ip_address: Option<String>,
    /// Not before this moment.
    pub from: Option<Time>,
    /// Before this moment.
    pub until: Option<Time>,
}

/// A page of the tenant's entries, newest first, and how many match in all.
pub fn page(tx: &Tx, filter: &Filter, skip: u64, limit: u64) -> Result<(Vec<LoggedEntry>, u64)> {
    let Some(span) = span(tx, filter)? else { return Ok((Vec::new(), 0)) };
    let query = Query::new(&tx.tenant_id, filter, span);
    let total: i64 = if *filter == Filter::default() {
        tx.connection.prepare_cached(COUNT_ALL_SQL)?.query_row(named_params! {":chain": tx.tenant_id}, |row| row.get(0))?
    } else {
        tx.connection.prepare_cached(&query.count_sql())?.query_row(&*query.bound(), |row| row.get(0))?
    };
    let (skip, limit) = (i64::try_from(skip).unwrap_or(i64::MAX), i64::try_from(limit).unwrap_or(i64::MAX));
    let entries = entries(tx.connection, &query, limit, skip)?;
    Ok((entries, total.unsigned_abs()))
}

/// Number and hash of the tenant's last entry; 0 and what the first one will follow where there is none.
pub fn head(tx: &Tx) -> Result<(i64, Hash)> {
    let sql = "SELECT seq, hash FROM audit_log WHERE chain = ?1 ORDER BY seq DESC LIMIT 1";
    let found = tx.connection.prepare_cached(sql)?.query_row([&tx.tenant_id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    Ok(found.unwrap_or_else(|| (0, first_previous_hash(&tx.tenant_id))))
}

/// The hash of entry `seq` of `chain`, if it is there or the anchor stands for it; of number 0 what the first entry must follow.
pub fn hash_at(root: &Root, chain: &str, seq: i64) -> Result<Option<Hash>> {
    if seq == 0 {
        return Ok(Some(first_previous_hash(chain)));
    }
    if let Some(anchor) = audit_anchor::of(root.connection, chain)?.filter(|anchor| anchor.seq == seq) {
        return Ok(Some(anchor.hash));
    }
    let sql = "SELECT hash FROM audit_log WHERE chain = ?1 AND seq = ?2";
    Ok(root.connection.prepare_cached(sql)?.query_row(params![chain, seq], |row| row.get(0)).optional()?)
}

/// Hands all of the tenant's entries that match to `each`, newest first, and ends at its first error.
///
/// Reads [`AUDIT_CHUNK_ENTRIES`] at a time, each chunk in a transaction of its own: memory stays constant and a slow receiver holds up
/// no connection and no checkpoint of the WAL. Entries that are added meanwhile are not part of it.
pub fn walk(
    store: &Store,
    tenant_id: &str,
    actor: &Actor,
    now: Time,
    filter: &Filter,
    mut each: impl FnMut(&LoggedEntry) -> Result<()>,
) -> Result<()> {
    let Some(mut span) = store.read(tenant_id, actor, now, |tx| self::span(tx, filter))? else { return Ok(()) };
    loop {
        let chunk = store.read(tenant_id, actor, now, |tx| {
            let query = Query::new(&tx.tenant_id, filter, span);
            entries(tx.connection, &query, AUDIT_CHUNK_ENTRIES as i64, 0)
        })?;
        chunk.iter().try_for_each(&mut each)?;
        match chunk.last() {
            Some(last) if chunk.len() == AUDIT_CHUNK_ENTRIES => span.last = last.sealed.seq - 1,
            _ => return Ok(()),
        }
    }
}

/// An entry from a row of [`COLUMNS`], personal values not yet looked up. An error for what no entry of ours can look like.
pub(super) fn entry_of(row: &Row) -> rusqlite::Result<LoggedEntry> {
    let metadata: String = row.get("metadata")?;
    let metadata = serde_json::from_str(&metadata)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error)))?;
    let sealed = SealedEntry {
        id: row.get("id")?,
        seq: row.get("seq")?,
        event_name: row.get("event_name")?,
        event_title: row.get("event_title")?,
        category: row.get("category")?,
        resource_type: row.get("resource_type")?,
        resource_id: row.get("resource_id")?,
        actor_id: row.get("actor_id")?,
        actor_type: row.get("actor_type")?,
        actor_email: row.get("actor_email")?,
        ip_address: row.get("ip_address")?,
        user_agent: row.get("user_agent")?,
        metadata,
        created_at: Time(row.get("created_at")?),
        previous_hash: row.get("previous_hash")?,
    };
    Ok(LoggedEntry { sealed, hash: row.get("hash")?, personal: BTreeMap::new() })
}

/// What [`entry_of`] needs.
pub(super) const COLUMNS: &str = "log.id, log.seq, log.event_name, log.event_title, log.category, log.resource_type, log.resource_id, \
     log.actor_id, log.actor_type, log.actor_email, log.ip_address, log.user_agent, log.metadata, log.created_at, log.hash, \
     log.previous_hash";

/// The personal values of entry `seq` of `chain` that were not erased.
pub(super) fn personal(connection: &Connection, chain: &str, seq: i64) -> rusqlite::Result<BTreeMap<String, Personal>> {
    let mut statement = connection.prepare_cached("SELECT field, salt, value FROM audit_personal WHERE chain = ?1 AND seq = ?2")?;
    let rows = statement.query_map(params![chain, seq], |row| Ok((row.get(0)?, Personal { salt: row.get(1)?, value: row.get(2)? })))?;
    rows.collect()
}

/// Numbers of entries, both included.
#[derive(Debug, Clone, Copy)]
struct Span {
    first: i64,
    last: i64,
}

/// Between which entries those lie that match the filter's times; `None` where there are none.
///
/// Numbers follow the time but for what was applied late, so this narrows as well as the times themselves, and the rest of the query
/// can go by number.
fn span(tx: &Tx, filter: &Filter) -> Result<Option<Span>> {
    if filter.from.is_none() && filter.until.is_none() {
        return Ok(Some(Span { first: i64::MIN, last: i64::MAX }));
    }
    let from = filter.from.map_or(i64::MIN, |time| time.0);
    let until = filter.until.map_or(i64::MAX, |time| time.0);
    let parameters = named_params! {":chain": tx.tenant_id, ":from": from, ":until": until};
    let ends = tx.connection.prepare_cached(SPAN_SQL)?.query_row(parameters, |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(match ends {
        (Some(first), Some(last)) => Some(Span { first, last }),
        _ => None,
    })
}

/// A chain has no gaps: the retention takes entries from its begin only. Counting them one by one would take longer with every entry.
const COUNT_ALL_SQL: &str =
    "SELECT coalesce((SELECT max(seq) FROM audit_log WHERE chain = :chain) - (SELECT min(seq) FROM audit_log WHERE chain = :chain) + 1, 0)";

const SPAN_SQL: &str = "SELECT min(seq), max(seq) FROM audit_log WHERE chain = :chain AND created_at >= :from AND created_at < :until";

/// A filter as SQL: the tables, the conditions and what is bound to their names.
struct Query {
    chain: String,
    tables: String,
    conditions: String,
    /// The column by whose index the rows come in order.
    seq: &'static str,
    values: Vec<(&'static str, Box<dyn ToSql>)>,
}

impl Query {
    fn new(chain: &str, filter: &Filter, span: Span) -> Query {
        let mut tables: Vec<(&str, String)> = Vec::new();
        let mut conditions = Vec::new();
        let mut values: Vec<(&'static str, Box<dyn ToSql>)> = Vec::new();
        // What is personal is found through its own table, which then leads: its index has the rows in order.
        for (name, alias, condition, value) in [
            (":address", "address", "address.field = 'ip_address' AND address.value = :address COLLATE NOCASE", &filter.ip_address),
            (":email", "email", "email.field = 'actor_email' AND email.value = :email COLLATE NOCASE", &filter.actor_email),
        ] {
            if let Some(value) = value {
                tables.push((alias, format!("audit_personal AS {alias}")));
                conditions.push(condition.to_owned());
                values.push((name, Box::new(value.clone())));
            }
        }
        tables.push(("log", "audit_log AS log".to_owned()));
        for (name, condition, value) in [
            (":event", "log.event_name = :event", &filter.event_name),
            (":category", "log.category = :category", &filter.category),
            (":resource_type", "log.resource_type = :resource_type", &filter.resource_type),
            (":resource_id", "log.resource_id = :resource_id", &filter.resource_id),
            (":actor", "log.actor_id = :actor", &filter.actor_id),
        ] {
            if let Some(value) = value {
                conditions.push(condition.to_owned());
                values.push((name, Box::new(value.clone())));
            }
        }
        let seq = match tables[0].0 {
            "address" => "address.seq",
            "email" => "email.seq",
            _ => "log.seq",
        };
        for (position, (alias, _)) in tables.iter().enumerate() {
            conditions.push(format!("{alias}.chain = :chain"));
            conditions.push(match position {
                0 => format!("{seq} BETWEEN :first AND :last"),
                _ => format!("{alias}.seq = {seq}"),
            });
        }
        values.extend([(":first", Box::new(span.first) as Box<dyn ToSql>), (":last", Box::new(span.last))]);
        // The plus keeps the time's index out of it: the span has done its work, and the rows shall come by number.
        for (name, condition, value) in
            [(":from", "+log.created_at >= :from", filter.from), (":until", "+log.created_at < :until", filter.until)]
        {
            if let Some(Time(seconds)) = value {
                conditions.push(condition.to_owned());
                values.push((name, Box::new(seconds)));
            }
        }
        let tables: Vec<String> = tables.into_iter().map(|(_, table)| table).collect();
        Query { chain: chain.to_owned(), tables: tables.join(" CROSS JOIN "), conditions: conditions.join(" AND "), seq, values }
    }

    fn count_sql(&self) -> String {
        // SQL: tables and conditions are constants of this file; all values are bound.
        format!("SELECT count(*) FROM {} WHERE {}", self.tables, self.conditions)
    }

    fn page_sql(&self) -> String {
        let (tables, conditions, seq) = (&self.tables, &self.conditions, self.seq);
        // SQL: as above.
        format!("SELECT {COLUMNS} FROM {tables} WHERE {conditions} ORDER BY {seq} DESC LIMIT :limit OFFSET :skip")
    }

    fn bound(&self) -> Vec<(&'static str, &dyn ToSql)> {
        let chain = (":chain", &self.chain as &dyn ToSql);
        std::iter::once(chain).chain(self.values.iter().map(|(name, value)| (*name, value.as_ref()))).collect()
    }
}

fn entries(connection: &Connection, query: &Query, limit: i64, skip: i64) -> Result<Vec<LoggedEntry>> {
    let mut statement = connection.prepare_cached(&query.page_sql())?;
    let mut parameters = query.bound();
    parameters.extend([(":limit", &limit as &dyn ToSql), (":skip", &skip)]);
    let mut entries = statement.query_map(&*parameters, entry_of)?.collect::<rusqlite::Result<Vec<LoggedEntry>>>()?;
    for entry in &mut entries {
        entry.personal = personal(connection, &query.chain, entry.sealed.seq)?;
    }
    Ok(entries)
}

/// How SQLite goes about the statements for `filter`: one line for each step.
#[cfg(test)]
pub(super) fn plans(tx: &Tx, filter: &Filter) -> Result<Vec<String>> {
    let query = Query::new(&tx.tenant_id, filter, Span { first: 1, last: 9 });
    let mut statements = vec![query.count_sql(), query.page_sql()];
    if filter.from.is_some() || filter.until.is_some() {
        statements.push(SPAN_SQL.to_owned());
    }
    let mut steps = Vec::new();
    for sql in statements {
        let mut statement = tx.connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
        // Raw: a plan needs nothing bound.
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            steps.push(row.get("detail")?);
        }
    }
    Ok(steps)
}
