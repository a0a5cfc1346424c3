//! Checking an exported audit log with nothing but the file: is every row what was hashed, and does each follow the one before?
//!
//! Rows may come newest first, as they are exported, or oldest first. An export that was narrowed by other filters than its times has gaps,
//! and a gap is a finding: the file can't show that nothing is missing there.

use serde_json::Value;

use super::anchor::Anchor;
use super::audit_form::{ERASED, Hash, SALT_BYTES, SealedEntry, first_previous_hash, sealed};
use super::checkpoint::{Checkpoint, from_hex};
use super::time::Time;

/// Columns of an export: an entry's fields, and `seals` for who checks the hashes.
pub const EXPORT_COLUMNS: [&str; 17] = [
    "id",
    "seq",
    "event_name",
    "event_title",
    "category",
    "resource_type",
    "resource_id",
    "actor_id",
    "actor_type",
    "actor_email",
    "ip_address",
    "user_agent",
    "metadata",
    "created_at",
    "hash",
    "previous_hash",
    "seals",
];

/// What a walk over the rows has found so far.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Rows that were looked at.
    pub entries: u64,
    /// The lowest number.
    pub first_seq: Option<i64>,
    /// The highest number, and the hash of that entry.
    pub head: Option<(i64, Hash)>,
    /// Personal values that were erased before the export.
    pub erased_values: u64,
    /// The entry with the lowest number that does not hold: its number, and why, as a part of a sentence.
    pub broken: Option<(i64, String)>,
}

/// Takes the rows of an export one by one; keeps the last one only.
#[derive(Debug)]
pub struct ExportWalk<'c> {
    checkpoint: Option<&'c Checkpoint>,
    anchor: Option<&'c Anchor>,
    seen_checkpoint: bool,
    found: Found,
    before: Option<Link>,
    /// 1 or -1 once two rows are known.
    direction: Option<i64>,
}

#[derive(Debug, Clone, Copy)]
struct Link {
    seq: i64,
    hash: Hash,
    previous_hash: Hash,
}

