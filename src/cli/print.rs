//! Printing results: text or JSON on stdout; a reader that has gone away is no error.

use std::io::{self, ErrorKind, Write};

use serde_json::Value;

use crate::domain::visible::without_hidden;
use crate::error::{Error, Result};

/// Prints a line or a document.
pub fn out(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    let written =
        stdout.write_all(text.trim_end_matches('\n').as_bytes()).and_then(|()| stdout.write_all(b"\n")).and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Error::invalid(format!("cannot write the result: {error}"))),
        _ => Ok(()),
    }
}

/// Prints a value as indented JSON.
pub fn json(value: &Value) -> Result<()> {
    out(&format!("{value:#}"))
}

/// Prints rows under a head, each column as wide as its widest cell.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> Result<()> {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([head[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |cells: Vec<&str>| {
        let padded =
            cells.iter().zip(&widths).map(|(cell, width)| format!("{}{}", cell, " ".repeat(width - cell.chars().count().min(*width))));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let mut lines = vec![line(head.to_vec())];
    lines.extend(rows.iter().map(|row| line(row.iter().map(String::as_str).collect())));
    out(&lines.join("\n"))
}

/// A text that came from outside, without what a terminal would act on.
pub fn plain(text: &str) -> String {
    let seen = text.chars().map(|character| if character.is_control() { '\u{fffd}' } else { character });
    without_hidden(&seen.collect::<String>())
}
