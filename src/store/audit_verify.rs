//! Walking a chain of the audit log: is every entry what was written, in its place, with its personal values?

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::audit_read::{COLUMNS, entry_of, personal};
use super::{Store, audit_anchor};
use crate::domain::anchor::Anchor;
use crate::domain::audit::{Hash, LoggedEntry, SALT_BYTES, first_previous_hash, sealed};
use crate::domain::time::Time;
use crate::error::Result;
use crate::limits::AUDIT_CHUNK_ENTRIES;

/// The last moment of the year 9999: later ones have no RFC 3339 form.
const SHOWN_TIME_MAX: i64 = 253_402_300_799;

/// What a walk found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// Where the chain begins, if the retention removed entries: those up to its number are gone, and it is signed.
    pub anchor: Option<Anchor>,
    /// Entries that hold, up to the first that does not.
    pub entries: u64,
    /// Number of the first entry; `None` for an empty chain.
    pub first_seq: Option<i64>,
    /// Number of the last entry that holds.
    pub last_seq: Option<i64>,
    /// Hash of that entry: written down elsewhere, it proves later that nothing up to it was rewritten.
    pub head_hash: Option<Hash>,
    /// Personal values that were erased: their seals stand, value and salt are gone.
    pub erased_values: u64,
    /// The first entry that does not hold.
    pub broken: Option<Broken>,
}

/// An entry that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Its number; that of the gap where it is missing.
    pub seq: i64,
    /// Its id, where there is a row.
    pub id: Option<String>,
    /// What is wrong, as a part of a sentence.
    pub reason: String,
}

/// Walks the whole chain, in short transactions, and stops at the first entry that does not hold.
///
/// What this can't see without a head hash that was kept elsewhere: entries missing at the end together with their personal values, and a
/// chain that somebody with the file computed anew from some entry on. A personal value taken away by hand looks like an erased one; the
/// log tells of each erasure (`person_erased`).
pub fn verify(store: &Store, chain: &str, now: Time) -> Result<Verification> {
    loop {
        let mut walk = store.read_root(now, |root| Walk::new(root.connection, chain))?;
        while store.read_root(now, |root| walk.chunk(root.connection))? {}
        // When the retention removed entries meanwhile, the walk begins anew behind them. That is once a day, for the time of a few walks.
        if walk.found.broken.is_none() || !store.read_root(now, |root| walk.lost_its_begin(root.connection))? {
            return Ok(walk.found);
        }
    }
}

/// The same in the present transaction of `connection`.
pub(super) fn verify_within(connection: &Connection, chain: &str) -> Result<Verification> {
    let mut walk = Walk::new(connection, chain)?;
    while walk.chunk(connection)? {}
    Ok(walk.found)
}

/// A walk through a chain, a chunk at a time.
#[derive(Debug)]
pub(super) struct Walk {
    /// The chain's name.
    pub(super) chain: String,
    /// What was found so far.
    pub(super) found: Verification,
}

impl Walk {
    pub(super) fn new(connection: &Connection, chain: &str) -> Result<Walk> {
        let anchor = audit_anchor::of(connection, chain)?;
        let broken = anchor.as_ref().filter(|anchor| !audit_anchor::holds(anchor)).map(|anchor| Broken {
            seq: anchor.seq,
            id: None,
            reason: "its anchor, which stands for it and all before, is not what was signed".to_owned(),
        });
        let found = Verification { anchor, entries: 0, first_seq: None, last_seq: None, head_hash: None, erased_values: 0, broken };
        Ok(Walk { chain: chain.to_owned(), found })
    }

    /// Number and hash of what the first entry follows.
    fn begin(&self) -> (i64, Hash) {
        self.found.anchor.as_ref().map_or_else(|| (0, first_previous_hash(&self.chain)), |anchor| (anchor.seq, anchor.hash))
    }

    /// Whether entries where it began were removed by the retention since.
    pub(super) fn lost_its_begin(&self, connection: &Connection) -> Result<bool> {
        Ok(audit_anchor::of(connection, &self.chain)? != self.found.anchor)
    }

    /// Checks the next entries; false when the walk is over.
    pub(super) fn chunk(&mut self, connection: &Connection) -> Result<bool> {
        if self.found.broken.is_some() {
            return Ok(false);
        }
        let sql = format!("SELECT {COLUMNS} FROM audit_log AS log WHERE log.chain = ?1 AND log.seq > ?2 ORDER BY log.seq LIMIT ?3");
        let mut statement = connection.prepare_cached(&sql)?;
        let after = self.found.last_seq.unwrap_or(i64::MIN);
        let mut rows = statement.query(params![self.chain, after, AUDIT_CHUNK_ENTRIES as i64])?;
        let mut seen = 0;
        while let Some(row) = rows.next()? {
            seen += 1;
            if let Some(broken) = self.entry(connection, row)? {
                self.found.broken = Some(broken);
                return Ok(false);
            }
        }
        if seen == AUDIT_CHUNK_ENTRIES {
            return Ok(true);
        }
        self.found.broken = self.stray_value(connection)?;
        Ok(false)
    }

