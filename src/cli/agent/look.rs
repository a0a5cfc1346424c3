//! `recoger agent show`, `report` and `recheck`: what a device knows of itself, shown or sent.

use std::io::Read;

use clap::Args;

use super::super::{Output, print};
use super::{State, now};
use crate::agent::run::RunOptions;
use crate::agent::send::Answer;
use crate::agent::{self, Options, System};
use crate::client::{Client, Trust};
use crate::error::{Error, Result};

/// Characters of an API key; more on standard input is a mistake.
const API_KEY_BYTES_MAX: u64 = 256;

/// What a look takes.
#[derive(Debug, Args)]
struct Collect {
    #[command(flatten)]
    state: State,
    /// Collect security facts only, as for a personal device
    #[arg(long)]
    personal: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Show {
    #[command(flatten)]
    collect: Collect,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Report {
    #[command(flatten)]
    collect: Collect,
    /// The appliance, such as https://recoger.example.lan:8443
    #[arg(long, value_name = "URL", env = "RECOGER_SERVER", requires_all = ["pin", "api_key_stdin"])]
    server: Option<String>,
    /// SHA-256 of the appliance's public key or certificate, in hex, as it prints it at its start
    #[arg(long, value_name = "SHA256", env = "RECOGER_PIN", requires = "server")]
    pin: Option<String>,
    /// Read the API key from standard input
    #[arg(long, requires = "server")]
    api_key_stdin: bool,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Recheck {
    #[command(flatten)]
    state: State,
    #[command(flatten)]
    output: Output,
}

pub(super) fn show(command: &Show) -> Result<()> {
    eprintln!("{}", agent::notice(command.collect.personal));
    print::out(&collect(&command.collect)?.to_json_pretty())
}

pub(super) fn report(command: &Report) -> Result<()> {
    let answer = match command.server.as_ref().zip(command.pin.as_ref()) {
        Some((server, pin)) => {
            let client = Client::new(Trust::pin(pin)?)?;
            let api_key = api_key()?;
            agent::send(server, &client, &api_key, &collect(&command.collect)?)?
        }
        None => {
            let state = command.collect.state.folder();
            agent::recheck::recheck(state, now(), RunOptions { personal: command.collect.personal, ..RunOptions::default() })?
        }
    };
    shown(&answer, &command.output)
}

pub(super) fn recheck(command: &Recheck) -> Result<()> {
    // Whoever asked is reading it now.
    let options = RunOptions { silent: true, ..RunOptions::default() };
    shown(&agent::recheck::recheck(command.state.folder(), now(), options)?, &command.output)
}

fn shown(answer: &Answer, output: &Output) -> Result<()> {
    match output.json {
        true => print::json(&serde_json::to_value(answer).map_err(Error::internal)?),
        false => print::out(&agent::verdict_table(answer)),
    }
}

fn api_key() -> Result<String> {
    let mut text = String::new();
    let read = std::io::stdin().take(API_KEY_BYTES_MAX).read_to_string(&mut text);
    read.map_err(|error| Error::invalid(format!("cannot read the API key from standard input: {error}")))?;
    match text.trim() {
        "" => Err(Error::invalid("standard input holds no API key; give it as `--api-key-stdin < FILE`")),
        key => Ok(key.to_owned()),
    }
}

fn collect(collect: &Collect) -> Result<agent::Report> {
    let mut options = Options::new(now());
    collect.state.folder().path().clone_into(&mut options.state_folder);
    options.personal = collect.personal;
    agent::collect(&System::this_machine(), &options)
}
