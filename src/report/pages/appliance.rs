//! What this appliance says about itself, apart and outside the score: it must not mark itself.

use super::{failing, words};
use crate::error::Result;
use crate::report::content::ComplianceReport;
use crate::report::layout::{Cell, Column, Flow, Style, Table};

/// Draws the section.
pub fn draw(flow: &mut Flow, report: &ComplianceReport) -> Result<()> {
    let block = &report.appliance;
    flow.paragraph(
        Style::BODY,
        "The appliance must not mark itself: what follows is about its own accounts and settings, enters no score, and shows such controls for this one system only.",
    )?;
    let accounts = format!(
        "{} can sign in, of which {} are administrators and {} have a second factor.",
        words::counted(block.accounts, "account", "accounts"),
        block.administrators,
        block.accounts_with_mfa
    );
    flow.paragraph(Style::BODY, &accounts)?;
    for check in &block.checks {
        failing::draw_check(flow, check)?;
    }
    flow.heading(2, "Agents", "agents")?;
    let clocks = format!(
        "Clocks: {} a time server, {} not, of {} nothing is known. However an agent's clock stands, a report counts as collected at the \
         moment of its receipt by the appliance's own clock at the latest.",
        words::counted(block.clocks.follow, "device follows", "devices follow"),
        words::counted(block.clocks.do_not, "does", "do"),
        words::counted(block.clocks.unknown, "device", "devices"),
    );
    flow.paragraph(Style::BODY, &clocks)?;
    if block.agent_versions.is_empty() {
        return flow.paragraph(Style::BODY, "No agent reports.");
    }
    let columns = [Column::left("Version of the agent", 3.0), Column::right("Devices", 1.0)];
    let row = |version: &crate::report::content::AgentVersion| {
        let name = version.version.clone().unwrap_or("no agent, or none that names its version".to_owned());
        vec![Cell::from(name), Cell::from(version.devices)]
    };
    Table { summary: "Devices by version of the agent", columns: &columns }.draw(flow, block.agent_versions.iter().map(row))
}
