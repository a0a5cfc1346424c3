//! `recoger audit …`: does the log hold, here or in an exported file, and up to a checkpoint that was kept elsewhere?

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args, Subcommand};
use serde_json::{Value, json};

use super::serve::{now, open_existing};
use super::{Data, Output, print};
use crate::credentials::signing::VerifyingKey;
use crate::domain::anchor::Anchor;
use crate::domain::audit::hex;
use crate::domain::audit_export::{EXPORT_COLUMNS, ExportWalk, Found};
use crate::domain::checkpoint::Checkpoint;
use crate::domain::csv_read::{CSV_ROW_BYTES_MAX, Reader, Row};
use crate::error::{Error, Result};
use crate::store::audit::APPLIANCE_CHAIN;
use crate::store::audit_verify::{self, Verification};
use crate::store::{Store, audit_read, operator};

/// A checkpoint or a public key is far below, bytes.
const SMALL_FILE_BYTES_MAX: u64 = 64 * 1024;

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// Walk the hash chains; exit 1 names the first broken entry
    ///
    /// With --csv an exported file is checked, without the appliance's own. With --checkpoint the log must still hold the entry that was
    /// signed then. With --anchor an export whose begin the retention removed must hold all that comes behind it.
    #[command(after_help = "Examples:\n  recoger audit verify --tenant default\n  \
                            recoger audit verify --csv audit-log.csv --checkpoint checkpoint.json --public-key recoger-signing-key.pem\n  \
                            recoger audit verify --csv audit-log.csv --anchor verify.json --public-key recoger-signing-key.pem")]
    Verify(Verify),
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("signed").args(["checkpoint", "anchor"]).multiple(true))]
pub(super) struct Verify {
    /// Only this tenant's chain
    #[arg(long, value_name = "NAME", conflicts_with_all = ["csv", "checkpoint"])]
    tenant: Option<String>,
    /// An export (GET /v1/audit-logs?format=csv) instead of the appliance's file
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// A signed head of the log (GET /v1/audit-logs/checkpoint) that was kept elsewhere
    #[arg(long, value_name = "FILE", requires = "public_key")]
    checkpoint: Option<PathBuf>,
    /// What stands for removed entries (GET /v1/audit-logs/verify), to check an export from there on
    #[arg(long, value_name = "FILE", requires = "csv", requires = "public_key")]
    anchor: Option<PathBuf>,
    /// The public key that signed them (/.well-known/recoger-signing-key.pem), kept with them; once more for each further appliance
    #[arg(long, value_name = "FILE", requires = "signed")]
    public_key: Vec<PathBuf>,
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    output: Output,
}

pub(super) fn run(command: &AuditCommand) -> Result<()> {
    let AuditCommand::Verify(verify) = command;
    let keys = verify.public_key.iter().map(|key| VerifyingKey::from_pem(&small_file(key)?)).collect::<Result<Vec<_>>>()?;
    let require_signed = |what: &str, message: &[u8], signature: &str| match keys.iter().any(|key| key.verifies(message, signature)) {
        true => Ok(()),
        false => Err(Error::invalid(format!("The {what}'s signature is not this key's: it was changed, or another appliance signed it"))),
    };
    let mut checkpoint = None;
    if let Some(file) = &verify.checkpoint {
        let (found, signature) = Checkpoint::parse(&small_file(file)?)?;
        require_signed("checkpoint", &found.message(), &signature)?;
        checkpoint = Some(found);
    }
    let anchor = verify.anchor.as_deref().map(|file| Anchor::parse(&small_file(file)?)).transpose()?;
    if let Some(anchor) = &anchor {
        require_signed("anchor", &anchor.signed(), &anchor.signature)?;
    }
    match &verify.csv {
        Some(file) => verify_export(file, checkpoint.as_ref(), anchor.as_ref(), &verify.output),
        None => verify_store(verify, checkpoint.as_ref()),
    }
}

fn verify_store(verify: &Verify, checkpoint: Option<&Checkpoint>) -> Result<()> {
    let store = open_existing(&verify.data.data)?;
    let mut shown = Vec::new();
    let mut broken = None;
    for (name, chain) in chains(&store, verify.tenant.as_deref(), checkpoint)? {
        let found = audit_verify::verify(&store, &chain, now())?;
        if let Some(first) = &found.broken {
            broken = broken.or(Some(format!("entry {} of {name}: {}", first.seq, first.reason)));
        }
        shown.push((name, found));
    }
    if let (Some(checkpoint), None) = (checkpoint, &broken) {
        let present = store.read_root(now(), |root| audit_read::hash_at(root, &checkpoint.chain, checkpoint.seq))?;
        let removed_upto = shown.first().and_then(|(_, found)| found.anchor.as_ref()).map_or(0, |anchor| anchor.seq);
        if present != Some(checkpoint.hash) {
            broken = Some(match checkpoint.seq < removed_upto {
                true => format!(
                    "entry {}: the retention removed it with all up to {removed_upto}, so nothing is left to compare the checkpoint with; \
                     use a later one",
                    checkpoint.seq
                ),
                false => format!("entry {}: it is not the entry that the checkpoint signed", checkpoint.seq),
            });
        }
    }
    print_verifications(&shown, &verify.output)?;
    conclude(broken, checkpoint, &verify.output)
}

