//! Numbers over all tenants, for the operator's monitoring.

use super::tx::Root;
use super::word::word;
use crate::domain::compliance::Status;
use crate::error::Result;

/// How many approved devices there are with each status.
pub fn devices_by_status(root: &Root) -> Result<Vec<(Status, i64)>> {
    let mut statement =
        root.connection.prepare_cached("SELECT compliance_status, devices FROM device_tally WHERE approval = 'approved'")?;
    let rows = statement.query_map([], |row| Ok((word(row, 0, Status::parse)?, row.get::<_, i64>(1)?)))?;
    let mut counts: Vec<(Status, i64)> = Status::ALL.iter().map(|status| (*status, 0)).collect();
    for row in rows {
        let (status, devices) = row?;
        counts.iter_mut().filter(|(known, _)| *known == status).for_each(|(_, count)| *count += devices);
    }
    Ok(counts)
}
