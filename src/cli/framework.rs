//! `recoger framework …`: frameworks that a tenant brings along.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;

use super::serve::{now, open_existing};
use super::{Data, Output, print};
use crate::error::{Error, Result};
use crate::limits::FRAMEWORK_BYTES_MAX;
use crate::store::{Actor, frameworks, operator};

#[derive(Debug, Subcommand)]
pub(super) enum FrameworkCommand {
    /// Check a framework's file and offer it to a tenant
    ///
    /// An error names file, line and field. A file whose `key` the tenant has already becomes the next version of it.
    #[command(after_help = "Example:\n  recoger framework add house-rules.toml --tenant default")]
    Add(Add),
    /// List the frameworks that a tenant can report on
    List(List),
}

#[derive(Debug, Args)]
pub(super) struct Add {
    /// The file, TOML
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The tenant's name
    #[arg(long, value_name = "NAME")]
    tenant: String,
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// The tenant's name
    #[arg(long, value_name = "NAME")]
    tenant: String,
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    output: Output,
}

pub(super) fn run(command: &FrameworkCommand) -> Result<()> {
    match command {
        FrameworkCommand::Add(command) => add(command),
        FrameworkCommand::List(command) => list(command),
    }
}

fn add(command: &Add) -> Result<()> {
    let text = read(&command.file)?;
    let store = open_existing(&command.data.data)?;
    let tenant_id = operator::tenant_id(&store, now(), &command.tenant)?;
    // Errors name the file as it was typed.
    let named = |error: Error| match error.detail.strip_prefix("text:") {
        Some(place) => Error { detail: format!("{}:{place}", command.file.display()), ..error },
        None => error,
    };
    let (offered, is_new) = store.write(&tenant_id, &Actor::system(), now(), move |tx| frameworks::put(tx, &text)).map_err(named)?;
    let (id, version) = (&offered.framework.key, offered.own.map(|(version, _)| version));
    if command.output.json {
        return print::json(&json!({"id": id, "version": version, "new": is_new, "sha256": offered.framework.sha256}));
    }
    print::out(&format!(
        "{} framework `{}`, version {} of its file",
        if is_new { "Added" } else { "Replaced" },
        print::plain(id),
        version.unwrap_or(1)
    ))
}

fn list(command: &List) -> Result<()> {
    let store = open_existing(&command.data.data)?;
    let tenant_id = operator::tenant_id(&store, now(), &command.tenant)?;
    let all = store.read(&tenant_id, &Actor::system(), now(), frameworks::all)?;
    if command.output.json {
        let shown =
            all.iter().map(|offered| json!({"id": offered.framework.key, "title": offered.framework.name, "own": offered.own.is_some()}));
        return print::json(&shown.collect());
    }
    let rows = all.iter().map(|offered| {
        let own = if offered.own.is_some() { "own" } else { "appliance" };
        vec![print::plain(&offered.framework.key), own.to_owned(), print::plain(&offered.framework.name)]
    });
    print::table(&["ID", "FROM", "TITLE"], &rows.collect::<Vec<_>>())
}

fn read(path: &Path) -> Result<String> {
    let cannot = |error: std::io::Error| Error::invalid(format!("cannot read `{}`: {error}", path.display()));
    if std::fs::metadata(path).map_err(cannot)?.len() > FRAMEWORK_BYTES_MAX as u64 {
        return Err(Error::invalid(format!("`{}` is longer than {FRAMEWORK_BYTES_MAX} bytes", path.display())));
    }
    std::fs::read_to_string(path).map_err(cannot)
}