fn verify_export(file: &Path, checkpoint: Option<&Checkpoint>, anchor: Option<&Anchor>, output: &Output) -> Result<()> {
    let found = read_export(file, ExportWalk::new(checkpoint).behind(anchor))?;
    let (head_seq, head_hash) = found.head.map_or((None, None), |(seq, hash)| (Some(seq), Some(hex(&hash))));
    if output.json {
        print::json(&json!({
            "entries": found.entries,
            "first_seq": found.first_seq,
            "anchor_seq": anchor.map(|anchor| anchor.seq),
            "last_seq": head_seq,
            "head_hash": head_hash,
            "erased_values": found.erased_values,
            "broken": found.broken.as_ref().map(|(seq, reason)| json!({"seq": seq, "reason": reason})),
        }))?;
    } else {
        let state = found.broken.as_ref().map_or("hold".to_owned(), |(seq, _)| format!("BROKEN at entry {seq}"));
        let span = format!("{} to {}", found.first_seq.unwrap_or(0), head_seq.unwrap_or(0));
        print::out(&format!("{} entries, {span}, {} erased values: {state}", found.entries, found.erased_values))?;
        match (anchor, found.first_seq) {
            (Some(anchor), _) => eprintln!("It begins behind the anchor at entry {}, signed on {}.", anchor.seq, anchor.created_at),
            (None, Some(first)) if first > 1 => eprintln!("Nothing is said of entries before {first}: give --anchor if they were removed."),
            _ => {}
        }
    }
    conclude(found.broken.map(|(seq, reason)| format!("entry {seq}: {reason}")), checkpoint, output)
}

fn conclude(broken: Option<String>, checkpoint: Option<&Checkpoint>, output: &Output) -> Result<()> {
    if let Some(broken) = broken {
        return Err(Error::invalid(format!("the audit log is broken at {broken}")));
    }
    match checkpoint {
        Some(checkpoint) if !output.json => {
            eprintln!("It holds entry {} as it was signed on {}.", checkpoint.seq, checkpoint.created_at);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Reads row by row: a file of any length takes the memory of one row.
fn read_export(file: &Path, mut walk: ExportWalk) -> Result<Found> {
    let cannot = |error: std::io::Error| Error::invalid(format!("cannot read `{}`: {error}", file.display()));
    let mut input = BufReader::new(File::open(file).map_err(cannot)?);
    let mut head = false;
    let mut each = |row: Row| match std::mem::replace(&mut head, true) {
        false if row.cells == EXPORT_COLUMNS => Ok(()),
        false => Err(Error::invalid("the file is no export of an audit log: its first line has other columns")),
        true => walk.row(&row.cells).map_err(|reason| Error::invalid(format!("the row on line {} is no entry: {reason}", row.line))),
    };
    let mut reader = Reader::new(',');
    let mut line = Vec::new();
    loop {
        line.clear();
        // One more than a row may have, so that a longer one is refused by the reader.
        let taken = input.by_ref().take(CSV_ROW_BYTES_MAX as u64 + 1).read_until(b'\n', &mut line).map_err(cannot)?;
        if taken == 0 {
            break;
        }
        let text = std::str::from_utf8(&line).map_err(|_| Error::invalid("the file is not UTF-8"))?;
        reader.feed(text, &mut each)?;
    }
    reader.finish(&mut each)?;
    match head {
        true => Ok(walk.finish()),
        false => Err(Error::invalid("the file is empty")),
    }
}

fn small_file(path: &Path) -> Result<String> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(SMALL_FILE_BYTES_MAX).read_to_string(&mut text));
    read.map(|_| text).map_err(|error| Error::invalid(format!("cannot read `{}`: {error}", path.display())))
}

/// Names and chains to walk: of one tenant, of what a checkpoint speaks of, or of all and the appliance.
fn chains(store: &Store, tenant: Option<&str>, checkpoint: Option<&Checkpoint>) -> Result<Vec<(String, String)>> {
    let tenants = operator::tenant_list(store, now())?.into_iter().map(|tenant| (tenant.name, tenant.id));
    let mut all = tenants.chain([(APPLIANCE_CHAIN.to_owned(), APPLIANCE_CHAIN.to_owned())]);
    let (found, what) = match (tenant, checkpoint) {
        (Some(name), _) => (all.find(|(own, _)| own.to_lowercase() == name.to_lowercase()), name),
        (None, Some(checkpoint)) => (all.find(|(_, chain)| *chain == checkpoint.chain), checkpoint.chain.as_str()),
        (None, None) => return Ok(all.collect()),
    };
    found.map(|found| vec![found]).ok_or_else(|| Error::not_found(&format!("Tenant `{}`", print::plain(what))))
}

fn print_verifications(shown: &[(String, Verification)], output: &Output) -> Result<()> {
    if output.json {
        let chains = shown.iter().map(|(name, found)| {
            json!({
                "chain": name,
                "anchor": found.anchor.as_ref().map(|anchor| json!({
                    "seq": anchor.seq,
                    "hash": hex(&anchor.hash),
                    "created_at": anchor.created_at,
                    "signature": anchor.signature,
                    "public_key": anchor.public_key,
                })),
                "entries": found.entries,
                "first_seq": found.first_seq,
                "last_seq": found.last_seq,
                "head_hash": found.head_hash.map(|hash| hex(&hash)),
                "erased_values": found.erased_values,
                "broken": found.broken.as_ref().map(|broken| json!({"seq": broken.seq, "id": broken.id, "reason": broken.reason})),
            })
        });
        return print::json(&chains.collect::<Value>());
    }
    let rows = shown.iter().map(|(name, found)| {
        let holds = || found.anchor.as_ref().map_or("holds".to_owned(), |anchor| format!("holds from the anchor at {} on", anchor.seq));
        let state = found.broken.as_ref().map_or_else(holds, |broken| format!("BROKEN at entry {}", broken.seq));
        let head = found.head_hash.map_or(String::new(), |hash| hex(&hash));
        vec![print::plain(name), found.entries.to_string(), found.erased_values.to_string(), state, head]
    });
    print::table(&["CHAIN", "ENTRIES", "ERASED VALUES", "STATE", "HEAD"], &rows.collect::<Vec<_>>())
}
