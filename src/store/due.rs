//! What falls due by time alone, of devices and services alike.

use super::tx::{Root, WriteRoot};
use super::{devices, services};
use crate::domain::time::Time;
use crate::error::Result;

/// When the next device or service falls due.
pub fn next_due(root: &Root) -> Result<Option<Time>> {
    Ok(crate::domain::earlier(devices::next_due(root)?, services::next_due(root)?))
}

/// Brings some of those that are due up to date, and says how many that were.
pub fn apply_due(root: &WriteRoot) -> Result<usize> {
    Ok(devices::apply_due(root)? + services::apply_due(root)?)
}
