//! `recoger agent update` and `uninstall`.

use std::path::PathBuf;

use clap::Args;

use super::super::print;
use super::State;
use crate::agent::System;
use crate::agent::update::{Updated, update as replace};
use crate::error::{Error, Result};

#[derive(Debug, Args)]
pub(in crate::cli) struct Update {
    #[command(flatten)]
    state: State,
    /// Take an older version too
    #[arg(long)]
    allow_downgrade: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Uninstall {
    #[command(flatten)]
    state: State,
}

pub(super) fn update(command: &Update) -> Result<()> {
    let enrollment = command.state.folder().enrolled()?;
    let own = own_program()?;
    match replace(&System::this_machine(), &enrollment, &own, command.allow_downgrade)? {
        Updated::Current => print::out(&format!("{} is the program that the appliance serves; nothing was changed", own.display())),
        Updated::To(version) => print::out(&format!(
            "{} is now version {version}; restart the agent to use it, for example with `systemctl restart recoger-agent`",
            own.display()
        )),
    }
}

pub(super) fn uninstall(command: &Uninstall) -> Result<()> {
    let state = command.state.folder();
    let removed = state.remove()?;
    if removed.is_empty() {
        return print::out(&format!("Nothing of an agent is in {}", state.path().display()));
    }
    let lines: Vec<String> = removed.iter().map(|path| format!("removed {}", path.display())).collect();
    print::out(&lines.join("\n"))?;
    eprintln!("The appliance was not told; delete the device there if it shall not be listed any more. The program itself is still here.");
    Ok(())
}

/// Where this program lies, behind all links: the link shall stay a link.
fn own_program() -> Result<PathBuf> {
    let path = std::env::current_exe().and_then(|path| path.canonicalize());
    path.map_err(|error| Error::invalid(format!("cannot find this program's own file: {error}")))
}
