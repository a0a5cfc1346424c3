//! A text as a QR code, drawn as the path of an SVG: pages may show no image that the server did not send.

use std::fmt::Write;

use qrcode::{Color, EcLevel, QrCode};

use crate::error::{Error, Result};

/// Empty modules around a code, which readers need (ISO/IEC 18004: four).
const QUIET: usize = 4;

/// A drawn code.
pub struct Drawn {
    /// `d` of a path that fills the dark modules, one unit each.
    pub path: String,
    /// Units along each side, with the quiet zone.
    pub size: usize,
}

/// Draws `text`.
pub fn draw(text: &str) -> Result<Drawn> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).map_err(Error::internal)?;
    let width = code.width();
    let mut path = String::new();
    for (y, row) in code.to_colors().chunks(width).enumerate() {
        let mut x = 0;
        while x < width {
            let run = row[x..].iter().take_while(|color| **color == Color::Dark).count();
            if run > 0 {
                // Writing into a String can't fail.
                let _ = write!(path, "M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET);
            }
            x += run.max(1);
        }
    }
    Ok(Drawn { path, size: width + 2 * QUIET })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corners_are_where_a_reader_looks_for_them() {
        let drawn = draw("otpauth://totp/Recoger:a?secret=GEZDGNBVGY3TQOJQ").unwrap();
        let inner = drawn.size - 2 * QUIET;
        assert!((inner - 21).is_multiple_of(4), "{inner} is no side of a code");
        // Each finder pattern begins with seven dark modules and is empty around.
        assert!(drawn.path.starts_with("M4 4h7v1h-7z"), "{}", drawn.path);
        assert!(drawn.path.contains(&format!("M{} 4h7v1h-7z", drawn.size - QUIET - 7)));
        assert!(drawn.path.contains(&format!("M4 {}h7v1h-7z", drawn.size - QUIET - 1)));
    }

    #[test]
    fn what_is_too_long_for_any_code_is_an_error() {
        assert!(draw(&"x".repeat(8000)).is_err());
    }
}