impl<'c> ExportWalk<'c> {
    /// With a checkpoint, whose signature the caller has checked, the file must hold the entry that it names, with its hash.
    pub fn new(checkpoint: Option<&'c Checkpoint>) -> ExportWalk<'c> {
        ExportWalk { checkpoint, anchor: None, seen_checkpoint: false, found: Found::default(), before: None, direction: None }
    }

    /// The same of a log whose begin was removed: the file must hold all that comes behind `anchor`, whose signature the caller has checked.
    pub fn behind(self, anchor: Option<&'c Anchor>) -> ExportWalk<'c> {
        ExportWalk { anchor, ..self }
    }

    /// Looks at the next row. An error, part of a sentence, for a row that no export has.
    pub fn row(&mut self, cells: &[String]) -> Result<(), String> {
        let Ok(cells) = <&[String; EXPORT_COLUMNS.len()]>::try_from(cells) else {
            return Err(format!("it has {} cells instead of {}", cells.len(), EXPORT_COLUMNS.len()));
        };
        let [.., hash, previous_hash, seals] = cells;
        let hash = from_hex(hash).ok_or("its `hash` is no SHA-256")?;
        let previous_hash = from_hex(previous_hash).ok_or("its `previous_hash` is no SHA-256")?;
        let mut entry = entry(cells, previous_hash)?;
        let link = Link { seq: entry.seq, hash, previous_hash };
        match put_seals(&mut entry, seals) {
            Ok(erased) => self.found.erased_values += erased,
            Err(reason) => self.broken(link.seq, &reason),
        }
        if entry.hash() != hash {
            self.broken(link.seq, "its content does not give its hash");
        }
        if link.seq == 1 {
            self.begins_chain(&entry);
        }
        self.follows(link);
        self.meets_checkpoint(link);
        self.meets_anchor(link);
        self.found.entries += 1;
        self.found.first_seq = Some(self.found.first_seq.map_or(link.seq, |first| first.min(link.seq)));
        if self.found.head.is_none_or(|(last, _)| link.seq > last) {
            self.found.head = Some((link.seq, hash));
        }
        self.before = Some(link);
        Ok(())
    }

    /// Ends the walk.
    pub fn finish(mut self) -> Found {
        if let Some(anchor) = self.anchor
            && self.found.first_seq.is_none_or(|first| first > anchor.seq + 1)
        {
            self.broken(anchor.seq + 1, "it is missing: the anchor stands for those before it only");
        }
        if let Some(checkpoint) = self.checkpoint
            && checkpoint.seq > 0
            && !self.seen_checkpoint
        {
            match self.anchor {
                Some(anchor) if anchor.chain != checkpoint.chain => {
                    self.broken(checkpoint.seq, "anchor and checkpoint are of different chains");
                }
                Some(anchor) if anchor.seq == checkpoint.seq && anchor.hash == checkpoint.hash => {}
                Some(anchor) if anchor.seq > checkpoint.seq => {
                    self.broken(
                        checkpoint.seq,
                        "the retention removed it, so nothing is left to compare the checkpoint with; use a later one",
                    );
                }
                _ => self.broken(checkpoint.seq, "the checkpoint names it, and the file does not have it"),
            }
        }
        self.found
    }

    /// The chain's name is the tenant's id, of which the first entry tells that it was made.
    fn begins_chain(&mut self, entry: &SealedEntry) {
        let signed = self.checkpoint.map(|checkpoint| checkpoint.chain.as_str()).or(self.anchor.map(|anchor| anchor.chain.as_str()));
        let chain = signed.or(entry.resource_id.as_deref());
        if chain.is_none_or(|chain| first_previous_hash(chain) != entry.previous_hash) {
            self.broken(1, "it does not begin this chain");
        }
    }

    fn follows(&mut self, link: Link) {
        let Some(before) = self.before else { return };
        let step = link.seq - before.seq;
        let direction = *self.direction.get_or_insert(step.signum());
        let (earlier, later) = if direction > 0 { (before, link) } else { (link, before) };
        match step * direction {
            1 if later.previous_hash == earlier.hash => {}
            1 => self.broken(later.seq, "it does not follow the entry before it"),
            2.. => self.broken(earlier.seq + 1, "it is missing"),
            _ => self.broken(link.seq, "it is out of order, or there twice"),
        }
    }

    fn meets_checkpoint(&mut self, link: Link) {
        let Some(checkpoint) = self.checkpoint.filter(|checkpoint| checkpoint.seq == link.seq) else { return };
        self.seen_checkpoint = true;
        if checkpoint.hash != link.hash {
            self.broken(link.seq, "it is not the entry that the checkpoint signed");
        }
    }

    /// An export from before the removal holds the anchor's entry itself.
    fn meets_anchor(&mut self, link: Link) {
        let Some(anchor) = self.anchor else { return };
        if link.seq == anchor.seq && link.hash != anchor.hash {
            self.broken(link.seq, "it is not the entry that the anchor signed");
        }
        if link.seq == anchor.seq + 1 && link.previous_hash != anchor.hash {
            self.broken(link.seq, "it does not follow the anchor");
        }
    }

    fn broken(&mut self, seq: i64, reason: &str) {
        if self.found.broken.as_ref().is_none_or(|(first, _)| seq < *first) {
            self.found.broken = Some((seq, reason.to_owned()));
        }
    }
}

/// The entry with its personal values still in place of their seals.
fn entry(cells: &[String; EXPORT_COLUMNS.len()], previous_hash: Hash) -> Result<SealedEntry, String> {
    let text = |column: usize| cells[column].clone();
    let optional = |column: usize| Some(text(column)).filter(|text| !text.is_empty());
    Ok(SealedEntry {
        id: text(0),
        seq: cells[1].parse().ok().filter(|seq| *seq > 0).ok_or("its `seq` is no number")?,
        event_name: text(2),
        event_title: text(3),
        category: text(4),
        resource_type: optional(5),
        resource_id: optional(6),
        actor_id: optional(7),
        actor_type: text(8),
        actor_email: optional(9),
        ip_address: optional(10),
        user_agent: optional(11),
        metadata: serde_json::from_str(&cells[12]).map_err(|_| "its `metadata` is not JSON")?,
        created_at: Time::parse(&cells[13]).filter(|time| time.to_string() == cells[13]).ok_or("its `created_at` is no time")?,
        previous_hash,
    })
}

/// Puts each seal back where its value is shown; gives how many values were erased, or what is wrong with one.
fn put_seals(entry: &mut SealedEntry, seals: &str) -> Result<u64, String> {
    let Ok(Value::Object(seals)) = serde_json::from_str(seals) else { return Err("its `seals` are not a JSON object".to_owned()) };
    let mut erased = 0;
    for (path, pair) in seals {
        let seal = pair["sealed"].as_str().ok_or_else(|| format!("`{path}` has no seal"))?;
        let shown = match path.as_str() {
            "actor_email" => entry.actor_email.replace(seal.to_owned()),
            "ip_address" => entry.ip_address.replace(seal.to_owned()),
            "user_agent" => entry.user_agent.replace(seal.to_owned()),
            _ => {
                let within = path.strip_prefix("metadata").and_then(|pointer| entry.metadata.pointer_mut(pointer));
                let value = within.ok_or_else(|| format!("there is a seal for `{path}`, which it does not have"))?;
                match std::mem::replace(value, Value::from(seal)) {
                    Value::String(text) => Some(text),
                    _ => return Err(format!("there is a seal for `{path}`, which is no text")),
                }
            }
        };
        // An empty cell is an empty text where there is a seal.
        let shown = shown.unwrap_or_default();
        match &pair["salt"] {
            Value::Null if shown == ERASED => erased += 1,
            Value::String(salt) if from_hex(salt).is_some_and(|salt: [u8; SALT_BYTES]| sealed(&salt, &shown) == seal) => {}
            _ => return Err(format!("the personal value of `{path}` does not give its seal")),
        }
    }
    Ok(erased)
}

#[cfg(test)]
mod tests;
