//! Tables: heads repeated on every page, rows kept whole unless taller than a page, cells whose text breaks instead of running over.

use super::flow::base_line;
use super::{BOTTOM, Badge, Colour, Flow, MARGIN, Path, Style, TOP, Tag, WIDTH};
use crate::error::Result;
use crate::report::text::{Font, Run, break_lines};

/// Where the text of a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// For words.
    Left,
    /// For numbers.
    Right,
}

/// A column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// The text of its head.
    pub title: &'static str,
    /// Its share of the width, in the same measure as that of the other columns.
    pub share: f32,
    /// Where its text stands.
    pub align: Align,
}

impl Column {
    /// A column of words.
    pub const fn left(title: &'static str, share: f32) -> Column {
        Column { title, share, align: Align::Left }
    }

    /// A column of numbers.
    pub const fn right(title: &'static str, share: f32) -> Column {
        Column { title, share, align: Align::Right }
    }
}

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Text.
    Text(String),
    /// Text that matters.
    Strong(String),
    /// A title, and lesser text below it.
    Titled(String, String),
    /// Text that leads to an anchor.
    Link(String, String),
    /// A badge.
    Badge(Badge),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Cell {
        Cell::Text(text)
    }
}

impl From<u64> for Cell {
    fn from(number: u64) -> Cell {
        Cell::Text(number.to_string())
    }
}

/// A table over the whole width.
pub struct Table<'t> {
    /// What it shows, for those who listen.
    pub summary: &'t str,
    /// Its columns.
    pub columns: &'t [Column],
}

/// Text of cells.
const TEXT: Style = Style { font: Font::regular(7.9), leading: 10.8, colour: Colour::INK, after: 0.0 };
/// Text of the head.
const HEAD: Style = Style { font: Font::semibold(7.4), leading: 10.2, colour: Colour::ACCENT, after: 0.0 };
/// Space left and right of a cell's text, points.
const PAD_X: f32 = 4.5;
/// Space above and below it, points.
const PAD_Y: f32 = 3.6;

/// A cell measured: lines with their looks.
struct Measured {
    lines: Vec<(Style, Run)>,
    badge: Option<Badge>,
    target: Option<String>,
}

impl Measured {
    fn height(&self) -> usize {
        self.lines.len().max(usize::from(self.badge.is_some()))
    }
}

