//! A report as PDF/A-3a and PDF/UA-1: the only folder that knows the library. The same content gives the same bytes.

mod draw;
mod tags;
#[cfg(test)]
mod tests;

use chrono::{DateTime as Moment, Datelike, Timelike};
use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::geom::Point;
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::{Document, SerializeSettings};

use super::content::ComplianceReport;
use super::layout::{OutlineEntry, PAGE_HEIGHT, PAGE_WIDTH, Pages};
use super::{json, pages};
use crate::domain::time::Time;
use crate::error::{Error, Result};

/// The name of the figures attached inside the file.
pub const ATTACHMENT_NAME: &str = "report.json";
/// The longest title that PDF/A takes is longer than any organisation's name, but a text is only as good as its source, characters.
const TITLE_CHARACTERS_MAX: usize = 500;

/// The report as the bytes of a PDF, with all figures attached as JSON. It is taken: of a large one content and pages need not be in memory
/// together.
pub fn write(report: ComplianceReport) -> Result<Vec<u8>> {
    let laid_out = pages::lay_out(&report)?;
    let mut document = Document::new_with(settings()?);
    document.set_metadata(metadata(&report));
    document.set_outline(outline(&laid_out.outline));
    attach(&mut document, &report)?;
    drop(report);
    draw_pages(&mut document, laid_out)?;
    document
        .finish()
        .map_err(|error| Error::internal(format!("the PDF could not be written: {error:?}").chars().take(2_000).collect::<String>()))
}

fn settings() -> Result<SerializeSettings> {
    let configuration =
        ConfigurationBuilder::new().with_archival_validator(Archival::A3_A).with_accessibility_validator(Accessibility::UA1).finish();
    let configuration = configuration.map_err(|error| Error::internal(format!("{error:?}")))?;
    Ok(SerializeSettings { enable_tagging: true, xmp_metadata: true, configuration, ..SerializeSettings::default() })
}

fn draw_pages(document: &mut Document, laid_out: Pages) -> Result<()> {
    let mut pen = draw::Pen::new()?;
    let mut tree = tags::Tree::default();
    for (number, items) in laid_out.pages.into_iter().enumerate() {
        let size = PageSettings::from_wh(PAGE_WIDTH, PAGE_HEIGHT).ok_or_else(|| Error::internal("a page without size"))?;
        let mut page = document.start_page_with(size);
        let links = pen.page(&mut page, number, items, &mut tree)?;
        for link in links {
            link.add(&mut page, &laid_out.anchors, &mut tree);
        }
        page.finish();
    }
    document.set_tag_tree(tree.into_krilla());
    Ok(())
}

fn metadata(report: &ComplianceReport) -> Metadata {
    let title = format!("{}: compliance report, {}", report.framework.title, report.organisation.name);
    Metadata::new()
        .title(super::text::clean(&title).chars().take(TITLE_CHARACTERS_MAX).collect())
        .authors(vec![super::text::clean(&report.organisation.name)])
        .creator(format!("Recoger {}", report.generated.appliance_version))
        .description(format!("Days {} to {}, state as of {}", report.period.start, report.period.end, report.period.as_of))
        .language("en".to_owned())
        .creation_date(date_time(report.generated.at))
        .document_id(report.generated.report_id.clone())
}

/// In UTC; a moment outside the calendar of PDF is the epoch.
fn date_time(time: Time) -> DateTime {
    let moment = Moment::from_timestamp(time.0, 0).unwrap_or_default();
    let part = |value: u32| u8::try_from(value).unwrap_or(0);
    DateTime::new(u16::try_from(moment.year()).unwrap_or(1970))
        .month(part(moment.month()))
        .day(part(moment.day()))
        .hour(part(moment.hour()))
        .minute(part(moment.minute()))
        .second(part(moment.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0)
}

fn outline(entries: &[OutlineEntry]) -> Outline {
    let mut outline = Outline::new();
    let node = |entry: &OutlineEntry| {
        OutlineNode::new(entry.title.clone(), XyzDestination::new(entry.page, Point::from_xy(0.0, (entry.y - 12.0).max(0.0))))
    };
    for section in entries.chunk_by(|_, next| next.level > 1) {
        let Some((first, parts)) = section.split_first() else { continue };
        let mut section = node(first);
        for part in parts {
            section.push_child(node(part));
        }
        outline.push_child(section);
    }
    outline
}

fn attach(document: &mut Document, report: &ComplianceReport) -> Result<()> {
    let file = EmbeddedFile {
        path: ATTACHMENT_NAME.to_owned(),
        mime_type: MimeType::new("application/json"),
        description: Some("All figures of this report, nothing left out, for programs".to_owned()),
        association_kind: AssociationKind::Data,
        data: json::write(report)?.into(),
        modification_date: Some(date_time(report.generated.at)),
        compress: Some(true),
        location: None,
    };
    document.embed_file(file).ok_or_else(|| Error::internal("the figures could not be attached"))
}
