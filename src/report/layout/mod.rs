//! Pages as lists of what stands where, before any byte of a file: text, shapes, links and what each part is to somebody who listens.
//!
//! Points from the top left corner. All pages are known before one is drawn, so that "n of m" and references to pages are right.

mod badge;
mod chart;
mod flow;
mod shapes;
mod table;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::text::{Font, Run};

pub use badge::{Badge, Mark};
pub use chart::{Bar, BarSegment, ring, stacked_bar, trend};
pub use flow::{Flow, Style};
pub use shapes::{Path, Segment};
pub use table::{Cell, Column, Table};

/// Width of an A4 page, points.
pub const PAGE_WIDTH: f32 = 595.28;
/// Height of an A4 page, points.
pub const PAGE_HEIGHT: f32 = 841.89;
/// Left and right margin, points.
pub const MARGIN: f32 = 51.0;
/// Where text begins below the running head, points.
pub const TOP: f32 = 76.0;
/// Where it ends above the foot, points.
pub const BOTTOM: f32 = PAGE_HEIGHT - 62.0;
/// Width of the text, points.
pub const WIDTH: f32 = PAGE_WIDTH - 2.0 * MARGIN;

/// A colour: red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour(pub u8, pub u8, pub u8);

impl Colour {
    /// Text.
    pub const INK: Colour = Colour(0x1c, 0x25, 0x30);
    /// Lesser text; 5.6 to 1 on white.
    pub const MUTED: Colour = Colour(0x5a, 0x66, 0x72);
    /// Headings, charts.
    pub const ACCENT: Colour = Colour(0x12, 0x45, 0x59);
    /// Tints behind heads of tables and boxes.
    pub const TINT: Colour = Colour(0xee, 0xf3, 0xf5);
    /// Every second row.
    pub const ZEBRA: Colour = Colour(0xf8, 0xfa, 0xfb);
    /// Rules.
    pub const RULE: Colour = Colour(0xd3, 0xdb, 0xe0);
    /// Paper.
    pub const WHITE: Colour = Colour(0xff, 0xff, 0xff);
    /// Passed.
    pub const GREEN: Colour = Colour(0x1c, 0x74, 0x4c);
    /// Failed.
    pub const RED: Colour = Colour(0xb0, 0x2a, 0x23);
    /// In part.
    pub const AMBER: Colour = Colour(0x8f, 0x5a, 0x00);
    /// Excepted.
    pub const VIOLET: Colour = Colour(0x62, 0x47, 0x9b);
    /// No data.
    pub const GREY: Colour = Colour(0x7a, 0x86, 0x91);
}

/// Everything on all pages.
#[derive(Debug, Default)]
pub struct Pages {
    /// One list for each page.
    pub pages: Vec<Vec<Item>>,
    /// The outline, in reading order.
    pub outline: Vec<OutlineEntry>,
    /// Where links lead to.
    pub anchors: std::collections::BTreeMap<String, (usize, f32)>,
}

/// A line of the outline.
#[derive(Debug, Clone, PartialEq)]
pub struct OutlineEntry {
    /// 1 for a section, 2 for a part of one.
    pub level: u16,
    /// Its text.
    pub title: String,
    /// The page, from 0.
    pub page: usize,
    /// Where on it, points.
    pub y: f32,
}

/// One entry of a page's list.
#[derive(Debug, Clone)]
pub enum Item {
    /// What follows up to the matching [`Item::Close`] is this.
    Open(Tag),
    /// Ends what was opened last.
    Close,
    /// Something visible.
    Draw {
        /// What.
        what: Drawing,
        /// Decoration, which nobody needs to hear.
        artifact: bool,
    },
    /// The area of the link that is open.
    Link {
        /// Left, top, width, height.
        area: [f32; 4],
        /// The name of an anchor, or an address.
        target: String,
    },
}

/// Something visible.
#[derive(Debug, Clone)]
pub enum Drawing {
    /// A line of text.
    Text {
        /// Its left end.
        x: f32,
        /// Its base line.
        y: f32,
        /// Face and size.
        font: Font,
        /// Colour.
        colour: Colour,
        /// Glyphs.
        run: Run,
    },
    /// A filled area.
    Fill(Path, Colour),
    /// A line of a width.
    Stroke(Path, f32, Colour),
    /// A PNG scaled into left, top, width, height.
    Picture(Arc<[u8]>, [f32; 4]),
}

/// What a part of the document is, for screen readers and text extraction.
#[derive(Debug, Clone, PartialEq)]
pub enum Tag {
    /// A heading: level from 1, and its text.
    Heading(u16, String),
    /// A paragraph.
    Paragraph,
    /// A table, and what it shows.
    Table(String),
    /// Its head.
    TableHead,
    /// Its rows.
    TableBody,
    /// A row.
    Row,
    /// A cell of the head.
    HeadCell,
    /// A cell.
    Cell,
    /// A picture or chart: what it shows in words, and left, top, width, height.
    Figure(String, [f32; 4]),
    /// A link, and where it leads in words.
    Link(String),
}
