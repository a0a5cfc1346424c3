//! Which rows of which tables are a tenant's: what an export takes along and an import brings in, parents before children.

/// A table of the schema; every one has its line here.
pub(super) struct Table {
    /// Its name.
    pub(super) name: &'static str,
    /// Which of its rows.
    pub(super) rows: Rows,
    /// Columns that hold ids of `section_data`, which are numbers of the one file and get others in the next.
    pub(super) data_ids: &'static [&'static str],
}

/// Rows of a table.
pub(super) enum Rows {
    /// Those that this condition finds; `?1` is the tenant's id.
    Where(&'static str),
    /// None, and why.
    LeftOut(#[cfg_attr(not(test), expect(dead_code, reason = "for who reads the table"))] &'static str),
}

const OF_TENANT: Rows = Rows::Where("tenant_id = ?1");
const OF_DEVICE: Rows = Rows::Where("device_id IN (SELECT id FROM device WHERE tenant_id = ?1)");
const OF_CHAIN: Rows = Rows::Where("chain = ?1");

const fn table(name: &'static str, rows: Rows) -> Table {
    Table { name, rows, data_ids: &[] }
}

/// All tables. Column names are the schema's; a row that refers to another comes after it.
pub(super) static TABLES: &[Table] = &[
    table("appliance", Rows::LeftOut("keys and certificate of the one appliance")),
    table("catalogue_version", Rows::LeftOut("what the program of the one appliance judged by")),
    table("shipped_framework", Rows::LeftOut("what the program of the one appliance brought along")),
    table("tenant", Rows::Where("id = ?1")),
    table("settings_version", OF_TENANT),
    table("organisation_logo", OF_TENANT),
    table("smtp_password", Rows::LeftOut("another appliance's mail goes through another server")),
    table("user", OF_TENANT),
    table("session", Rows::LeftOut("its tokens are signed by the one appliance: people sign in anew")),
    table("refresh_token", Rows::LeftOut("belongs to a session")),
    table("user_mfa", Rows::Where("user_id IN (SELECT id FROM user WHERE tenant_id = ?1)")),
    table("recovery_code", Rows::Where("user_id IN (SELECT id FROM user WHERE tenant_id = ?1)")),
    table("api_key", OF_TENANT),
    table("invitation", OF_TENANT),
    table("reset_link", Rows::LeftOut("a link leads to the one appliance")),
    table("enrollment_token", OF_TENANT),
    table("enrollment_serial", Rows::Where("token_id IN (SELECT id FROM enrollment_token WHERE tenant_id = ?1)")),
    table("sign_in_failure", Rows::LeftOut("a lock is about what happens at the one appliance")),
    table("sign_in_lock", Rows::LeftOut("a lock is about what happens at the one appliance")),
    table("sign_in_place", Rows::LeftOut("where somebody signed in at the one appliance")),
    table("rate_window", Rows::LeftOut("requests to the one appliance")),
    table("device", OF_TENANT),
    table("device_tally", Rows::LeftOut("counted as devices come in")),
    table("device_hardware_past", OF_DEVICE),
    table("device_presence_past", OF_DEVICE),
    Table {
        name: "section_data",
        rows: Rows::Where(
            "id IN (SELECT data_id FROM device_section WHERE device_id IN (SELECT id FROM device WHERE tenant_id = ?1)
                    UNION SELECT data_id FROM device_section_past WHERE device_id IN (SELECT id FROM device WHERE tenant_id = ?1))",
        ),
        data_ids: &["id"],
    },
    Table { name: "device_section", rows: OF_DEVICE, data_ids: &["data_id"] },
    Table { name: "device_section_past", rows: OF_DEVICE, data_ids: &["data_id"] },
    table("service", OF_TENANT),
    table("security_review", OF_TENANT),
    table("report", OF_TENANT),
    table("report_scheduled", OF_TENANT),
    table("framework_version", OF_TENANT),
    table("report_piece", Rows::Where("report_id IN (SELECT id FROM report WHERE tenant_id = ?1)")),
    table("check_tally", Rows::LeftOut("counted as verdicts come in")),
    table("daily_figure", OF_TENANT),
    table("exception", OF_TENANT),
    table("attestation", OF_TENANT),
    table("finding", OF_TENANT),
    table("applicability", OF_TENANT),
    table("file", OF_TENANT),
    table("verdict", OF_TENANT),
    table("verdict_past", OF_TENANT),
    table("status_past", OF_TENANT),
    table("record_past", OF_TENANT),
    table("person", OF_TENANT),
    table("audit_check", Rows::LeftOut("what the one appliance verified")),
    table("audit_log", OF_CHAIN),
    table("audit_personal", OF_CHAIN),
    table("audit_anchor", OF_CHAIN),
    table("erasure", OF_TENANT),
    table("retention_run", Rows::LeftOut("how far the one appliance has come")),
    table("retention_clock", Rows::LeftOut("the clock of the one appliance")),
];
