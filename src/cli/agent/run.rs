//! `recoger agent run`: the running agent, for a service manager to start.

use clap::Args;

use super::State;
use crate::agent::run::{RunOptions, Runner, ThisDevice};
use crate::agent::spool::Spool;
use crate::error::Result;

#[derive(Debug, Args)]
pub(in crate::cli) struct Run {
    #[command(flatten)]
    state: State,
    /// Report every so many seconds, whatever the appliance says
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=604_800))]
    every: Option<u32>,
    /// Show no notification to the person at the screen when a check begins to fail
    #[arg(long)]
    no_notify: bool,
}

pub(super) fn run(command: &Run) -> Result<()> {
    super::super::serve::start_log();
    let state = command.state.folder();
    let enrollment = state.enrolled()?;
    let _lock = state.lock()?;
    let options = RunOptions { every_seconds: command.every, silent: command.no_notify, ..RunOptions::default() };
    let spool = Spool::new(state.spool());
    let runner = Runner::new(ThisDevice::new(), state, spool, options)?;
    tracing::info!(server = enrollment.server, device = enrollment.device_id, "the agent runs");
    runner.run()
}