impl Table<'_> {
    /// Draws the table below what is there already.
    pub fn draw<R: Into<Vec<Cell>>>(&self, flow: &mut Flow, rows: impl IntoIterator<Item = R>) -> Result<()> {
        let mut rows = rows.into_iter().map(Into::into).peekable();
        let head = self.head(flow)?;
        let head_height = height_of(&head, HEAD.leading);
        let first = match rows.peek() {
            Some(row) => height_of(&self.measure(flow, row)?, TEXT.leading),
            None => 0.0,
        };
        flow.keep((head_height + first).min(BOTTOM - TOP));
        flow.push(super::Item::Open(Tag::Table(self.summary.to_owned())));
        flow.tagged(Tag::TableHead, |flow| self.draw_row(flow, &head, HEAD, RowLook::Head))?;
        flow.push(super::Item::Open(Tag::TableBody));
        for (number, row) in rows.enumerate() {
            let cells = self.measure(flow, &row)?;
            self.place(flow, cells, &head, head_height, number % 2 == 1)?;
        }
        flow.push(super::Item::Close);
        flow.push(super::Item::Close);
        flow.space(10.0);
        Ok(())
    }

    /// Places a row whole, or by lines if it is taller than a page.
    fn place(&self, flow: &mut Flow, mut cells: Vec<Measured>, head: &[Measured], head_height: f32, odd: bool) -> Result<()> {
        let page_lines = ((BOTTOM - TOP - head_height - 2.0 * PAD_Y) / TEXT.leading).floor().max(1.0) as usize;
        loop {
            let height = height_of(&cells, TEXT.leading);
            let tall = height > BOTTOM - TOP - head_height;
            if flow.y + height > BOTTOM && (!tall || flow.y > TOP + head_height + 0.5) {
                flow.new_page();
                // Read aloud once: only the first head is a head.
                let again = self.repeat_head(flow, head);
                again?;
            }
            if !tall {
                return self.draw_row(flow, &cells, TEXT, if odd { RowLook::Odd } else { RowLook::Even });
            }
            let rest = cells.iter_mut().map(|cell| {
                let lines = cell.lines.split_off(page_lines.min(cell.lines.len()));
                Measured { lines, badge: None, target: cell.target.clone() }
            });
            let rest: Vec<Measured> = rest.collect();
            self.draw_row(flow, &cells, TEXT, if odd { RowLook::Odd } else { RowLook::Even })?;
            cells = rest;
        }
    }

    fn repeat_head(&self, flow: &mut Flow, head: &[Measured]) -> Result<()> {
        flow.decoration(|flow| self.draw_row(flow, head, HEAD, RowLook::Repeated))
    }

    fn draw_row(&self, flow: &mut Flow, cells: &[Measured], style: Style, look: RowLook) -> Result<()> {
        let (top, height) = (flow.y, height_of(cells, style.leading));
        flow.decoration(|flow| {
            match look {
                RowLook::Head | RowLook::Repeated => flow.fill(Path::rectangle(MARGIN, top, WIDTH, height, 0.0), Colour::TINT),
                RowLook::Odd => flow.fill(Path::rectangle(MARGIN, top, WIDTH, height, 0.0), Colour::ZEBRA),
                RowLook::Even => {}
            }
            flow.fill(Path::rectangle(MARGIN, top + height - 0.4, WIDTH, 0.4, 0.0), Colour::RULE);
        });
        if look == RowLook::Repeated {
            self.draw_cells(flow, cells, top, None)?;
        } else {
            let tag = if look == RowLook::Head { Tag::HeadCell } else { Tag::Cell };
            flow.tagged(Tag::Row, |flow| self.draw_cells(flow, cells, top, Some(&tag)))?;
        }
        flow.y = top + height;
        Ok(())
    }

    fn draw_cells(&self, flow: &mut Flow, cells: &[Measured], top: f32, tag: Option<&Tag>) -> Result<()> {
        let mut left = MARGIN;
        for (column, cell) in self.columns.iter().zip(cells) {
            let width = self.width(column);
            if let Some(tag) = tag {
                flow.push(super::Item::Open(tag.clone()));
            }
            let link = cell.target.as_ref().map(|target| (target, cell.lines.iter().map(|(_, run)| run.text.as_str()).collect::<String>()));
            if let Some((_, text)) = &link {
                flow.push(super::Item::Open(Tag::Link(format!("Go to {text}"))));
            }
            if let Some(badge) = cell.badge {
                badge.draw(flow, left + PAD_X, top + PAD_Y - 0.4)?;
            }
            let mut y = top + PAD_Y;
            for (style, run) in &cell.lines {
                let wide = run.width * style.font.size;
                let x = if column.align == Align::Right { left + width - PAD_X - wide } else { left + PAD_X };
                flow.run_at(x, y + base_line(*style), style.font, style.colour, run.clone());
                if let Some((target, _)) = &link {
                    flow.link_area(x, y, wide, style.leading, target);
                }
                y += style.leading;
            }
            if link.is_some() {
                flow.push(super::Item::Close);
            }
            if tag.is_some() {
                flow.push(super::Item::Close);
            }
            left += width;
        }
        Ok(())
    }

    fn head(&self, flow: &mut Flow) -> Result<Vec<Measured>> {
        let mut cells = Vec::with_capacity(self.columns.len());
        for column in self.columns {
            let runs = break_lines(flow.shaper, HEAD.font, column.title, self.width(column) - 2.0 * PAD_X)?;
            cells.push(Measured { lines: runs.into_iter().map(|run| (HEAD, run)).collect(), badge: None, target: None });
        }
        Ok(cells)
    }

    fn measure(&self, flow: &mut Flow, row: &[Cell]) -> Result<Vec<Measured>> {
        let mut cells = Vec::with_capacity(self.columns.len());
        for (column, cell) in self.columns.iter().zip(row) {
            let width = self.width(column) - 2.0 * PAD_X;
            let strong = Style { font: Font::semibold(TEXT.font.size), ..TEXT };
            let mut measured = Measured { lines: Vec::new(), badge: None, target: None };
            let texts: &[(Style, &str)] = match cell {
                Cell::Text(text) => &[(TEXT, text)],
                Cell::Strong(text) => &[(strong, text)],
                Cell::Titled(title, text) if text.is_empty() => &[(strong, title)],
                Cell::Titled(title, text) => &[(strong, title), (TEXT.in_colour(Colour::MUTED), text)],
                Cell::Link(text, target) => {
                    measured.target = Some(target.clone());
                    &[(TEXT.in_colour(Colour::ACCENT), text)]
                }
                Cell::Badge(badge) => {
                    measured.badge = Some(*badge);
                    &[]
                }
            };
            for (style, text) in texts {
                let runs = break_lines(flow.shaper, style.font, text, width)?;
                measured.lines.extend(runs.into_iter().map(|run| (*style, run)));
            }
            cells.push(measured);
        }
        Ok(cells)
    }

    fn width(&self, column: &Column) -> f32 {
        WIDTH * column.share / self.columns.iter().map(|column| column.share).sum::<f32>()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RowLook {
    Head,
    Repeated,
    Odd,
    Even,
}

fn height_of(cells: &[Measured], leading: f32) -> f32 {
    cells.iter().map(Measured::height).max().unwrap_or(1).max(1) as f32 * leading + 2.0 * PAD_Y
}
