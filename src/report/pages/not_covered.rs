//! What no check of this appliance touches, by reason: the whole list, each time.

use super::{controls, words};
use crate::error::Result;
use crate::report::content::{ComplianceReport, NotCovered};
use crate::report::layout::{Cell, Column, Flow, Style, Table};

/// Draws the section.
pub fn draw(flow: &mut Flow, report: &ComplianceReport) -> Result<()> {
    let total: usize = report.not_covered.iter().map(|group| group.controls.len()).sum();
    if total == 0 {
        return flow.paragraph(Style::BODY, "Every control of the framework is touched by a check.");
    }
    let text = format!(
        "{total} controls of the framework are out of this appliance's sight and need evidence by people. This report says nothing about them."
    );
    flow.paragraph(Style::BODY, &text)?;
    for group in &report.not_covered {
        flow.heading(2, &group.text, "")?;
        let columns = [Column::left("Control", 1.3), Column::left("In our words", 5.0), Column::left("Evidence", 1.7)];
        let row = |control: &NotCovered| {
            let badge = words::control_badge(control.status);
            vec![Cell::Strong(control.id.clone()), Cell::from(control.title.as_str()), Cell::Badge(badge)]
        };
        Table { summary: &group.text, columns: &columns }.draw(flow, group.controls.iter().map(row))?;
        for control in &group.controls {
            said(flow, control)?;
        }
    }
    Ok(())
}

fn said(flow: &mut Flow, control: &NotCovered) -> Result<()> {
    if control.attestations.is_empty() && control.not_applicable.is_none() {
        return Ok(());
    }
    flow.heading(3, &format!("{} {}", control.id, control.title), "")?;
    if let Some(declared) = &control.not_applicable {
        flow.paragraph(Style::BODY, &format!("Declared not applicable on {}: {}", words::day(declared.at), declared.reason))?;
    }
    controls::attested(flow, &control.attestations)
}
