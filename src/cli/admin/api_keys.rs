//! `recoger api-key …`.

use clap::{Args, Subcommand};
use serde_json::json;

use super::{List, moment};
use crate::cli::print::{self, plain};
use crate::cli::serve::{now, open_existing};
use crate::cli::{Data, Output, RoleName};
use crate::domain::user::ApiKey;
use crate::error::Result;
use crate::store::operator;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ApiKeyCommand {
    /// Make a key and print it once
    #[command(after_help = "Example:\n  recoger api-key add --tenant default --role agent --name \"laptops\"")]
    Add(ApiKeyAdd),
    /// List keys
    #[command(after_help = "Example:\n  recoger api-key list")]
    List(List),
    /// Revoke a key
    #[command(after_help = "Example:\n  recoger api-key revoke key_…")]
    Revoke(ApiKeyRevoke),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ApiKeyAdd {
    /// The tenant
    #[arg(long, value_name = "NAME")]
    tenant: String,
    /// What the key may do
    #[arg(long, value_enum)]
    role: RoleName,
    /// What it is for
    #[arg(long)]
    name: String,
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ApiKeyRevoke {
    /// The key's id
    id: String,
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    output: Output,
}

pub(in crate::cli) fn api_key(command: ApiKeyCommand) -> Result<()> {
    match command {
        ApiKeyCommand::Add(add) => {
            let store = open_existing(&add.data.data)?;
            let (key, secret) = operator::api_key_add(&store, now(), &add.tenant, add.role.into(), &add.name)?;
            if add.output.json {
                let mut shown = key_json(&add.tenant, &key);
                shown["api_key"] = json!(secret.expose());
                return print::json(&shown);
            }
            eprintln!("key {} ({}); it is shown this once:", key.id, key.role.as_str());
            print::out(secret.expose())
        }
        ApiKeyCommand::List(list) => {
            let keys = operator::api_key_list(&*open_existing(&list.data.data)?, now(), list.tenant.as_deref())?;
            if list.output.json {
                return print::json(&keys.iter().map(|(tenant, key)| key_json(tenant, key)).collect());
            }
            let rows = keys.iter().map(|(tenant, key)| {
                vec![
                    plain(tenant),
                    key.id.clone(),
                    plain(&key.name),
                    key.role.as_str().to_owned(),
                    key.prefix.clone(),
                    moment(key.last_used_at),
                ]
            });
            print::table(&["TENANT", "ID", "NAME", "ROLE", "PREFIX", "LAST USED"], &rows.collect::<Vec<_>>())
        }
        ApiKeyCommand::Revoke(revoke) => {
            operator::api_key_revoke(&*open_existing(&revoke.data.data)?, now(), &revoke.id)?;
            match revoke.output.json {
                true => print::json(&json!({"id": revoke.id, "revoked": true})),
                false => print::out("revoked"),
            }
        }
    }
}

fn key_json(tenant: &str, key: &ApiKey) -> serde_json::Value {
    json!({
        "tenant": tenant,
        "id": key.id,
        "name": key.name,
        "role": key.role.as_str(),
        "prefix": key.prefix,
        "created_at": key.created_at,
        "last_used_at": key.last_used_at,
        "expires_at": key.expires_at,
    })
}
