//! The cover: whose report, on what, for which days, made when and by whom; and the contents.

use super::{SECTIONS, words};
use crate::domain::png::checked_logo;
use crate::error::Result;
use crate::report::content::ComplianceReport;
use crate::report::layout::{Colour, Flow, MARGIN, PAGE_HEIGHT, PAGE_WIDTH, Path, Style, Tag, WIDTH};
use crate::report::text::{Font, break_lines};

/// Height of the coloured part, points.
const BAND: f32 = 268.0;
/// Most that the logo takes, points: width and height.
const LOGO: (f32, f32) = (150.0, 48.0);
/// Letters on the band.
const ON_BAND: Style = Style { font: Font::regular(12.0), leading: 17.0, colour: Colour(0xd9, 0xe7, 0xec), after: 0.0 };

/// Draws the cover.
pub fn draw(flow: &mut Flow, report: &ComplianceReport) -> Result<()> {
    flow.decoration(|flow| {
        flow.fill(Path::rectangle(0.0, 0.0, PAGE_WIDTH, BAND, 0.0), Colour::ACCENT);
        flow.fill(Path::rectangle(0.0, BAND, PAGE_WIDTH, 4.0, 0.0), Colour(0x3c, 0x86, 0x9c));
    });
    logo(flow, report)?;
    title(flow, report)?;
    flow.y = BAND + 30.0;
    for (label, text) in facts(report) {
        let (top, style) = (flow.y, Style::BODY.with_after(3.4));
        flow.tagged(Tag::Paragraph, |flow| flow.text_at(MARGIN, top + 10.2, Style::LABEL, label))?;
        flow.paragraph_in(MARGIN + 118.0, WIDTH - 118.0, style, &text)?;
    }
    contents(flow)?;
    foot(flow, report)
}

fn logo(flow: &mut Flow, report: &ComplianceReport) -> Result<()> {
    // What was checked on entry is checked again: a report must not fail because of its decoration.
    let Some(logo) = &report.organisation.logo else { return Ok(()) };
    let Ok((width, height)) = checked_logo("logo", logo) else { return Ok(()) };
    let scale = (LOGO.0 / width as f32).min(LOGO.1 / height as f32).min(1.0);
    let (width, height) = (width as f32 * scale, height as f32 * scale);
    let left = PAGE_WIDTH - MARGIN - width - 12.0;
    flow.decoration(|flow| flow.fill(Path::rectangle(left - 12.0, 34.0, width + 24.0, height + 20.0, 5.0), Colour::WHITE));
    let area = [left, 44.0, width, height];
    flow.tagged(Tag::Figure(format!("Logo of {}", report.organisation.name), area), |flow| {
        flow.picture(logo.clone(), area);
        Ok(())
    })
}

fn title(flow: &mut Flow, report: &ComplianceReport) -> Result<()> {
    let big = Style { font: Font::semibold(30.0), leading: 36.0, ..ON_BAND }.in_colour(Colour::WHITE);
    flow.tagged(Tag::Heading(1, "Compliance report".to_owned()), |flow| flow.text_at(MARGIN, 142.0, big, "Compliance report"))?;
    let name = Style { font: Font::semibold(15.0), leading: 20.0, ..ON_BAND }.in_colour(Colour::WHITE);
    flow.y = 160.0;
    // A name of 255 letters must not push all else off the band.
    let mut names = break_lines(flow.shaper, name.font, &report.organisation.name, WIDTH)?;
    let smaller = names.len() > 2;
    names.clear();
    let name = if smaller { Style { font: Font::semibold(8.4), leading: 10.6, ..name } } else { name };
    flow.paragraph_in(MARGIN, WIDTH, name, &report.organisation.name)?;
    flow.y += 3.0;
    flow.paragraph_in(MARGIN, WIDTH, ON_BAND, &report.framework.title)
}

fn facts(report: &ComplianceReport) -> Vec<(&'static str, String)> {
    let (period, made) = (&report.period, &report.generated);
    let who = match (&made.by, &made.role) {
        (Some(by), Some(role)) => format!("{by} ({role})"),
        (Some(by), None) => by.clone(),
        (None, _) => "the appliance itself".to_owned(),
    };
    let preliminary = if period.preliminary { ". Preliminary: the period has not ended" } else { "" };
    vec![
        ("Period", format!("{} to {}, both days included ({}){preliminary}", period.start, period.end, period.time_zone)),
        ("State as of", format!("{} ({})", words::moment(period.as_of), period.as_of_local)),
        (
            "Framework",
            format!("{}, version {}, published by {}", report.framework.title, report.framework.version, report.framework.publisher),
        ),
        ("Generated", format!("{} by {who}, through {}", words::moment(made.at), made.trigger)),
        ("Report", made.report_id.clone()),
        ("Appliance", format!("Recoger {}", made.appliance_version)),
        ("Catalogue SHA-256", report.basis.catalogue_sha256.clone()),
        ("Framework SHA-256", report.basis.framework_sha256.clone()),
    ]
}

fn contents(flow: &mut Flow) -> Result<()> {
    flow.y += 14.0;
    flow.keep(30.0 + 16.0 * SECTIONS.len().div_ceil(2) as f32);
    flow.paragraph(Style::LABEL.with_after(5.0).in_colour(Colour::ACCENT), "Contents")?;
    let (top, half, gap) = (flow.y, SECTIONS.len().div_ceil(2), 28.0);
    let width = (WIDTH - gap) / 2.0;
    for (number, section) in SECTIONS.iter().enumerate() {
        let left = if number < half { MARGIN } else { MARGIN + width + gap };
        let y = top + (number % half) as f32 * 16.0;
        flow.decoration(|flow| flow.fill(Path::rectangle(left, y + 14.2, width, 0.4, 0.0), Colour::RULE));
        flow.tagged(Tag::Paragraph, |flow| {
            flow.tagged(Tag::Link(format!("Go to {}", section.title)), |flow| {
                flow.text_at(left, y + 10.4, Style::BODY, &format!("{} {}", number + 1, section.title))?;
                flow.link_area(left, y, width, 14.0, section.anchor);
                flow.page_number_at(left + width, y + 10.4, Style::BODY.in_colour(Colour::MUTED), section.anchor);
                Ok(())
            })
        })?;
    }
    flow.y = top + half as f32 * 16.0;
    Ok(())
}

fn foot(flow: &mut Flow, report: &ComplianceReport) -> Result<()> {
    let text = [report.framework.attribution.as_str(), report.framework.disclaimer.as_str()].join(" ");
    let lines = break_lines(flow.shaper, Style::NOTE.font, &text, WIDTH)?.len();
    flow.y = (flow.y + 10.0).max(PAGE_HEIGHT - 66.0 - lines as f32 * Style::NOTE.leading);
    flow.paragraph(Style::NOTE, &text)
}
