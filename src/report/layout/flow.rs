//! The pen that fills pages from top to bottom: headings with outline entries and anchors, paragraphs, links, page references.

use std::sync::Arc;

use super::{BOTTOM, Colour, Drawing, Item, MARGIN, OutlineEntry, PAGE_WIDTH, Pages, Path, TOP, Tag, WIDTH};
use crate::error::Result;
use crate::report::text::{Face, Font, Run, Shaper, break_lines};

/// How a paragraph looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Style {
    /// Face and size.
    pub font: Font,
    /// From one base line to the next, points.
    pub leading: f32,
    /// Colour.
    pub colour: Colour,
    /// Free space below, points.
    pub after: f32,
}

impl Style {
    /// Running text.
    pub const BODY: Style = Style { font: Font::regular(9.2), leading: 13.4, colour: Colour::INK, after: 6.0 };
    /// Running text that is said loudly.
    pub const STRONG: Style = Style { font: Font::semibold(9.2), ..Style::BODY };
    /// Lesser text.
    pub const NOTE: Style = Style { font: Font::regular(8.0), leading: 11.4, colour: Colour::MUTED, after: 5.0 };
    /// The one sentence that counts.
    pub const LEAD: Style = Style { font: Font::regular(11.5), leading: 16.6, colour: Colour::INK, after: 9.0 };
    /// Names above groups.
    pub const LABEL: Style = Style { font: Font::semibold(8.0), leading: 11.4, colour: Colour::MUTED, after: 3.0 };

    /// The same in another colour.
    pub const fn in_colour(self, colour: Colour) -> Style {
        Style { colour, ..self }
    }

    /// The same with other space below.
    pub const fn with_after(self, after: f32) -> Style {
        Style { after, ..self }
    }
}

/// Sizes, space above and space below of headings, by level.
const HEADINGS: [(f32, f32, f32); 3] = [(18.0, 26.0, 14.0), (11.6, 13.0, 5.0), (9.6, 8.0, 3.0)];
/// What must fit below a heading on its page, points.
const KEEP_WITH_HEADING: f32 = 88.0;

/// The pen.
pub struct Flow<'s> {
    /// Shapes text.
    pub shaper: &'s mut Shaper,
    /// Where the next line begins, points from the top.
    pub y: f32,
    pages: Pages,
    artifact: bool,
    page_numbers: Vec<PageNumber>,
}

/// A place where the number of a page is to be written, once it is known.
struct PageNumber {
    page: usize,
    item: usize,
    right: f32,
    y: f32,
    style: Style,
    anchor: String,
}

impl<'s> Flow<'s> {
    /// At the top of a first page.
    pub fn new(shaper: &'s mut Shaper) -> Flow<'s> {
        let pages = Pages { pages: vec![Vec::new()], ..Pages::default() };
        Flow { shaper, y: TOP, pages, artifact: false, page_numbers: Vec::new() }
    }

    /// The number of the present page, from 0.
    pub fn page(&self) -> usize {
        self.pages.pages.len() - 1
    }

    /// Goes to the top of a new page.
    pub fn new_page(&mut self) {
        self.pages.pages.push(Vec::new());
        self.y = TOP;
    }

    /// Goes to a new page unless `height` still fits on this one.
    pub fn keep(&mut self, height: f32) {
        if self.y + height > BOTTOM && self.y > TOP {
            self.new_page();
        }
    }

    /// Leaves space, none at the top of a page.
    pub fn space(&mut self, height: f32) {
        if self.y > TOP {
            self.y += height;
        }
    }

    /// Adds to the present page.
    pub fn push(&mut self, item: Item) {
        if let Some(page) = self.pages.pages.last_mut() {
            page.push(item);
        }
    }

    /// Draws inside a tag.
    pub fn tagged<T>(&mut self, tag: Tag, draw: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.push(Item::Open(tag));
        let done = draw(self)?;
        self.push(Item::Close);
        Ok(done)
    }

    /// Draws what is only decoration.
    pub fn decoration<T>(&mut self, draw: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.artifact, true);
        let done = draw(self);
        self.artifact = before;
        done
    }

