//! `recoger agent …`: what a device knows of itself, shown or sent.

use std::io::Read;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Output, print};
use crate::agent::{self, Options, System};
use crate::client::{Client, Trust};
use crate::domain::time::Time;
use crate::error::{Error, Result};

/// Characters of an API key; more on standard input is a mistake.
const API_KEY_BYTES_MAX: u64 = 256;

#[derive(Debug, Subcommand)]
pub(super) enum AgentCommand {
    /// Print the report exactly as it would be sent, and send nothing
    #[command(after_help = "Example:\n  sudo recoger agent show")]
    Show(Show),
    /// Collect, send once, and print the verdicts
    #[command(
        after_help = "Example:\n  sudo recoger agent report --server https://recoger.example.lan:8443 --pin SHA256 --api-key-stdin < key"
    )]
    Report(Report),
}

/// What both commands take.
#[derive(Debug, Args)]
struct Collect {
    /// Where the agent keeps what it must remember
    #[arg(long, value_name = "DIR", env = "RECOGER_STATE", default_value = agent::STATE_FOLDER)]
    state: PathBuf,
    /// Collect security facts only, as for a personal device
    #[arg(long)]
    personal: bool,
}

#[derive(Debug, Args)]
pub(super) struct Show {
    #[command(flatten)]
    collect: Collect,
}

#[derive(Debug, Args)]
pub(super) struct Report {
    #[command(flatten)]
    collect: Collect,
    /// The appliance, such as https://recoger.example.lan:8443
    #[arg(long, value_name = "URL", env = "RECOGER_SERVER")]
    server: String,
    /// SHA-256 of the appliance's public key or certificate, in hex, as it prints it at its start
    #[arg(long, value_name = "SHA256", env = "RECOGER_PIN")]
    pin: String,
    /// Read the API key from standard input
    #[arg(long, required = true)]
    api_key_stdin: bool,
    #[command(flatten)]
    output: Output,
}

pub(super) fn run(command: AgentCommand) -> Result<()> {
    match command {
        AgentCommand::Show(show) => {
            eprintln!("{}", agent::notice(show.collect.personal));
            let report = collect(&show.collect)?;
            print::out(&report.to_json_pretty())
        }
        AgentCommand::Report(command) => send(&command),
    }
}

fn send(command: &Report) -> Result<()> {
    let client = Client::new(Trust::pin(&command.pin)?)?;
    let mut api_key = String::new();
    std::io::stdin()
        .take(API_KEY_BYTES_MAX)
        .read_to_string(&mut api_key)
        .map_err(|error| Error::invalid(format!("cannot read the API key from standard input: {error}")))?;
    if api_key.trim().is_empty() {
        return Err(Error::invalid("standard input holds no API key; give it as `--api-key-stdin < FILE`"));
    }
    let report = collect(&command.collect)?;
    let answer = agent::send(&command.server, &client, api_key.trim(), &report)?;
    match command.output.json {
        true => print::json(&serde_json::to_value(&answer).map_err(Error::internal)?),
        false => print::out(&agent::verdict_table(&answer)),
    }
}

fn collect(collect: &Collect) -> Result<agent::Report> {
    let mut options = Options::new(Time(chrono::Utc::now().timestamp()));
    options.state_folder.clone_from(&collect.state);
    options.personal = collect.personal;
    agent::collect(&System::this_machine(), &options)
}
