//! How the report was made, so that somebody else could make it again.

use super::words;
use crate::error::Result;
use crate::report::content::{ComplianceReport, Parameter};
use crate::report::layout::{Cell, Column, Flow, Style, Table};

/// Draws the section.
pub fn draw(flow: &mut Flow, report: &ComplianceReport) -> Result<()> {
    for text in &report.method {
        flow.heading(2, &text.title, "")?;
        for paragraph in &text.paragraphs {
            flow.paragraph(Style::BODY, paragraph)?;
        }
    }
    flow.heading(2, "Parameters as they were applied", "parameters")?;
    if report.request.parameters.is_empty() {
        return flow.paragraph(Style::BODY, "No check in use has a parameter.");
    }
    let columns = [Column::left("Check", 2.8), Column::left("Parameter", 1.8), Column::left("Value", 2.6), Column::left("Set by", 1.4)];
    let row = |parameter: &Parameter| {
        vec![
            Cell::from(parameter.check_id.as_str()),
            Cell::from(parameter.name.as_str()),
            Cell::from(words::value(&parameter.value)),
            Cell::from(parameter.origin.as_str()),
        ]
    };
    Table { summary: "Parameters of checks", columns: &columns }.draw(flow, report.request.parameters.iter().map(row))
}
