//! Is this a whole PNG, and may it be shown? Looked at by content: signature, chunks with their checksums, dimensions; never decoded.

use flate2::Crc;

use crate::error::{Error, Result};

/// A logo may be this large, bytes.
pub const LOGO_BYTES_MAX: usize = 256 * 1024;
/// And this wide and high, pixels: whoever decodes it needs at most 16 MiB for 8-bit colours.
pub const LOGO_SIDE_MAX: u32 = 2048;

/// What every PNG begins with (ISO/IEC 15948, 5.2).
const SIGNATURE: &[u8; 8] = b"\x89PNG\r\n\x1a\n";
/// Length, type and checksum around a chunk's data, bytes.
const CHUNK_FRAME_BYTES: usize = 12;

/// Width and height in pixels of a logo. The error says what is wrong with it, as a sentence about `field`.
pub fn checked_logo(field: &str, bytes: &[u8]) -> Result<(u32, u32)> {
    let wrong = |what: &str| Error::invalid(format!("{field} {what}"));
    if bytes.len() > LOGO_BYTES_MAX {
        return Err(wrong(&format!("must be at most {} KiB", LOGO_BYTES_MAX / 1024)));
    }
    let (width, height) = check_png(field, bytes)?;
    match width <= LOGO_SIDE_MAX && height <= LOGO_SIDE_MAX {
        true => Ok((width, height)),
        false => Err(wrong(&format!("must be at most {LOGO_SIDE_MAX} pixels wide and high"))),
    }
}

/// Width and height in pixels of a PNG of any size that is whole and does not move. The error is a sentence about `field`.
pub fn check_png(field: &str, bytes: &[u8]) -> Result<(u32, u32)> {
    let wrong = |what: &str| Error::invalid(format!("{field} {what}"));
    let mut rest = bytes.strip_prefix(SIGNATURE).ok_or_else(|| wrong("must be a PNG"))?;
    let (mut size, mut has_data) = (None, false);
    loop {
        let (name, data, after) = chunk(rest).ok_or_else(|| wrong("is a damaged PNG"))?;
        rest = after;
        match (name, size) {
            (b"IHDR", None) => size = Some(dimensions(data).ok_or_else(|| wrong("is a damaged PNG"))?),
            // The head comes first and once.
            (b"IHDR", Some(_)) | (_, None) => return Err(wrong("is a damaged PNG")),
            (b"IDAT", _) => has_data = true,
            // Pictures that move have no place in a report.
            (b"acTL", _) => return Err(wrong("must be a PNG without animation")),
            // Nothing may hide behind the end.
            (b"IEND", Some((width, height))) if has_data && data.is_empty() && rest.is_empty() => {
                return if width > 0 && height > 0 { Ok((width, height)) } else { Err(wrong("is a damaged PNG")) };
            }
            (b"IEND", _) => return Err(wrong("is a damaged PNG")),
            _ => {}
        }
    }
}

