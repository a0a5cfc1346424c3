//! What a device is made of, by `system_info` and `kernel_info`.

use serde_json::{Map, Value};

use super::{Facts, OsqueryTables};

/// The section; `None` where the tables hold nothing of it, as when only the serial number was asked for.
pub(super) fn hardware(tables: &OsqueryTables) -> Option<Map<String, Value>> {
    let row = tables.rows("system_info").first()?;
    let mut facts = Facts::default();
    for (name, column) in [("manufacturer", "hardware_vendor"), ("model", "hardware_model"), ("processor", "cpu_brand")] {
        facts.insert(name, row.text(column));
    }
    for (name, column) in [("processor_count", "cpu_logical_cores"), ("memory_bytes", "physical_memory")] {
        facts.insert(name, row.integer(column).filter(|number| *number > 0));
    }
    if facts.0.is_empty() {
        return None;
    }
    facts.insert("architecture", tables.first("os_version", "arch").or_else(|| row.text("cpu_type")));
    facts.insert("kernel", tables.first("kernel_info", "version"));
    Some(facts.0)
}
