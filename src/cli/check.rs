//! `recoger check`, `recoger audit …` and `recoger healthcheck`: is the file whole, does the log hold, does the server answer?

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use super::serve::{now, open_existing};
use super::{Data, Output, print};
use crate::client::{Client, Trust};
use crate::domain::audit::hex;
use crate::error::{Error, Result};
use crate::store::audit::APPLIANCE_CHAIN;
use crate::store::audit_verify::{self, Verification};
use crate::store::{Store, appliance, integrity, operator};

#[derive(Debug, Args)]
pub(super) struct Check {
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// Walk the hash chains; exit 1 names the first broken entry
    #[command(after_help = "Example:\n  recoger audit verify --tenant default")]
    Verify(Verify),
}

#[derive(Debug, Args)]
pub(super) struct Verify {
    /// Only this tenant's chain
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
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

pub(super) fn audit(command: &AuditCommand) -> Result<()> {
    let AuditCommand::Verify(verify) = command;
    let store = open_existing(&verify.data.data)?;
    let mut shown = Vec::new();
    let mut broken = None;
    for (name, chain) in chains(&store, verify.tenant.as_deref())? {
        let found = audit_verify::verify(&store, &chain, now())?;
        if let Some(first) = &found.broken {
            broken = broken.or(Some(format!("entry {} of {name}: {}", first.seq, first.reason)));
        }
        shown.push((name, found));
    }
    print_verifications(&shown, &verify.output)?;
    broken.map_or(Ok(()), |broken| Err(Error::invalid(format!("the audit log is broken at {broken}"))))
}

/// Names and chains to walk: of one tenant, or of all and the appliance.
fn chains(store: &Store, tenant: Option<&str>) -> Result<Vec<(String, String)>> {
    let tenants = operator::tenant_list(store, now())?;
    match tenant {
        Some(name) => {
            let found = tenants.into_iter().find(|tenant| tenant.name.to_lowercase() == name.to_lowercase());
            let found = found.ok_or_else(|| Error::not_found(&format!("Tenant `{name}`")))?;
            Ok(vec![(found.name, found.id)])
        }
        None => {
            let appliance = (APPLIANCE_CHAIN.to_owned(), APPLIANCE_CHAIN.to_owned());
            Ok(tenants.into_iter().map(|tenant| (tenant.name, tenant.id)).chain([appliance]).collect())
        }
    }
}

fn print_verifications(shown: &[(String, Verification)], output: &Output) -> Result<()> {
    if output.json {
        let chains = shown.iter().map(|(name, found)| {
            json!({
                "chain": name,
                "entries": found.entries,
                "first_seq": found.first_seq,
                "last_seq": found.last_seq,
                "head_hash": found.head_hash.map(|hash| hex(&hash)),
                "erased_values": found.erased_values,
                "broken": found.broken.as_ref().map(|broken| json!({"seq": broken.seq, "id": broken.id, "reason": broken.reason})),
            })
        });
        return print::json(&chains.collect());
    }
    let rows = shown.iter().map(|(name, found)| {
        let state = found.broken.as_ref().map_or("holds".to_owned(), |broken| format!("BROKEN at entry {}", broken.seq));
        let head = found.head_hash.map_or(String::new(), |hash| hex(&hash));
        vec![print::plain(name), found.entries.to_string(), found.erased_values.to_string(), state, head]
    });
    print::table(&["CHAIN", "ENTRIES", "ERASED VALUES", "STATE", "HEAD"], &rows.collect::<Vec<_>>())
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
