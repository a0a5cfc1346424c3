//! Characters to placed glyphs: Inter in two faces, shaped word by word. A character without a glyph is drawn as a box and stays what it is
//! to whoever copies or searches.

use std::collections::HashMap;
use std::rc::Rc;

use harfrust::{Buffer, Direction, Feature, ShapeOptions, ShaperFont, Tag};

use crate::error::{Error, Result};
use crate::limits::{REPORT_CACHED_WORD_BYTES_MAX, REPORT_CACHED_WORDS_MAX};

/// A face of the font.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// For all that is read.
    Regular,
    /// For headings and heads of tables.
    Semibold,
}

impl Face {
    /// Both, in the order of their numbers.
    pub const ALL: [Face; 2] = [Face::Regular, Face::Semibold];

    /// The font file.
    pub fn file(self) -> &'static [u8] {
        match self {
            Face::Regular => include_bytes!("../../../assets/fonts/Inter-Regular.ttf"),
            Face::Semibold => include_bytes!("../../../assets/fonts/Inter-SemiBold.ttf"),
        }
    }
}

/// A placed glyph; lengths in parts of the font's size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Glyph {
    /// Its number in the font.
    pub id: u32,
    /// How far the next one stands.
    pub advance: f32,
    /// Moved to the right.
    pub x_offset: f32,
    /// Moved upwards.
    pub y_offset: f32,
    /// Where its characters begin in the run's text, bytes.
    pub start: u32,
    /// Where they end.
    pub end: u32,
}

/// Text of one line with its glyphs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Run {
    /// The characters.
    pub text: String,
    /// The glyphs.
    pub glyphs: Vec<Glyph>,
    /// Width in parts of the font's size, without the space at its end.
    pub width: f32,
}

impl Run {
    /// Adds a shaped piece of text.
    pub fn push(&mut self, text: &str, glyphs: &[Glyph]) {
        // A field of a report is far from 4 GiB.
        let (end, first) = (self.text.len() as u32, glyphs.first().map_or(0, |glyph| glyph.start));
        let moved = |at: u32| at - first + end;
        self.glyphs.extend(glyphs.iter().map(|glyph| Glyph { start: moved(glyph.start), end: moved(glyph.end), ..*glyph }));
        self.text.push_str(text);
        self.width += glyphs.iter().map(|glyph| glyph.advance).sum::<f32>();
    }

    /// Adds a space that is there for copying and reading aloud, and takes no width at the end of a line.
    pub fn push_trailing_space(&mut self, space: &[Glyph]) {
        let width = self.width;
        self.push(" ", space);
        self.width = width;
    }
}

/// Shapes text and remembers words.
pub struct Shaper {
    fonts: [FaceFont; 2],
    buffer: Option<Buffer>,
}

struct FaceFont {
    font: harfrust::Font,
    units_per_em: f32,
    /// The glyph that stands for what the font lacks.
    box_glyph: (u32, f32),
    words: HashMap<Box<str>, Rc<[Glyph]>>,
}

impl Shaper {
    /// Reads the fonts inside the program.
    pub fn new() -> Result<Shaper> {
        let open = |face: Face| -> Result<FaceFont> {
            let font = harfrust::Font::new(face.file().to_vec(), 0).ok_or_else(|| Error::internal("the font of reports can't be read"))?;
            let units_per_em = f32::from(font.units_per_em());
            Ok(FaceFont { font, units_per_em, box_glyph: (0, 0.0), words: HashMap::new() })
        };
        let mut shaper = Shaper { fonts: [open(Face::Regular)?, open(Face::Semibold)?], buffer: None };
        for face in Face::ALL {
            let glyph = shaper.shape(face, "\u{25a1}")?.first().copied();
            let glyph = glyph.filter(|glyph| glyph.id != 0).ok_or_else(|| Error::internal("the font of reports has no box"))?;
            shaper.fonts[face as usize].box_glyph = (glyph.id, glyph.advance);
        }
        Ok(shaper)
    }

