//! Charts: a ring with a number, stacked bars with legends, a line over days; each with what it shows in words.

use super::{Colour, Flow, MARGIN, Path, Style, Tag, WIDTH};
use crate::error::Result;
use crate::report::text::Font;

/// A part of a bar.
#[derive(Debug, Clone)]
pub struct BarSegment {
    /// What it is.
    pub label: String,
    /// How many.
    pub count: u64,
    /// Its colour.
    pub colour: Colour,
}

/// A bar whose parts add up.
#[derive(Debug, Clone)]
pub struct Bar<'t> {
    /// Above it.
    pub title: &'t str,
    /// Its parts.
    pub segments: Vec<BarSegment>,
    /// What the parts are: `verdicts`.
    pub unit: &'t str,
}

const SMALL: Style = Style { font: Font::regular(7.8), leading: 11.0, colour: Colour::MUTED, after: 0.0 };

/// A ring filled by `percent`, with a number and a word inside; 2 · `radius` wide.
pub fn ring(flow: &mut Flow, x: f32, y: f32, radius: f32, percent: Option<u8>, word: &str) -> Result<()> {
    let number = percent.map_or("–".to_owned(), |percent| percent.to_string());
    let alt = match percent {
        Some(percent) => format!("{word}: {percent} of 100"),
        None => format!("{word}: withheld"),
    };
    flow.tagged(Tag::Figure(alt, [x - radius, y - radius, 2.0 * radius, 2.0 * radius]), |flow| {
        flow.stroke(Path::circle(x, y, radius - 5.0), 9.0, Colour::TINT);
        if let Some(percent) = percent.filter(|percent| *percent > 0) {
            flow.stroke(Path::arc(x, y, radius - 5.0, f32::from(percent) / 100.0), 9.0, Colour::ACCENT);
        }
        let style = Style { font: Font::semibold(radius * 0.62), ..Style::BODY }.in_colour(Colour::ACCENT);
        let wide = flow.width_of(style.font, &number)?;
        flow.text_at(x - wide / 2.0, y + radius * 0.17, style, &number)?;
        let wide = flow.width_of(SMALL.font, word)?;
        flow.text_at(x - wide / 2.0, y + radius * 0.46, SMALL, word)?;
        Ok(())
    })
}

/// A bar over the whole width with a legend below it. Moves the pen.
pub fn stacked_bar(flow: &mut Flow, bar: &Bar) -> Result<()> {
    let total: u64 = bar.segments.iter().map(|segment| segment.count).sum();
    let legend = |segment: &BarSegment| format!("{} {}", segment.count, segment.label);
    let alt = format!("{}: {} {}. {}.", bar.title, total, bar.unit, bar.segments.iter().map(legend).collect::<Vec<_>>().join(", "));
    flow.keep(52.0);
    let (top, left) = (flow.y, MARGIN);
    flow.tagged(Tag::Figure(alt, [left, top, WIDTH, 46.0]), |flow| {
        flow.text_at(left, top + 9.0, Style::LABEL.in_colour(Colour::INK), bar.title)?;
        flow.text_to(left + WIDTH, top + 9.0, SMALL, &format!("{total} {}", bar.unit))?;
        flow.fill(Path::rectangle(left, top + 14.0, WIDTH, 11.0, 2.0), Colour::TINT);
        let mut x = left;
        for segment in bar.segments.iter().filter(|segment| segment.count > 0) {
            let width = WIDTH * segment.count as f32 / total as f32;
            flow.fill(Path::rectangle(x, top + 14.0, (width - 0.8).max(0.5), 11.0, 0.0), segment.colour);
            x += width;
        }
        let mut x = left;
        for segment in &bar.segments {
            flow.fill(Path::rectangle(x, top + 31.5, 7.0, 7.0, 1.4), segment.colour);
            x += 11.0 + flow.text_at(x + 11.0, top + 38.0, SMALL, &legend(segment))? + 15.0;
        }
        Ok(())
    })?;
    flow.y = top + 52.0;
    Ok(())
}

/// A line from 0 to 100 over days: each point is the share of the width and a value; a gap where there is none. `alt` says it in words.
pub fn trend(flow: &mut Flow, height: f32, points: &[(f32, Option<u8>)], first: &str, last: &str, alt: &str) -> Result<()> {
    flow.keep(height + 26.0);
    let (top, left, right) = (flow.y + 6.0, MARGIN + 22.0, MARGIN + WIDTH - 4.0);
    let place = |x: f32, value: u8| (left + x.clamp(0.0, 1.0) * (right - left), top + height * (1.0 - f32::from(value.min(100)) / 100.0));
    flow.tagged(Tag::Figure(alt.to_owned(), [MARGIN, flow.y, WIDTH, height + 24.0]), |flow| {
        for value in [0_u8, 25, 50, 75, 100] {
            let (_, y) = place(0.0, value);
            flow.fill(Path::rectangle(left, y - 0.2, right - left, 0.4, 0.0), Colour::RULE);
            flow.text_to(left - 6.0, y + 2.7, SMALL, &value.to_string())?;
        }
        let mut part: Vec<(f32, f32)> = Vec::new();
        for (x, value) in points.iter().copied().chain([(1.0, None)]) {
            match value {
                Some(value) => part.push(place(x, value)),
                None => draw_part(flow, &std::mem::take(&mut part)),
            }
        }
        if let Some((x, Some(value))) = points.last() {
            let (x, y) = place(*x, *value);
            flow.fill(Path::circle(x, y, 3.2), Colour::ACCENT);
            let style = Style { font: Font::semibold(8.6), ..SMALL }.in_colour(Colour::ACCENT);
            let above = if *value > 90 { y + 13.0 } else { y - 7.0 };
            flow.text_to(x + 3.0, above, style, &value.to_string())?;
        }
        flow.text_at(left, top + height + 12.0, SMALL, first)?;
        flow.text_to(right, top + height + 12.0, SMALL, last)
    })?;
    flow.y = top + height + 22.0;
    Ok(())
}

fn draw_part(flow: &mut Flow, part: &[(f32, f32)]) {
    match part {
        [] => {}
        [(x, y)] => flow.fill(Path::circle(*x, *y, 1.6), Colour::ACCENT),
        _ => flow.stroke(Path::line(part), 1.6, Colour::ACCENT),
    }
}
