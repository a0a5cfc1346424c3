//! What stands on the printed pages, section by section, for somebody who has never seen the appliance.

mod appliance;
mod controls;
mod cover;
mod deviations;
mod evidence;
mod failing;
mod integrity;
mod inventory;
mod method;
mod not_covered;
mod population;
mod records;
mod sign_off;
mod summary;
#[cfg(test)]
mod tests;
mod words;

use super::content::ComplianceReport;
use super::layout::{Flow, Pages, Style};
use super::text::Shaper;
use crate::error::Result;
use crate::limits::REPORT_PRINTED_ROWS_MAX;

/// A section of the report.
struct Section {
    /// Where links to it lead.
    anchor: &'static str,
    /// Its title.
    title: &'static str,
    /// Whether it begins a page, unless the present one is nearly empty.
    fresh: bool,
    /// Draws it below its heading.
    draw: fn(&mut Flow, &ComplianceReport) -> Result<()>,
}

/// All sections, in order.
const SECTIONS: &[Section] = &[
    Section { anchor: "summary", title: "Summary", fresh: true, draw: summary::draw },
    Section { anchor: "population", title: "Scope and population", fresh: true, draw: population::draw },
    Section { anchor: "controls", title: "Controls", fresh: true, draw: controls::draw },
    Section { anchor: "failing", title: "Checks and failing items", fresh: true, draw: failing::draw },
    Section { anchor: "deviations", title: "Deviations within the period", fresh: true, draw: deviations::draw },
    Section { anchor: "devices", title: "Devices", fresh: true, draw: inventory::draw_devices },
    Section { anchor: "services", title: "Services and reviews", fresh: true, draw: inventory::draw_services },
    Section { anchor: "exceptions", title: "Exceptions", fresh: true, draw: records::draw_exceptions },
    Section { anchor: "attestations", title: "Attestations", fresh: false, draw: records::draw_attestations },
    Section { anchor: "evidence", title: "Measured and declared", fresh: false, draw: evidence::draw },
    Section { anchor: "appliance", title: "What this appliance says about itself", fresh: false, draw: appliance::draw },
    Section { anchor: "not-covered", title: "Not covered", fresh: true, draw: not_covered::draw },
    Section { anchor: "method", title: "Method", fresh: true, draw: method::draw },
    Section { anchor: "integrity", title: "Integrity", fresh: true, draw: integrity::draw },
    Section { anchor: "sign-off", title: "Sign-off", fresh: false, draw: sign_off::draw },
];

/// A page filled less far takes a further section, points from the top: short sections share a page.
const NEARLY_EMPTY: f32 = 330.0;

/// The pages of the report.
pub fn lay_out(report: &ComplianceReport) -> Result<Pages> {
    let mut shaper = Shaper::new()?;
    let mut flow = Flow::new(&mut shaper);
    cover::draw(&mut flow, report)?;
    for (number, section) in SECTIONS.iter().enumerate() {
        if section.fresh && flow.y > NEARLY_EMPTY {
            flow.new_page();
        }
        flow.heading(1, &format!("{} {}", number + 1, section.title), section.anchor)?;
        (section.draw)(&mut flow, report)?;
    }
    let preliminary = if report.period.preliminary { " · preliminary" } else { "" };
    let head = format!("{} · {}{preliminary}", report.organisation.name, report.framework.title);
    let foot = format!("Report {} · state as of {}", report.generated.report_id, words::moment(report.period.as_of));
    flow.finish(&head, &foot)
}

/// Says below a table that it has been shortened, and where the rest is.
fn note_shortened(flow: &mut Flow, shown: usize, total: usize, what: &str) -> Result<()> {
    if shown >= total {
        return Ok(());
    }
    let text = format!(
        "{shown} of {total} {what} are printed. All of them are in the figures attached to this file ({}) and in the CSV format.",
        super::pdf::ATTACHMENT_NAME
    );
    flow.paragraph(Style::NOTE, &text)
}

/// How many of `total` rows are printed.
fn printed(total: usize) -> usize {
    total.min(REPORT_PRINTED_ROWS_MAX)
}