/// Type and data of the first chunk, if its checksum holds, and what follows it.
fn chunk(bytes: &[u8]) -> Option<(&[u8; 4], &[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let end = length.checked_add(CHUNK_FRAME_BYTES - 4)?;
    let (chunk, after) = rest.split_at_checked(end)?;
    let (content, checksum) = chunk.split_last_chunk::<4>()?;
    let mut crc = Crc::new();
    crc.update(content);
    let (name, data) = content.split_first_chunk::<4>()?;
    (crc.sum() == u32::from_be_bytes(*checksum)).then_some((name, data, after))
}

/// Width and height of a head whose other fields are among those that the standard knows.
fn dimensions(head: &[u8]) -> Option<(u32, u32)> {
    let [w0, w1, w2, w3, h0, h1, h2, h3, depth, colour, compression, filter, interlace] = *<&[u8; 13]>::try_from(head).ok()?;
    let depth_fits = match colour {
        0 => matches!(depth, 1 | 2 | 4 | 8 | 16),
        3 => matches!(depth, 1 | 2 | 4 | 8),
        2 | 4 | 6 => matches!(depth, 8 | 16),
        _ => false,
    };
    let known = depth_fits && compression == 0 && filter == 0 && interlace <= 1;
    known.then(|| (u32::from_be_bytes([w0, w1, w2, w3]), u32::from_be_bytes([h0, h1, h2, h3])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let mut crc = Crc::new();
        crc.update(name);
        crc.update(data);
        [&u32::try_from(data.len()).unwrap().to_be_bytes()[..], name, data, &crc.sum().to_be_bytes()].concat()
    }

    fn head(width: u32, height: u32, rest: [u8; 5]) -> Vec<u8> {
        framed(b"IHDR", &[&width.to_be_bytes()[..], &height.to_be_bytes(), &rest].concat())
    }

    fn png(chunks: &[Vec<u8>]) -> Vec<u8> {
        [SIGNATURE.to_vec(), chunks.concat()].concat()
    }

    fn wrong(bytes: &[u8]) -> String {
        checked_logo("logo", bytes).unwrap_err().detail
    }

    #[test]
    fn a_png_gives_its_size() {
        // One transparent pixel, as another program wrote it.
        let pixel = b"\x89PNG\x0d\x0a\x1a\x0a\x00\x00\x00\x0dIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\x0bIDATx\x9cc\xf8\x0f\x04\x00\x09\xfb\x03\xfd\xfb^k+\x00\x00\x00\x00IEND\xaeB`\x82";
        assert_eq!(checked_logo("logo", pixel).unwrap(), (1, 1));
        let (data, end) = (framed(b"IDAT", b"x"), framed(b"IEND", b""));
        let text = framed(b"tEXt", b"made by");
        let whole = png(&[head(2048, 7, [8, 2, 0, 0, 1]), text, data.clone(), data, end]);
        assert_eq!(checked_logo("logo", &whole).unwrap(), (2048, 7));
    }

    #[test]
    fn what_is_no_whole_png_of_a_fair_size_is_refused() {
        let (data, end) = (framed(b"IDAT", b"x"), framed(b"IEND", b""));
        let good = head(9, 9, [8, 6, 0, 0, 0]);
        let whole = png(&[good.clone(), data.clone(), end.clone()]);
        assert!(checked_logo("logo", &whole).is_ok());
        for bytes in [&b""[..], b"GIF89a", b"<svg/>", b"\x89PNG"] {
            assert_eq!(wrong(bytes), "logo must be a PNG");
        }
        for at in SIGNATURE.len()..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            assert!(checked_logo("logo", &changed).is_err(), "byte {at}");
            assert!(checked_logo("logo", &whole[..at]).is_err(), "cut at {at}");
        }
        for chunks in [
            vec![good.clone(), end.clone()],
            vec![data.clone(), good.clone(), end.clone()],
            vec![good.clone(), good.clone(), data.clone(), end.clone()],
            vec![good.clone(), data.clone(), end.clone(), data.clone()],
            vec![good.clone(), data.clone(), framed(b"IEND", b"x")],
            vec![head(9, 9, [3, 6, 0, 0, 0]), data.clone(), end.clone()],
            vec![head(9, 9, [8, 5, 0, 0, 0]), data.clone(), end.clone()],
            vec![head(9, 9, [8, 6, 0, 0, 2]), data.clone(), end.clone()],
        ] {
            assert_eq!(wrong(&png(&chunks)), "logo is a damaged PNG");
        }
        for (width, height) in [(0, 1), (1, 0)] {
            assert_eq!(wrong(&png(&[head(width, height, [8, 6, 0, 0, 0]), data.clone(), end.clone()])), "logo is a damaged PNG");
        }
        for (width, height) in [(2049, 1), (1, u32::MAX)] {
            assert!(wrong(&png(&[head(width, height, [8, 6, 0, 0, 0]), data.clone(), end.clone()])).contains("2048 pixels"));
        }
        assert!(wrong(&png(&[good, framed(b"acTL", b""), data, end])).contains("animation"));
        assert!(wrong(&vec![0; LOGO_BYTES_MAX + 1]).contains("256 KiB"));
    }
}
