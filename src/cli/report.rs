//! `recoger report …`: make a report beside or without a running server, and verify one offline.

use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::serve::{now, open_existing, start_log};
use super::{Data, Output, print};
use crate::api::reports::input::{Asked, wanted};
use crate::api::reports::{answer_of, making, signature_of};
use crate::credentials::signing::VerifyingKey;
use crate::domain::audit::hex;
use crate::domain::report::{Report, ReportFormat, ReportSeal, ReportStatus, Trigger};
use crate::domain::time::parse_date;
use crate::error::{Error, Result};
use crate::limits::{REPORT_PIECE_BYTES, REPORT_TURN_MAX, REPORTER_PAUSE};
use crate::store::{Actor, Store, operator, reports};

/// A signature or a public key is far below, bytes.
const SMALL_FILE_BYTES_MAX: u64 = 64 * 1024;

#[derive(Debug, Subcommand)]
pub(super) enum ReportCommand {
    /// Make a compliance report and write its file
    ///
    /// It is kept like any other and stands in the audit log. Works beside a running server and without one.
    #[command(after_help = "Example:\n  recoger report make --tenant default --framework iso27001 --format pdf --start 2026-01-01 \
                            --end 2026-03-31 -o report.pdf --signature report.sig.json")]
    Make(Make),
    /// Check a report's file against its signature, without the appliance; exit 1 if it does not hold
    #[command(after_help = "Example:\n  recoger report verify report.pdf report.sig.json --public-key recoger-signing-key.pem")]
    Verify(Verify),
    /// Print what the JSON format holds, as JSON Schema
    #[command(after_help = "Example:\n  recoger report schema > report.schema.json")]
    Schema(Schema),
}

