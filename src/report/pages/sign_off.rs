//! Lines to sign on: prepared, reviewed by somebody else, and the management's statement.

use crate::error::Result;
use crate::report::content::ComplianceReport;
use crate::report::layout::{Colour, Flow, MARGIN, Path, Style, Tag, WIDTH};

/// Draws the section.
pub fn draw(flow: &mut Flow, report: &ComplianceReport) -> Result<()> {
    let statement = format!(
        "We have read this report on the days {} to {}. As far as we know, the devices, services and people named in it are those of {}, and nothing was left out \
         that belongs in its scope.",
        report.period.start, report.period.end, report.organisation.name
    );
    flow.paragraph(Style::BODY.with_after(10.0), &statement)?;
    for role in ["Prepared by", "Reviewed by (somebody else)", "Management"] {
        line(flow, role)?;
    }
    Ok(())
}

fn line(flow: &mut Flow, role: &str) -> Result<()> {
    flow.keep(52.0);
    let (top, columns) = (flow.y, [(role, 0.42), ("Signature", 0.36), ("Date", 0.22)]);
    let mut left = MARGIN;
    for (label, share) in columns {
        let width = WIDTH * share - 16.0;
        flow.decoration(|flow| flow.fill(Path::rectangle(left, top + 30.0, width, 0.6, 0.0), Colour::MUTED));
        flow.tagged(Tag::Paragraph, |flow| flow.text_at(left, top + 41.0, Style::NOTE, label))?;
        left += WIDTH * share;
    }
    flow.y = top + 54.0;
    Ok(())
}
