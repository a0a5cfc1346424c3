//! `recoger agent …`: what runs on a device, and what the person at it may ask.

mod enroll;
mod look;
mod maintain;
mod run;
mod status;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::agent::identity;
use crate::agent::state::StateFolder;
use crate::agent::{self, System};
use crate::domain::time::Time;
use crate::error::Result;

#[derive(Debug, Subcommand)]
pub(super) enum AgentCommand {
    /// Enrol this device with a token; enrolling again replaces the earlier enrolment
    ///
    /// The token names the appliance's public key: a server with another key gets nothing.
    #[command(after_help = "Example:\n  sudo recoger agent enroll ret1_…\n  sudo recoger agent enroll - < token")]
    Enroll(enroll::Enroll),
    /// Report at the pace that the appliance sets, until it is ended
    ///
    /// Unsent reports are kept on disk. Ending it at any moment loses nothing.
    #[command(after_help = "Example:\n  sudo recoger agent run")]
    Run(run::Run),
    /// Print the report exactly as it would be sent, and send nothing
    #[command(after_help = "Example:\n  sudo recoger agent show")]
    Show(look::Show),
    /// Collect, send once, and print the verdicts
    ///
    /// An enrolled device needs no options, and keeps what it can't send for the next time; any other device needs a server, its pin and an API key.
    #[command(
        after_help = "Example:\n  sudo recoger agent report\n  sudo recoger agent report --server https://recoger.example.lan:8443 --pin SHA256 --api-key-stdin < key"
    )]
    Report(look::Report),
    /// Look again at once, after something was mended, and print the verdicts
    #[command(after_help = "Example:\n  sudo recoger agent recheck")]
    Recheck(look::Recheck),
    /// Show when this device reported last, what fails and how to mend it; exit 1 unless all is well
    #[command(after_help = "Example:\n  recoger agent status")]
    Status(status::Status),
    /// Replace this program by the one that the appliance serves
    #[command(after_help = "Example:\n  sudo recoger agent update && sudo systemctl restart recoger-agent")]
    Update(maintain::Update),
    /// Remove enrolment, status and unsent reports from this device
    ///
    /// The appliance is not told: there the device stays until somebody deletes it.
    #[command(after_help = "Example:\n  sudo systemctl stop recoger-agent && sudo recoger agent uninstall")]
    Uninstall(maintain::Uninstall),
}

/// Where the agent keeps things.
#[derive(Debug, Args)]
struct State {
    /// Where the agent keeps what it must remember [default: /var/lib/recoger-agent, %ProgramData%\Recoger\agent on Windows, or the user's data folder]
    #[arg(long, value_name = "DIR", env = "RECOGER_STATE")]
    state: Option<PathBuf>,
}

pub(super) fn run(command: AgentCommand) -> Result<()> {
    match command {
        AgentCommand::Enroll(command) => enroll::run(&command),
        AgentCommand::Run(command) => run::run(&command),
        AgentCommand::Show(command) => look::show(&command),
        AgentCommand::Report(command) => look::report(&command),
        AgentCommand::Recheck(command) => look::recheck(&command),
        AgentCommand::Status(command) => status::run(&command),
        AgentCommand::Update(command) => maintain::update(&command),
        AgentCommand::Uninstall(command) => maintain::uninstall(&command),
    }
}

impl State {
    /// The system's folder for root and wherever it exists; else that of the user, who has no rights to the other.
    fn folder(&self) -> StateFolder {
        if let Some(folder) = &self.state {
            return StateFolder::new(folder);
        }
        let system_wide = agent::state_folder();
        let is_user = identity::is_root(&System::this_machine()) == Some(false);
        match user_folder(|name| std::env::var_os(name).map(PathBuf::from)) {
            Some(folder) if is_user && !system_wide.exists() => StateFolder::new(folder),
            _ => StateFolder::new(system_wide),
        }
    }
}

/// Below the user's data folder, by the XDG base directory specification.
fn user_folder(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    let data = variable("XDG_DATA_HOME").filter(|path| path.is_absolute());
    let data = data.or_else(|| Some(variable("HOME").filter(|path| path.is_absolute())?.join(".local/share")))?;
    Some(data.join("recoger-agent"))
}

fn now() -> Time {
    super::serve::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_users_folder_follows_the_specification() {
        let with = |data: Option<&str>, home: Option<&str>| {
            user_folder(|name| if name == "HOME" { home.map(PathBuf::from) } else { data.map(PathBuf::from) })
        };
        assert_eq!(with(Some("/d"), Some("/h")), Some(PathBuf::from("/d/recoger-agent")));
        for data in [None, Some(""), Some("relative")] {
            assert_eq!(with(data, Some("/h")), Some(PathBuf::from("/h/.local/share/recoger-agent")));
        }
        assert_eq!(with(None, None), None);
    }
}
