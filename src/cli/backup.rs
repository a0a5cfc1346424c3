//! `recoger backup` and `recoger restore`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::serve::{now, open_existing};
use super::{Data, Output, print};
use crate::error::Result;
use crate::store::backup;

#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The file to make; it must not exist yet
    file: PathBuf,
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The file that `backup` made
    file: PathBuf,
    /// Take the place of the file that is there; it is kept beside it
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    output: Output,
}

pub(super) fn backup(command: &Backup) -> Result<()> {
    let store = open_existing(&command.data.data)?;
    let made = backup::backup(&store, now(), &command.file)?;
    match command.output.json {
        true => print::json(&json!({"file": command.file.to_string_lossy(), "size_bytes": made.size_bytes, "sha256": made.sha256})),
        false => print::out(&format!("{}  {}  ({} bytes, verified)", made.sha256, command.file.display(), made.size_bytes)),
    }
}

pub(super) fn restore(command: &Restore) -> Result<()> {
    let restored = backup::restore(&command.data.data, &command.file, now(), command.force)?;
    if !restored.erasures_known {
        eprintln!("warning: the old file could not be read: whoever was erased after this backup was made is back; erase them again");
    }
    let kept = restored.kept.as_ref().map(|kept| kept.to_string_lossy().into_owned());
    if command.output.json {
        let known = restored.erasures_known;
        return print::json(&json!({"kept": kept, "erased_again": restored.erased_again, "erasures_known": known}));
    }
    let kept = kept.map_or(String::new(), |kept| format!("; the file that was there is kept as {kept}"));
    let erased = restored.erased_again;
    print::out(&format!("restored {} ({erased} erasures applied again){kept}", command.data.data.display()))
}
