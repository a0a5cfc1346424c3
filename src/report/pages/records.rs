//! Exceptions and attestations: what people decided and stated.

use super::{note_shortened, printed, words};
use crate::error::Result;
use crate::report::content::{Attestation, ComplianceReport, Exception};
use crate::report::layout::{Cell, Column, Flow, Style, Table};

/// Draws the exceptions.
pub fn draw_exceptions(flow: &mut Flow, report: &ComplianceReport) -> Result<()> {
    if report.exceptions.is_empty() {
        return flow.paragraph(Style::BODY, "No exception was in force in the period.");
    }
    flow.paragraph(
        Style::BODY,
        "An exception spares the status of its subject. In every figure its failure stays one that is not passed.",
    )?;
    let columns = [
        Column::left("Exception", 2.0),
        Column::left("Check", 1.7),
        Column::left("Reason and measure", 3.2),
        Column::left("Asked, approved", 1.8),
        Column::left("From, until", 1.5),
    ];
    let shown = printed(report.exceptions.len());
    Table { summary: "Exceptions of the period", columns: &columns }.draw(flow, report.exceptions[..shown].iter().map(exception_row))?;
    note_shortened(flow, shown, report.exceptions.len(), "exceptions")
}

fn exception_row(exception: &Exception) -> Vec<Cell> {
    let measure = match &exception.compensating_measure {
        Some(measure) => format!("Instead: {measure}"),
        None => "No compensating measure on record.".to_owned(),
    };
    let approved = match exception.self_approved {
        true => format!("{}, who approved it alone", words::text(&exception.requested_by)),
        false => format!("asked by {}, approved by {}", words::text(&exception.requested_by), words::text(&exception.approved_by)),
    };
    let end = match exception.revoked_at {
        Some(at) => format!("revoked {}", words::day(at)),
        None if exception.in_force => format!("until {}, in force", exception.expires_on),
        None => format!("until {}, over", exception.expires_on),
    };
    let covers = match exception.subjects {
        1 => String::new(),
        subjects => format!(", {subjects} subjects"),
    };
    vec![
        Cell::Titled(exception.subject.clone(), format!("{}{covers}", exception.id)),
        Cell::from(exception.check_title.as_str()),
        Cell::from(format!("{}\n{measure}", exception.reason)),
        Cell::from(approved),
        Cell::from(format!("{}, {end}", words::day(exception.from))),
    ]
}

/// Draws the attestations.
pub fn draw_attestations(flow: &mut Flow, report: &ComplianceReport) -> Result<()> {
    if report.attestations.is_empty() {
        return flow.paragraph(Style::BODY, "Nobody attested anything for this framework.");
    }
    flow.paragraph(Style::BODY, "Statements of people: attested, never measured. Files are named with the SHA-256 of their content.")?;
    let columns = [
        Column::left("About", 1.6),
        Column::left("Statement", 3.6),
        Column::left("By", 1.5),
        Column::left("On, valid until", 1.4),
        Column::left("Files", 2.4),
    ];
    let shown = printed(report.attestations.len());
    Table { summary: "Attestations", columns: &columns }.draw(flow, report.attestations[..shown].iter().map(attestation_row))?;
    note_shortened(flow, shown, report.attestations.len(), "attestations")
}

fn attestation_row(attestation: &Attestation) -> Vec<Cell> {
    vec![
        Cell::Strong(attestation.about.clone()),
        Cell::from(attestation.statement.as_str()),
        Cell::from(words::text(&attestation.by)),
        Cell::from(format!("{}, {}", words::day(attestation.at), words::or_none(attestation.valid_until))),
        Cell::from(if attestation.files.is_empty() { words::NONE.to_owned() } else { attestation.files.join("\n") }),
    ]
}
