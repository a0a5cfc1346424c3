//! `recoger user|tenant|api-key …`: what the operator does beside a running server.

mod api_keys;
mod tenants;
mod users;

use std::io::Read;

use clap::Args;

use super::{Data, Output};
use crate::credentials::password::Password;
use crate::domain::time::Time;
use crate::error::{Error, Result};

pub(super) use api_keys::{ApiKeyCommand, api_key};
pub(super) use tenants::{TenantCommand, tenant};
pub(super) use users::{UserCommand, user};

/// Bytes of a password on standard input; more is a mistake.
const PASSWORD_BYTES_MAX: u64 = 1024;

#[derive(Debug, Args)]
struct PasswordInput {
    /// Read the password from standard input
    #[arg(long)]
    password_stdin: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct List {
    /// Only this tenant
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    output: Output,
}

impl PasswordInput {
    /// The password from standard input, without the line's end.
    fn read(&self) -> Result<Option<Password>> {
        if !self.password_stdin {
            return Ok(None);
        }
        let mut text = String::new();
        std::io::stdin()
            .take(PASSWORD_BYTES_MAX)
            .read_to_string(&mut text)
            .map_err(|error| Error::invalid(format!("cannot read the password from standard input: {error}")))?;
        let password = text.strip_suffix('\n').unwrap_or(&text);
        Ok(Some(Password::new(password.strip_suffix('\r').unwrap_or(password).to_owned())))
    }
}

fn moment(time: Option<Time>) -> String {
    time.map_or("never".to_owned(), |time| time.to_string())
}
