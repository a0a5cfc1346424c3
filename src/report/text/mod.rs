//! Text on its way to a page: fonts, shaping, breaking into lines.

mod lines;
mod shape;
#[cfg(test)]
mod tests;

pub use lines::break_lines;
pub use shape::{Face, Glyph, Run, Shaper, clean};

/// Face and size of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Font {
    /// The face.
    pub face: Face,
    /// The size, points.
    pub size: f32,
}

impl Font {
    /// Regular at `size` points.
    pub const fn regular(size: f32) -> Font {
        Font { face: Face::Regular, size }
    }

    /// Semibold at `size` points.
    pub const fn semibold(size: f32) -> Font {
        Font { face: Face::Semibold, size }
    }
}