    /// Fills an area.
    pub fn fill(&mut self, path: Path, colour: Colour) {
        self.draw(Drawing::Fill(path, colour));
    }

    /// Draws a line.
    pub fn stroke(&mut self, path: Path, width: f32, colour: Colour) {
        self.draw(Drawing::Stroke(path, width, colour));
    }

    /// Places a PNG into left, top, width, height.
    pub fn picture(&mut self, png: Arc<[u8]>, area: [f32; 4]) {
        self.draw(Drawing::Picture(png, area));
    }

    /// Places a line that was broken already.
    pub fn run_at(&mut self, x: f32, y: f32, font: Font, colour: Colour, run: Run) {
        if !run.glyphs.is_empty() {
            self.draw(Drawing::Text { x, y, font, colour, run });
        }
    }

    /// Places one line of text, and says how wide it is.
    pub fn text_at(&mut self, x: f32, y: f32, style: Style, text: &str) -> Result<f32> {
        let run = self.shaper.line(style.font.face, text)?;
        let width = run.width * style.font.size;
        self.run_at(x, y, style.font, style.colour, run);
        Ok(width)
    }

    /// Places one line of text that ends at `right`.
    pub fn text_to(&mut self, right: f32, y: f32, style: Style, text: &str) -> Result<()> {
        let width = self.width_of(style.font, text)?;
        self.text_at(right - width, y, style, text).map(drop)
    }

    /// The width of one line of text, points.
    pub fn width_of(&mut self, font: Font, text: &str) -> Result<f32> {
        Ok(self.shaper.line(font.face, text)?.width * font.size)
    }

    /// A heading of level 1 to 3 with an outline entry (levels 1 and 2), where links to `anchor` lead.
    pub fn heading(&mut self, level: u16, text: &str, anchor: &str) -> Result<()> {
        let (size, above, below) = HEADINGS[usize::from(level.clamp(1, 3)) - 1];
        let font = Font::semibold(size);
        let lines = break_lines(self.shaper, font, text, WIDTH)?;
        let leading = size * 1.25;
        let wanted = if level == 1 { 1.5 * KEEP_WITH_HEADING } else { KEEP_WITH_HEADING };
        self.keep(above + leading * lines.len() as f32 + below + wanted);
        self.space(above);
        let place = (self.page(), self.y);
        if !anchor.is_empty() {
            self.pages.anchors.entry(anchor.to_owned()).or_insert(place);
        }
        if level <= 2 {
            self.pages.outline.push(OutlineEntry { level, title: text.to_owned(), page: place.0, y: place.1 });
        }
        let colour = if level == 3 { Colour::INK } else { Colour::ACCENT };
        self.tagged(Tag::Heading(level, text.to_owned()), |flow| {
            for run in lines {
                flow.run_at(MARGIN, flow.y + size, font, colour, run);
                flow.y += leading;
            }
            Ok(())
        })?;
        if level == 1 {
            let y = self.y + 4.0;
            self.decoration(|flow| flow.fill(Path::rectangle(MARGIN, y, 34.0, 2.2, 0.0), Colour::ACCENT));
        }
        self.y += below;
        Ok(())
    }

    /// A paragraph over the whole width.
    pub fn paragraph(&mut self, style: Style, text: &str) -> Result<()> {
        self.paragraph_in(MARGIN, WIDTH, style, text)
    }

    /// A paragraph in a column; goes on on the next page.
    pub fn paragraph_in(&mut self, x: f32, width: f32, style: Style, text: &str) -> Result<()> {
        let lines = break_lines(self.shaper, style.font, text, width)?;
        self.tagged(Tag::Paragraph, |flow| {
            for run in lines {
                flow.keep(style.leading);
                flow.run_at(x, flow.y + base_line(style), style.font, style.colour, run);
                flow.y += style.leading;
            }
            Ok(())
        })?;
        self.y += style.after;
        Ok(())
    }

