//! How much of the evidence is measured, how much declared, and who vouches for it.

use crate::error::Result;
use crate::report::content::ComplianceReport;
use crate::report::layout::{Bar, BarSegment, Colour, Flow, Style, stacked_bar};

/// Draws the section.
pub fn draw(flow: &mut Flow, report: &ComplianceReport) -> Result<()> {
    flow.paragraph(
        Style::BODY,
        "Measured facts are read by an agent on the device or by the appliance; declared facts are stated by a person, as nearly all about services are; derived \
         ones are computed from facts with a table, such as that of supported operating systems.",
    )?;
    let tally = &report.evidence;
    let part = |label: &str, count: u64, colour: Colour| BarSegment { label: label.to_owned(), count, colour };
    let declared = Colour(0xd2, 0x95, 0x2b);
    let kinds = vec![
        part("measured", tally.measured, Colour::ACCENT),
        part("declared", tally.declared, declared),
        part("derived", tally.derived, Colour(0x6f, 0xa8, 0xb8)),
    ];
    stacked_bar(flow, &Bar { title: "Verdicts by kind of evidence", segments: kinds, unit: "verdicts" })?;
    let sources = vec![
        part("from an agent's own key", tally.from_agent, Colour::ACCENT),
        part("from another system", tally.from_integration, Colour(0x6f, 0xa8, 0xb8)),
        part("a person's word", tally.from_person, declared),
    ];
    stacked_bar(flow, &Bar { title: "Verdicts by who vouches for them", segments: sources, unit: "verdicts" })?;
    let coverage = &report.coverage;
    let parts = vec![
        part("answered fully", coverage.full, Colour::ACCENT),
        part("answered in part", coverage.partial, Colour(0x6f, 0xa8, 0xb8)),
        part("not covered", coverage.out_of_scope, Colour(0xbf, 0xc8, 0xce)),
    ];
    stacked_bar(flow, &Bar { title: "What automatic checks can answer of the framework", segments: parts, unit: "controls" })?;
    let attested = match tally.controls_attested {
        0 => "No control has a statement of a person attached.".to_owned(),
        1 => "1 control has a statement of a person attached.".to_owned(),
        many => format!("{many} controls have statements of people attached."),
    };
    flow.paragraph(Style::BODY, &attested)
}
