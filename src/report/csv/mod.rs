//! A report as a zip of CSV files, one per list, with a manifest. The same content gives the same bytes.

mod records;
mod results;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::io::{Cursor, Write};

use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::content::ComplianceReport;
use crate::domain::audit::hex;
use crate::domain::csv;
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::limits::EXPORT_PIECE_BYTES;

/// Name and number of the manifest's form.
pub const MANIFEST_FORMAT: &str = "recoger-report-manifest-1";
/// The manifest's name in the zip.
pub const MANIFEST_NAME: &str = "manifest.json";

/// The report as the bytes of a zip file.
pub fn write(report: &ComplianceReport) -> Result<Vec<u8>> {
    let mut archive = Archive { zip: ZipWriter::new(Cursor::new(Vec::new())), listed: Vec::new() };
    results::write(&mut archive, report)?;
    records::write(&mut archive, report)?;
    archive.finish(report)
}

struct Archive {
    zip: ZipWriter<Cursor<Vec<u8>>>,
    listed: Vec<Listed>,
}

/// A file as the manifest lists it.
struct Listed {
    name: &'static str,
    rows: u64,
    size: u64,
    sha256: String,
}

impl Archive {
    /// Adds the file `name`, whose rows under `columns` `write` gives.
    fn table<const N: usize>(
        &mut self,
        name: &'static str,
        columns: [&str; N],
        write: impl FnOnce(&mut Rows<N>) -> Result<()>,
    ) -> Result<()> {
        self.zip.start_file(name, options()).map_err(Error::internal)?;
        let mut rows = Rows { zip: &mut self.zip, piece: String::new(), digest: Sha256::new(), size: 0, count: 0 };
        csv::write_row(&mut rows.piece, columns);
        write(&mut rows)?;
        rows.send()?;
        let listed = Listed { name, rows: rows.count, size: rows.size, sha256: hex(&rows.digest.finalize()) };
        self.listed.push(listed);
        Ok(())
    }

    fn finish(mut self, report: &ComplianceReport) -> Result<Vec<u8>> {
        let files: Vec<Value> = self
            .listed
            .iter()
            .map(|file| json!({"name": file.name, "rows": file.rows, "size_bytes": file.size, "sha256": file.sha256}))
            .collect();
        let manifest = json!({
            "format": MANIFEST_FORMAT,
            "report_id": report.generated.report_id,
            "framework": report.framework.id,
            "date_range": {"start": report.period.start.to_string(), "end": report.period.end.to_string()},
            "generated_at": report.generated.at,
            "files": files,
        });
        let mut text = serde_json::to_string_pretty(&manifest).map_err(Error::internal)?;
        text.push('\n');
        self.zip.start_file(MANIFEST_NAME, options()).map_err(Error::internal)?;
        self.zip.write_all(text.as_bytes()).map_err(Error::internal)?;
        Ok(self.zip.finish().map_err(Error::internal)?.into_inner())
    }
}

/// No time of day: the same content is the same file.
fn options() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).last_modified_time(DateTime::default())
}

/// Rows on their way into the zip; each has as many cells as there are columns.
struct Rows<'a, const N: usize> {
    zip: &'a mut ZipWriter<Cursor<Vec<u8>>>,
    piece: String,
    digest: Sha256,
    size: u64,
    count: u64,
}

impl<const N: usize> Rows<'_, N> {
    fn push(&mut self, cells: [Cow<'_, str>; N]) -> Result<()> {
        csv::write_row(&mut self.piece, cells.iter().map(AsRef::as_ref));
        self.count += 1;
        if self.piece.len() >= EXPORT_PIECE_BYTES { self.send() } else { Ok(()) }
    }

    fn send(&mut self) -> Result<()> {
        self.digest.update(self.piece.as_bytes());
        self.size += self.piece.len() as u64;
        self.zip.write_all(self.piece.as_bytes()).map_err(Error::internal)?;
        self.piece.clear();
        Ok(())
    }
}

fn text(text: &str) -> Cow<'_, str> {
    Cow::Borrowed(text)
}

/// Empty where there is none.
fn optional(text: Option<&String>) -> Cow<'_, str> {
    Cow::Borrowed(text.map_or("", String::as_str))
}

fn number(number: impl ToString) -> Cow<'static, str> {
    Cow::Owned(number.to_string())
}

/// Empty where there is none.
fn maybe(value: Option<impl ToString>) -> Cow<'static, str> {
    Cow::Owned(value.map(|value| value.to_string()).unwrap_or_default())
}

fn time(time: Option<Time>) -> Cow<'static, str> {
    maybe(time)
}

fn list(texts: &[String]) -> Cow<'static, str> {
    Cow::Owned(texts.join("; "))
}

/// One of a closed set of words, as the JSON form has it.
fn word(value: &impl Serialize) -> Cow<'static, str> {
    json_cell(&serde_json::to_value(value).unwrap_or_default())
}

/// Texts as they are, nothing for `null`, else JSON.
fn json_cell(value: &Value) -> Cow<'static, str> {
    Cow::Owned(match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    })
}
