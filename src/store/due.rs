//! What falls due by time alone: changes of devices and services, ends of exceptions.

use super::tx::{Root, WriteRoot};
use super::{devices, exceptions, services};
use crate::domain::time::Time;
use crate::error::Result;

/// When the next device, service or exception falls due.
pub fn next_due(root: &Root) -> Result<Option<Time>> {
    let subjects = crate::domain::earlier(devices::next_due(root)?, services::next_due(root)?);
    Ok(crate::domain::earlier(subjects, exceptions::next_due(root)?))
}

/// Brings some of those that are due up to date, and says how many that were.
pub fn apply_due(root: &WriteRoot) -> Result<usize> {
    Ok(devices::apply_due(root)? + services::apply_due(root)? + exceptions::apply_due(root)?)
}