    /// A list with bullets.
    pub fn bullets<'t>(&mut self, style: Style, texts: impl IntoIterator<Item = &'t str>) -> Result<()> {
        for text in texts {
            self.keep(style.leading);
            let (x, y) = (MARGIN + 4.0, self.y + base_line(style) - style.font.size * 0.32);
            self.decoration(|flow| flow.fill(Path::circle(x, y, 1.4), Colour::ACCENT));
            self.paragraph_in(MARGIN + 13.0, WIDTH - 13.0, style.with_after(2.5), text)?;
        }
        self.y += style.after - 2.5;
        Ok(())
    }

    /// Adds the area of a line of text to the link that is open.
    pub fn link_area(&mut self, x: f32, y: f32, width: f32, height: f32, target: &str) {
        self.push(Item::Link { area: [x, y, width, height], target: target.to_owned() });
    }

    /// Writes, when all pages are there, the number of the page of `anchor`, ending at `right`.
    pub fn page_number_at(&mut self, right: f32, y: f32, style: Style, anchor: &str) {
        let (page, item) = (self.page(), self.pages.pages.last().map_or(0, Vec::len));
        self.push(Item::Draw { what: Drawing::Fill(Path(Vec::new()), style.colour), artifact: self.artifact });
        self.page_numbers.push(PageNumber { page, item, right, y, style, anchor: anchor.to_owned() });
    }

    /// Writes numbers of pages and, on all pages but the first, the running head and foot; then gives the pages away.
    pub fn finish(mut self, head: &str, foot: &str) -> Result<Pages> {
        for number in std::mem::take(&mut self.page_numbers) {
            let Some((page, _)) = self.pages.anchors.get(&number.anchor) else { continue };
            let run = self.shaper.line(Face::Regular, &(page + 1).to_string())?;
            let x = number.right - run.width * number.style.font.size;
            if let Some(Item::Draw { what, .. }) = self.pages.pages[number.page].get_mut(number.item) {
                *what = Drawing::Text { x, y: number.y, font: Font::regular(number.style.font.size), colour: number.style.colour, run };
            }
        }
        let total = self.pages.pages.len();
        let style = Style::NOTE;
        for page in 0..total {
            let mut items = Vec::new();
            let mut add = |what| items.push(Item::Draw { what, artifact: true });
            let mut line = |x: f32, y: f32, run: Run| add(Drawing::Text { x, y, font: style.font, colour: style.colour, run });
            let right = PAGE_WIDTH - MARGIN;
            let run = self.shaper.line(style.font.face, &format!("Page {} of {total}", page + 1))?;
            line(right - run.width * style.font.size, BOTTOM + 34.0, run);
            for (y, text) in [(40.0, head), (BOTTOM + 34.0, foot)].into_iter().skip(usize::from(page == 0)) {
                line(MARGIN, y, first_line(self.shaper, style.font, text, WIDTH - 70.0)?);
            }
            if page > 0 {
                add(Drawing::Fill(Path::rectangle(MARGIN, 48.0, WIDTH, 0.6, 0.0), Colour::RULE));
            }
            self.pages.pages[page].append(&mut items);
        }
        Ok(self.pages)
    }

    fn draw(&mut self, what: Drawing) {
        let artifact = self.artifact;
        self.push(Item::Draw { what, artifact });
    }
}

/// From the top of a line to its base line, points.
pub(super) fn base_line(style: Style) -> f32 {
    (style.leading + style.font.size * 0.72) / 2.0
}

/// The first line of `text`; the whole of it stands elsewhere.
fn first_line(shaper: &mut Shaper, font: Font, text: &str, width: f32) -> Result<Run> {
    let mut lines = break_lines(shaper, font, text, width)?;
    if lines.len() > 1 {
        let shorter = format!("{} …", lines[0].text.trim_end());
        lines = break_lines(shaper, font, &shorter, width + 12.0)?;
    }
    Ok(lines.swap_remove(0))
}
