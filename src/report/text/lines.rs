//! Text to lines of a width: at spaces, and a word wider than the line after a mark or wherever it must be. Nothing is ever dropped.

use super::shape::{Glyph, Run, Shaper, clean};
use super::{Face, Font};
use crate::error::Result;

/// After these a long word may be broken before it is broken anywhere.
const MARKS: &[char] = &['.', '-', '/', '_', '@', ':', ',', ';', '=', '&', '?', '\\', '+', '|', ')'];
/// A break after a mark is taken if the line is at least so full.
const MARK_SHARE_MIN: f32 = 0.4;

/// The lines of `text` in `font`, none wider than `width` points unless a single character is. At least one.
pub fn break_lines(shaper: &mut Shaper, font: Font, text: &str, width: f32) -> Result<Vec<Run>> {
    let text = clean(text);
    let mut breaker = Breaker { shaper, face: font.face, width: width / font.size, line: Run::default(), lines: Vec::new() };
    for part in text.trim_end().split('\n') {
        for word in part.split_whitespace() {
            breaker.place(word)?;
        }
        breaker.lines.push(std::mem::take(&mut breaker.line));
    }
    Ok(breaker.lines)
}

struct Breaker<'s> {
    shaper: &'s mut Shaper,
    face: Face,
    width: f32,
    line: Run,
    lines: Vec<Run>,
}

impl Breaker<'_> {
    fn place(&mut self, word: &str) -> Result<()> {
        let glyphs = self.shaper.word(self.face, word)?;
        let space = self.shaper.word(self.face, " ")?;
        let wide = width_of(&glyphs);
        if !self.line.glyphs.is_empty() {
            if self.line.width + width_of(&space) + wide <= self.width {
                self.line.push(" ", &space);
                self.line.push(word, &glyphs);
                return Ok(());
            }
            self.line.push_trailing_space(&space);
            self.lines.push(std::mem::take(&mut self.line));
        }
        let mut rest = &glyphs[..];
        while width_of(rest) > self.width {
            let (piece, after) = rest.split_at(cut(word, rest, self.width));
            if after.is_empty() {
                break;
            }
            let mut line = Run::default();
            line.push(text_of(word, piece), piece);
            self.lines.push(line);
            rest = after;
        }
        self.line.push(text_of(word, rest), rest);
        Ok(())
    }
}

/// How many of the glyphs fit, at least those of one character.
fn cut(word: &str, glyphs: &[Glyph], width: f32) -> usize {
    let (mut used, mut fits, mut marked) = (0.0, 0, 0);
    for (at, glyph) in glyphs.iter().enumerate() {
        // Between the glyphs of one character there is no break.
        if at > 0 && glyph.start != glyphs[at - 1].start {
            fits = at;
            if used >= width * MARK_SHARE_MIN && word[..glyph.start as usize].ends_with(MARKS) {
                marked = at;
            }
        }
        used += glyph.advance;
        if used > width && fits > 0 {
            return if marked > 0 { marked } else { fits };
        }
    }
    glyphs.len()
}

fn width_of(glyphs: &[Glyph]) -> f32 {
    glyphs.iter().map(|glyph| glyph.advance).sum()
}

fn text_of<'w>(word: &'w str, glyphs: &[Glyph]) -> &'w str {
    match (glyphs.first(), glyphs.last()) {
        (Some(first), Some(last)) => &word[first.start as usize..last.end as usize],
        _ => "",
    }
}
