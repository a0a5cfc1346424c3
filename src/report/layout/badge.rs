//! Badges: a word with a shape and a colour, so that none of them is needed alone.

use super::{Colour, Flow, Path, Style};
use crate::error::Result;
use crate::report::text::Font;

/// A word with a shape and a colour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Badge {
    /// The word.
    pub word: &'static str,
    /// The shape before it.
    pub shape: Mark,
    /// The colour of both.
    pub colour: Colour,
}

/// Shapes that can be told apart without colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// A tick.
    Tick,
    /// A cross.
    Cross,
    /// Half a disc.
    Half,
    /// A ring.
    Ring,
    /// A square.
    Square,
    /// A bar.
    Dash,
}

impl Badge {
    /// Passed.
    pub const PASS: Badge = Badge::new("pass", Mark::Tick, Colour::GREEN);
    /// Failed.
    pub const FAIL: Badge = Badge::new("fail", Mark::Cross, Colour::RED);
    /// Incomplete evidence.
    pub const PARTIAL: Badge = Badge::new("partial", Mark::Half, Colour::AMBER);
    /// Nothing can be said.
    pub const NO_DATA: Badge = Badge::new("no data", Mark::Ring, Colour::MUTED);
    /// By people.
    pub const MANUAL: Badge = Badge::new("manual", Mark::Square, Colour::MUTED);
    /// Excepted.
    pub const EXCEPTED: Badge = Badge::new("excepted", Mark::Square, Colour::VIOLET);
    /// Not for it.
    pub const NOT_APPLICABLE: Badge = Badge::new("not applicable", Mark::Dash, Colour::MUTED);

    /// A badge of its own.
    pub const fn new(word: &'static str, shape: Mark, colour: Colour) -> Badge {
        Badge { word, shape, colour }
    }

    /// Draws it with its top left corner at a point; 11 points high. Says how wide it is.
    pub fn draw(self, flow: &mut Flow, x: f32, y: f32) -> Result<f32> {
        flow.decoration(|flow| self.mark(flow, x + 4.0, y + 5.7));
        let style = Style { font: Font::semibold(7.6), ..Style::LABEL }.in_colour(self.colour);
        Ok(12.0 + flow.text_at(x + 11.5, y + 8.4, style, self.word)?)
    }

    fn mark(self, flow: &mut Flow, x: f32, y: f32) {
        let (r, colour) = (3.4, self.colour);
        match self.shape {
            Mark::Tick => flow.stroke(Path::line(&[(x - 3.2, y + 0.2), (x - 0.9, y + 2.6), (x + 3.4, y - 2.6)]), 1.5, colour),
            Mark::Cross => {
                flow.stroke(Path::line(&[(x - 2.6, y - 2.6), (x + 2.6, y + 2.6)]), 1.5, colour);
                flow.stroke(Path::line(&[(x - 2.6, y + 2.6), (x + 2.6, y - 2.6)]), 1.5, colour);
            }
            Mark::Half => {
                flow.stroke(Path::circle(x, y, r - 0.5), 1.0, colour);
                let mut half = Path::arc(x, y, r - 0.5, 0.5);
                half.0.push(super::Segment::Close);
                flow.fill(half, colour);
            }
            Mark::Ring => flow.stroke(Path::circle(x, y, r - 0.6), 1.1, colour),
            Mark::Square => flow.fill(Path::rectangle(x - 2.7, y - 2.7, 5.4, 5.4, 0.8), colour),
            Mark::Dash => flow.fill(Path::rectangle(x - 3.0, y - 0.7, 6.0, 1.4, 0.0), colour),
        }
    }
}