    /// Checks one entry against the one before it and counts it; gives what is wrong.
    fn entry(&mut self, connection: &Connection, row: &Row) -> Result<Option<Broken>> {
        let seq: i64 = row.get("seq")?;
        let (before_first, begin_hash) = self.begin();
        let expected = self.found.last_seq.unwrap_or(before_first) + 1;
        if seq > expected {
            return Ok(Some(Broken { seq: expected, id: None, reason: "it is missing".to_owned() }));
        }
        // A row that does not even have the shape of an entry must end the walk with its number, not as a fault of the file.
        let id = row.get("id").ok();
        let broken = |reason: &str| Ok(Some(Broken { seq, id: id.clone(), reason: reason.to_owned() }));
        if seq < expected {
            return broken(if before_first == 0 { "its number is below 1" } else { "the anchor says that it was removed" });
        }
        let Ok(mut entry) = entry_of(row) else { return broken("it does not have the form of an entry") };
        let previous = self.found.head_hash.unwrap_or(begin_hash);
        if let Some(reason) = broken_content(&entry, row.get_ref("metadata")?.as_str().unwrap_or_default(), previous) {
            return broken(reason);
        }
        let Ok(values) = personal(connection, &self.chain, seq) else { return broken("its personal values do not have their form") };
        entry.personal = values;
        match personal_values(&entry) {
            Ok(erased) => self.found.erased_values += erased,
            Err(reason) => return broken(&reason),
        }
        self.found.entries += 1;
        self.found.first_seq.get_or_insert(seq);
        self.found.last_seq = Some(seq);
        self.found.head_hash = Some(entry.hash);
        Ok(None)
    }

    /// A personal value that belongs to no entry: what is left when an entry was taken from the end.
    fn stray_value(&self, connection: &Connection) -> Result<Option<Broken>> {
        let (before_first, _) = self.begin();
        let (first, last) = (before_first + 1, self.found.last_seq.unwrap_or(before_first));
        let sql = "SELECT min(seq) FROM audit_personal WHERE chain = ?1 AND seq < ?2 UNION ALL
                   SELECT min(seq) FROM audit_personal WHERE chain = ?1 AND seq > ?3";
        let mut statement = connection.prepare_cached(sql)?;
        let strays = statement.query_map(params![self.chain, first, last], |row| row.get::<_, Option<i64>>(0))?;
        let stray = strays.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().flatten().next();
        Ok(stray.map(|seq| Broken { seq, id: None, reason: "it is missing, but personal values of it are there".to_owned() }))
    }
}

fn broken_content(entry: &LoggedEntry, stored_metadata: &str, previous: Hash) -> Option<&'static str> {
    if entry.sealed.hash() != entry.hash {
        return Some("its content does not give its hash");
    }
    if entry.sealed.previous_hash != previous {
        return Some(match entry.sealed.seq {
            1 => "it does not begin this chain",
            _ => "it does not follow the entry before it",
        });
    }
    // Another spelling of the same JSON, or a time that shows as another, would give the same hash.
    let hashed_metadata = entry.sealed.metadata.to_string();
    if hashed_metadata != stored_metadata || !entry.sealed.metadata.is_object() {
        return Some("its metadata is not in the hashed form");
    }
    if !(0..=SHOWN_TIME_MAX).contains(&entry.sealed.created_at.0) {
        return Some("its time is none");
    }
    None
}

/// How many values were erased, or what is wrong with one.
fn personal_values(entry: &LoggedEntry) -> std::result::Result<u64, String> {
    let seals = entry.sealed.seals();
    for (field, value) in &entry.personal {
        let Some((_, seal)) = seals.iter().find(|(path, _)| path == field) else {
            return Err(format!("it has a personal value for `{field}`, which has no seal"));
        };
        // A salt of any other length could take over characters of the value.
        let salt: Option<&[u8; SALT_BYTES]> = value.salt.as_slice().try_into().ok();
        if salt.is_none_or(|salt| sealed(salt, &value.value) != *seal) {
            return Err(format!("the personal value of `{field}` does not give its seal"));
        }
    }
    Ok((seals.len() - entry.personal.len()) as u64)
}

/// The names of all chains that have rows.
pub fn chains(root: &super::Root) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for table in ["audit_log", "audit_personal"] {
        // From name to name through the key, not over all rows.
        // SQL: one of the two names above.
        let sql = format!("SELECT min(chain) FROM {table} WHERE chain > ?1");
        let mut statement = root.connection.prepare_cached(&sql)?;
        let mut last = String::new();
        while let Some(name) = statement.query_row([&last], |row| row.get::<_, Option<String>>(0)).optional()?.flatten() {
            names.push(name.clone());
            last = name;
        }
    }
    names.sort_unstable();
    names.dedup();
    Ok(names)
}
