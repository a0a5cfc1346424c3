//! The JSON format: the content as it is, the same bytes for the same content.

use super::content::ComplianceReport;
use crate::error::{Error, Result};

/// The report as JSON in UTF-8, with a line feed at its end.
pub fn write(report: &ComplianceReport) -> Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(report).map_err(Error::internal)?;
    bytes.push(b'\n');
    // It grew by doubling: a large one would keep up to as much again while it is attached or stored.
    bytes.shrink_to_fit();
    Ok(bytes)
}