    /// The glyphs of a word, which is cleaned already.
    pub fn word(&mut self, face: Face, word: &str) -> Result<Rc<[Glyph]>> {
        if let Some(known) = self.fonts[face as usize].words.get(word) {
            return Ok(Rc::clone(known));
        }
        let glyphs: Rc<[Glyph]> = self.shape(face, word)?.into();
        let words = &mut self.fonts[face as usize].words;
        if word.len() <= REPORT_CACHED_WORD_BYTES_MAX {
            if words.len() >= REPORT_CACHED_WORDS_MAX {
                words.clear();
            }
            words.insert(word.into(), Rc::clone(&glyphs));
        }
        Ok(glyphs)
    }

    /// One line of `text`, however long it is.
    pub fn line(&mut self, face: Face, text: &str) -> Result<Run> {
        let text = clean(text);
        let mut run = Run::default();
        for (at, word) in text.split_whitespace().enumerate() {
            if at > 0 {
                let space = self.word(face, " ")?;
                run.push(" ", &space);
            }
            let glyphs = self.word(face, word)?;
            run.push(word, &glyphs);
        }
        Ok(run)
    }

    /// The glyph that stands for what the font lacks.
    #[cfg(test)]
    pub(super) fn fonts_box(&self, face: Face) -> u32 {
        self.fonts[face as usize].box_glyph.0
    }

    fn shape(&mut self, face: Face, text: &str) -> Result<Vec<Glyph>> {
        let mut buffer = self.buffer.take().unwrap_or_default();
        buffer.clear();
        buffer.push_str(text);
        buffer.guess_segment_properties();
        // The font has no script that runs from right to left: such characters are boxes, in the order of the text.
        buffer.set_direction(Direction::LeftToRight);
        let font = &self.fonts[face as usize];
        let features = features(text);
        let options = ShapeOptions::new().features(&features);
        harfrust::shape(&ShaperFont::new(&font.font), &mut buffer, options).map_err(|error| Error::internal(format!("{error:?}")))?;
        let (infos, places) = (buffer.glyph_infos(), buffer.glyph_positions());
        let mut glyphs = Vec::with_capacity(infos.len());
        for (at, (info, place)) in infos.iter().zip(places).enumerate() {
            let next = infos[at..].iter().find(|later| later.cluster != info.cluster);
            let scaled = |value: i32| value as f32 / font.units_per_em;
            let (id, advance) = match info.glyph_id {
                0 => font.box_glyph,
                id => (id, scaled(place.x_advance)),
            };
            let end = next.map_or(text.len() as u32, |later| later.cluster);
            glyphs.push(Glyph {
                id,
                advance,
                x_offset: scaled(place.x_offset),
                y_offset: scaled(place.y_offset),
                start: info.cluster,
                end,
            });
        }
        self.buffer = Some(buffer);
        Ok(glyphs)
    }
}

/// Digits of one width, for columns, but not the marks between them; and no arrow for `->` or cross for an `x` between digits: names are
/// shown as they are.
fn features(text: &str) -> Vec<Feature> {
    let mut features = vec![Feature::new(Tag::new(b"calt"), 0, ..)];
    let digits = text.as_bytes().chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit());
    let mut at = 0;
    for part in digits {
        if part[0].is_ascii_digit() {
            features.push(Feature::new(Tag::new(b"tnum"), 1, at..at + part.len()));
        }
        at += part.len();
    }
    features
}

/// What may stand on a page: characters that stand for nothing visible or that PDF/A forbids become U+FFFD, which is drawn as a box. A line
/// feed stays, a tab becomes a space.
pub fn clean(text: &str) -> String {
    let visible = |c: char| match c {
        '\n' => '\n',
        '\t' => ' ',
        '\r' | '\u{2028}' | '\u{2029}' => ' ',
        // Byte order marks, what turns the direction of text, and what no character stands for.
        '\u{feff}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fff0}'..='\u{ffff}' => char::REPLACEMENT_CHARACTER,
        '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}' => char::REPLACEMENT_CHARACTER,
        c if c.is_control() || u32::from(c) & 0xfffe == 0xfffe => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    text.chars().map(visible).collect()
}