#[derive(Debug, Args)]
pub(super) struct Make {
    /// The tenant's name
    #[arg(long, value_name = "NAME")]
    tenant: String,
    /// The framework's id, such as iso27001
    #[arg(long, value_name = "ID")]
    framework: String,
    /// What it is written as
    #[arg(long, value_enum)]
    format: FormatName,
    /// The first day, YYYY-MM-DD; default 89 days before the last
    #[arg(long, value_name = "DAY", value_parser = day)]
    start: Option<NaiveDate>,
    /// The last day, YYYY-MM-DD; default today
    #[arg(long, value_name = "DAY", value_parser = day)]
    end: Option<NaiveDate>,
    /// Where to write the report
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    file: PathBuf,
    /// Where to write its signature, for `report verify`
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
pub(super) struct Verify {
    /// The report
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Its signature (GET /v1/reports/{id}/signature)
    #[arg(value_name = "SIGNATURE")]
    signature: PathBuf,
    /// The appliance's public key (/.well-known/recoger-signing-key.pem), kept from before
    #[arg(long, value_name = "FILE")]
    public_key: PathBuf,
    /// As all commands take it; nothing is read from that file.
    #[command(flatten)]
    _data: Data,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
pub(super) struct Schema {
    /// As all commands take it; nothing is read from that file.
    #[command(flatten)]
    _data: Data,
    /// It is JSON either way.
    #[command(flatten)]
    _output: Output,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FormatName {
    Pdf,
    Csv,
    Json,
    Oscal,
}

impl From<FormatName> for ReportFormat {
    fn from(name: FormatName) -> ReportFormat {
        match name {
            FormatName::Pdf => ReportFormat::Pdf,
            FormatName::Csv => ReportFormat::Csv,
            FormatName::Json => ReportFormat::Json,
            FormatName::Oscal => ReportFormat::Oscal,
        }
    }
}

fn day(text: &str) -> std::result::Result<NaiveDate, String> {
    parse_date(text).ok_or_else(|| "must be a day like 2026-01-04".to_owned())
}

pub(super) fn run(command: &ReportCommand) -> Result<()> {
    match command {
        ReportCommand::Make(command) => make(command),
        ReportCommand::Verify(command) => verify(command),
        ReportCommand::Schema(_) => print::out(crate::report::json::SCHEMA.trim_end()),
    }
}

fn make(command: &Make) -> Result<()> {
    start_log();
    let store = open_existing(&command.data.data)?;
    let tenant_id = operator::tenant_id(&store, now(), &command.tenant)?;
    let format = command.format.into();
    let asked = Asked { trigger: Trigger::CommandLine, role: None, request: as_typed(command, format) };
    let order = store
        .read(&tenant_id, &Actor::system(), now(), |tx| wanted(tx, &command.framework, format, (command.start, command.end), asked))?;
    let ordered = store.write(&tenant_id, &Actor::system(), now(), move |tx| reports::create(tx, order))?;
    let report = made(&store, &tenant_id, ordered)?;
    write_file(&store, &tenant_id, &report, &command.file)?;
    if let Some(path) = &command.signature {
        let mut text = serde_json::to_string_pretty(&signature_of(&store, &report, now())?).map_err(Error::internal)?;
        text.push('\n');
        std::fs::write(path, text).map_err(|error| Error::invalid(format!("cannot write `{}`: {error}", path.display())))?;
    }
    if command.output.json {
        return print::json(&serde_json::to_value(answer_of(&report)).map_err(Error::internal)?);
    }
    let sha256 = report.file.map(|file| hex(&file.sha256)).unwrap_or_default();
    print::out(&format!("Report {} is in `{}`, SHA-256 {sha256}", report.id, command.file.display()))
}

/// Makes it here, or waits while a server makes another one or this one.
fn made(store: &Store, tenant_id: &str, ordered: Report) -> Result<Report> {
    let begun_at = std::time::Instant::now();
    loop {
        let id = ordered.id.clone();
        let (report, begun) = store.write(tenant_id, &Actor::system(), now(), move |tx| {
            let report = reports::get(tx, &id)?;
            let begun = report.status == ReportStatus::Pending && reports::begin(tx, &id)?;
            Ok((report, begun))
        })?;
        match report.status {
            ReportStatus::Completed => return Ok(report),
            ReportStatus::Failed => {
                return Err(Error::conflict(format!("The report could not be made: {}", report.error.unwrap_or_default())));
            }
            _ if begun => making::make(store, tenant_id, &report, &now),
            _ if begun_at.elapsed() > REPORT_TURN_MAX => {
                return Err(Error::conflict("Another report is being made for too long; this one waits for a running server"));
            }
            _ => std::thread::sleep(REPORTER_PAUSE),
        }
    }
}

/// The command line as it was meant, to be printed in the report.
fn as_typed(command: &Make, format: ReportFormat) -> String {
    let mut typed = format!("recoger report make --tenant {:?} --framework {} --format {format}", command.tenant, command.framework);
    for (name, day) in [("start", command.start), ("end", command.end)] {
        if let Some(day) = day {
            typed.push_str(&format!(" --{name} {day}"));
        }
    }
    typed
}

fn write_file(store: &Store, tenant_id: &str, report: &Report, path: &Path) -> Result<()> {
    let cannot = |error: std::io::Error| Error::invalid(format!("cannot write `{}`: {error}", path.display()));
    let mut file = BufWriter::new(File::create(path).map_err(cannot)?);
    for number in 0.. {
        let Some(piece) = store.read(tenant_id, &Actor::system(), now(), |tx| reports::piece(tx, &report.id, number))? else { break };
        file.write_all(&piece).map_err(cannot)?;
    }
    file.into_inner().map_err(|error| cannot(error.into_error()))?.sync_all().map_err(cannot)
}

fn verify(command: &Verify) -> Result<()> {
    let (seal, signature) = ReportSeal::parse(&small_file(&command.signature)?)?;
    let key = VerifyingKey::from_pem(&small_file(&command.public_key)?)?;
    if !key.verifies(&seal.message(), &signature) {
        return Err(Error::invalid("The signature is not this key's: it was changed, or another appliance signed it"));
    }
    let (size, sha256) = digest(&command.file)?;
    if size != seal.file.size || sha256 != hex(&seal.file.sha256) {
        return Err(Error::invalid("The file is not the one that was signed: it was changed, or belongs to another report"));
    }
    if command.output.json {
        return print::json(&json!({"report_id": seal.report_id, "sha256": sha256, "size_bytes": size, "completed_at": seal.completed_at}));
    }
    print::out(&format!("It is report {}, as it was completed on {}.", print::plain(&seal.report_id), seal.completed_at))
}

/// Read piece by piece: a file of any length takes the memory of one.
fn digest(path: &Path) -> Result<(u64, String)> {
    let cannot = |error: std::io::Error| Error::invalid(format!("cannot read `{}`: {error}", path.display()));
    let mut file = File::open(path).map_err(cannot)?;
    let (mut piece, mut digest, mut size) = (vec![0; REPORT_PIECE_BYTES], Sha256::new(), 0);
    loop {
        match file.read(&mut piece).map_err(cannot)? {
            0 => return Ok((size, hex(&digest.finalize()))),
            read => {
                digest.update(&piece[..read]);
                size += read as u64;
            }
        }
    }
}

fn small_file(path: &Path) -> Result<String> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(SMALL_FILE_BYTES_MAX).read_to_string(&mut text));
    read.map(|_| text).map_err(|error| Error::invalid(format!("cannot read `{}`: {error}", path.display())))
}
