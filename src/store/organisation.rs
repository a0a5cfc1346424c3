//! What belongs to the present settings and lies beside their versions: the logo's bytes, and the mail server's password.

use rusqlite::{OptionalExtension, params};

use super::tx::{Tx, WriteTx};
use crate::error::Result;

/// The logo, PNG.
pub fn logo(tx: &Tx) -> Result<Option<Vec<u8>>> {
    let sql = "SELECT png FROM organisation_logo WHERE tenant_id = ?1";
    Ok(tx.connection.prepare_cached(sql)?.query_row([&tx.tenant_id], |row| row.get(0)).optional()?)
}

/// Stores or takes away the logo; the settings that say so are the caller's.
pub fn set_logo(tx: &WriteTx, png: Option<&[u8]>) -> Result<()> {
    match png {
        Some(png) => {
            let sql = "INSERT INTO organisation_logo (tenant_id, png) VALUES (?1, ?2) ON CONFLICT (tenant_id) DO UPDATE SET png = ?2";
            tx.connection.prepare_cached(sql)?.execute(params![tx.tenant_id, png])?;
        }
        None => {
            tx.connection.prepare_cached("DELETE FROM organisation_logo WHERE tenant_id = ?1")?.execute([&tx.tenant_id])?;
        }
    }
    Ok(())
}

/// Whether a password for the mail server is stored.
pub fn has_smtp_password(tx: &Tx) -> Result<bool> {
    let sql = "SELECT 1 FROM smtp_password WHERE tenant_id = ?1";
    Ok(tx.connection.prepare_cached(sql)?.query_row([&tx.tenant_id], |_| Ok(())).optional()?.is_some())
}

/// Stores or takes away the password for the mail server.
pub fn set_smtp_password(tx: &WriteTx, password: Option<&str>) -> Result<()> {
    match password {
        Some(password) => {
            let sql = "INSERT INTO smtp_password (tenant_id, password) VALUES (?1, ?2) ON CONFLICT (tenant_id) DO UPDATE SET password = ?2";
            tx.connection.prepare_cached(sql)?.execute(params![tx.tenant_id, password])?;
        }
        None => {
            tx.connection.prepare_cached("DELETE FROM smtp_password WHERE tenant_id = ?1")?.execute([&tx.tenant_id])?;
        }
    }
    Ok(())
}
