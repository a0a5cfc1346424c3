//! `recoger check` and `recoger healthcheck`: is the file whole, does the server answer?

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::serve::{now, open_existing};
use super::{Data, Output, print};
use crate::client::{Client, Trust};
use crate::error::{Error, Result};
use crate::store::{appliance, integrity};

#[derive(Debug, Args)]
pub(super) struct Check {
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
pub(super) struct Healthcheck {
    #[command(flatten)]
    data: Data,
    /// The server
    #[arg(long, value_name = "URL", default_value = "https://localhost:8443")]
    url: String,
    /// The server's certificate, where it is not the one in the data file
    #[arg(long, value_name = "FILE", env = "RECOGER_TLS_CERT")]
    tls_cert: Option<PathBuf>,
}

pub(super) fn run(check: &Check) -> Result<()> {
    let store = open_existing(&check.data.data)?;
    let findings = integrity::check(&store, now())?;
    if check.output.json {
        let shown: Vec<_> = findings.iter().map(|finding| json!({"area": finding.area, "detail": finding.detail})).collect();
        print::json(&json!({"sound": findings.is_empty(), "findings": shown}))?;
    } else if findings.is_empty() {
        print::out("sound: file, foreign keys, records and audit chains")?;
    } else {
        print::out(&findings.iter().map(|finding| print::plain(&finding.to_string())).collect::<Vec<_>>().join("\n"))?;
    }
    match findings.len() {
        0 => Ok(()),
        count => {
            Err(Error::invalid(format!("{count} found in `{}`; keep the file and restore the last backup", check.data.data.display())))
        }
    }
}

pub(super) fn healthcheck(check: &Healthcheck) -> Result<()> {
    let pem = match &check.tls_cert {
        Some(file) => {
            std::fs::read_to_string(file).map_err(|error| Error::invalid(format!("cannot read `{}`: {error}", file.display())))?
        }
        None => {
            let store = open_existing(&check.data.data)?;
            let found = store.read_root(now(), appliance::certificate)?;
            found.ok_or_else(|| Error::invalid("the file holds no certificate yet; start the server first"))?.certificate_pem
        }
    };
    let client = Client::new(Trust::Certificate(pem))?;
    client.get(&format!("{}/healthz", check.url.trim_end_matches('/')), None)?.success()?;
    print::out("ok")
}
