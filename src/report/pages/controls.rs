//! Controls: one table of all, then each with what its evidence shows and what it does not.

use super::words;
use crate::error::Result;
use crate::report::content::{Attestation, ComplianceReport, Control, ControlCheck};
use crate::report::layout::{Cell, Column, Flow, MARGIN, Style, Table};

/// Draws the section.
pub fn draw(flow: &mut Flow, report: &ComplianceReport) -> Result<()> {
    flow.paragraph(
        Style::BODY,
        "A control's status says how its automatic checks stand: fail if a required check fails for any subject, partial if nothing required fails but the \
         evidence is incomplete, pass only if all of it passed. Coverage says how much of the control such checks can answer at all; with partial coverage a \
         pass means that the automatic part passes, and that evidence by people is still needed.",
    )?;
    if report.controls.is_empty() {
        return flow.paragraph(Style::BODY, "No control of this framework is touched by a check.");
    }
    let columns =
        [Column::left("Control", 1.1), Column::left("In our words", 4.2), Column::left("Coverage", 0.9), Column::left("Status", 1.3)];
    let row = |control: &Control| {
        vec![
            Cell::Link(control.id.clone(), anchor(control)),
            Cell::from(control.title.as_str()),
            Cell::from(words::coverage(control.coverage)),
            Cell::Badge(words::control_badge(control.status)),
        ]
    };
    Table { summary: "All controls that checks touch, with coverage and status", columns: &columns }
        .draw(flow, report.controls.iter().map(row))?;
    for control in &report.controls {
        draw_control(flow, control)?;
    }
    Ok(())
}

fn anchor(control: &Control) -> String {
    format!("control {}", control.id)
}

fn draw_control(flow: &mut Flow, control: &Control) -> Result<()> {
    // Kept on one page where that is possible: heading, two or three lines, head and rows of two lines.
    flow.keep(130.0 + 28.0 * control.checks.len() as f32);
    flow.heading(2, &format!("{} {}", control.id, control.title), &anchor(control))?;
    let top = flow.y;
    let width = words::control_badge(control.status).draw(flow, MARGIN, top)?;
    flow.text_at(MARGIN + width + 10.0, top + 8.4, Style::NOTE, &format!("coverage {}", words::coverage(control.coverage)))?;
    flow.y = top + 16.0;
    if let Some(declared) = &control.not_applicable {
        let by = declared.by.as_deref().unwrap_or("somebody who is not known any more");
        flow.paragraph(Style::BODY, &format!("Declared not applicable by {by} on {}: {}", words::day(declared.at), declared.reason))?;
    }
    flow.paragraph(Style::BODY.with_after(2.0), &format!("Shows: {}", control.shows))?;
    flow.paragraph(Style::BODY, &format!("Does not show: {}", control.gap))?;
    let columns = [
        Column::left("Check", 3.0),
        Column::left("Part", 0.95),
        Column::right("Pass", 0.58),
        Column::right("Fail", 0.52),
        Column::right("Exc.", 0.58),
        Column::right("None", 0.62),
        Column::right("N/A", 0.56),
        Column::left("Deviations", 2.1),
    ];
    Table { summary: "Checks of this control: passed, failed, excepted, no data, not applicable", columns: &columns }
        .draw(flow, control.checks.iter().map(check_row))?;
    attested(flow, &control.attestations)
}

fn check_row(check: &ControlCheck) -> Vec<Cell> {
    let title = if check.appliance { format!("{} (this appliance; in no score)", check.title) } else { check.title.clone() };
    let part = if check.required { "required" } else { "supporting" };
    // What is not in use has no place of its own to lead to.
    let name = if check.appliance || !check.active { Cell::from(title) } else { Cell::Link(title, format!("check {}", check.check_id)) };
    if !check.active {
        let dash = || Cell::from(words::NONE);
        return vec![name, Cell::from(part), dash(), dash(), dash(), dash(), dash(), Cell::from("not in use")];
    }
    let counts = &check.counts;
    vec![
        name,
        Cell::from(part),
        Cell::from(counts.passed),
        Cell::from(counts.failed),
        Cell::from(counts.excepted),
        Cell::from(counts.no_data),
        Cell::from(counts.not_applicable),
        Cell::from(words::deviations(&check.deviations)),
    ]
}

/// Statements of people below a control.
pub fn attested(flow: &mut Flow, attestations: &[Attestation]) -> Result<()> {
    for attestation in attestations {
        let by = attestation.by.as_deref().unwrap_or("somebody who is not known any more");
        let until = attestation.valid_until.map_or(String::new(), |day| format!(", valid until {day}"));
        let text = format!("Attested by {by} on {}{until}: {}", words::day(attestation.at), attestation.statement);
        flow.paragraph(Style::BODY, &text)?;
    }
    Ok(())
}
