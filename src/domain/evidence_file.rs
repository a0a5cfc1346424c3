//! Files that people add as evidence: PDF or PNG by content, whole, under a name that no system stumbles over.

use std::fmt;

use sha2::{Digest, Sha256};

use super::named::{exact_parse, named_enum};
use super::png::check_png;
use super::time::Time;
use super::visible::without_hidden;
use crate::error::{Error, Result};

/// Bytes of one file.
pub const FILE_BYTES_MAX: usize = 5 * 1000 * 1000;
/// Bytes of the files of one attestation or review: in base64 they fit into what one address may send at once.
pub const FILES_BYTES_MAX: usize = 10 * 1000 * 1000;
/// Files of one attestation or review.
pub const FILES_MAX: usize = 5;
/// Characters of a name as it is kept.
const NAME_CHARACTERS_MAX: usize = 120;

named_enum! {
    /// What a file is, by its content.
    pub enum MediaType {
        /// ISO 32000.
        Pdf = "application/pdf",
        /// ISO/IEC 15948.
        Png = "image/png",
    }
}

exact_parse! { MediaType }

impl MediaType {
    fn extension(self) -> &'static str {
        match self {
            MediaType::Pdf => ".pdf",
            MediaType::Png => ".png",
        }
    }
}

/// A file to be kept, checked.
#[derive(Clone, PartialEq, Eq)]
pub struct NewFile {
    /// Its name, fit for every file system.
    pub name: String,
    /// What it is.
    pub media_type: MediaType,
    /// SHA-256 of its content.
    pub sha256: [u8; 32],
    /// Its content.
    pub data: Vec<u8>,
}

impl NewFile {
    /// A file called `name` with this content. The error says what is wrong with it, as a sentence about `field`.
    pub fn checked(field: &str, name: &str, data: Vec<u8>) -> Result<NewFile> {
        let wrong = |what: &str| Error::invalid(format!("{field} {what}"));
        if data.len() > FILE_BYTES_MAX {
            return Err(wrong(&format!("must be at most {} MB", FILE_BYTES_MAX / 1_000_000)));
        }
        let media_type = if data.starts_with(b"\x89PNG") {
            check_png(field, &data)?;
            MediaType::Png
        } else if data.starts_with(b"%PDF-") {
            if !is_whole_pdf(&data) {
                return Err(wrong("is a damaged PDF, or has something behind its end"));
            }
            MediaType::Pdf
        } else {
            return Err(wrong("must be a PDF or PNG"));
        };
        Ok(NewFile { name: plain_name(name, media_type), media_type, sha256: Sha256::digest(&data).into(), data })
    }
}

impl fmt::Debug for NewFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewFile({:?}, {} bytes)", self.name, self.data.len())
    }
}

/// A file that is kept, without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// `file_…`
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub media_type: MediaType,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of its content.
    pub sha256: [u8; 32],
    /// Id of the user or key that added it.
    pub created_by: Option<String>,
    /// When.
    pub created_at: Time,
}

/// Whether `data` begins and ends as a PDF does (ISO 32000-2, 7.5.2 and 7.5.5): a version, and behind all else the place of the last
/// cross-reference section, where there is one. Nothing but white space may follow, so that it is not something else as well.
fn is_whole_pdf(data: &[u8]) -> bool {
    let version = data.strip_prefix(b"%PDF-").unwrap_or_default();
    if !matches!(version, [b'1', b'.', b'0'..=b'7', ..] | [b'2', b'.', b'0', ..]) {
        return false;
    }
    let Some(rest) = data.trim_ascii_end().strip_suffix(b"%%EOF") else { return false };
    let rest = rest.trim_ascii_end();
    let digits = rest.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (rest, offset) = rest.split_at(rest.len() - digits);
    let offset = std::str::from_utf8(offset).ok().and_then(|digits| digits.parse::<usize>().ok());
    let (Some(offset), true) = (offset, rest.trim_ascii_end().ends_with(b"startxref")) else { return false };
    let section = data.get(offset..).unwrap_or_default().trim_ascii_start();
    section.starts_with(b"xref") || is_object(section)
}

/// Whether `text` begins an indirect object, as a cross-reference stream is: two whole numbers and `obj`.
fn is_object(text: &[u8]) -> bool {
    let mut words = text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let number = |word: Option<&[u8]>| word.is_some_and(|word| word.iter().all(u8::is_ascii_digit));
    number(words.next()) && number(words.next()) && words.next().is_some_and(|word| word.starts_with(b"obj"))
}

/// The last part of `name` without what means something to a file system, a shell or a reader's eye, with the extension that the content has.
fn plain_name(name: &str, media_type: MediaType) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    // Marks that turn the direction of writing make `fdp.exe` of `exe.pdf`; others are not seen at all.
    let seen = without_hidden(last);
    let kept: String = seen
        .chars()
        .filter(|c| !c.is_control())
        .map(|c| if matches!(c, '"' | ':' | '*' | '?' | '<' | '>' | '|' | '%' | ';') { '_' } else { c })
        .collect();
    let kept = kept.trim_matches([' ', '.']);
    let extension = media_type.extension();
    let stem = match kept.len().checked_sub(extension.len()).and_then(|at| kept.split_at_checked(at)) {
        Some((stem, end)) if end.eq_ignore_ascii_case(extension) => stem,
        _ => kept,
    };
    let stem: String = stem.chars().take(NAME_CHARACTERS_MAX - extension.len()).collect();
    let stem = stem.trim_end_matches([' ', '.']);
    format!("{}{extension}", if stem.is_empty() { "file" } else { stem })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A PDF whose last cross-reference section is where it says.
    fn pdf(section: &str) -> Vec<u8> {
        let body = "%PDF-1.7\n%\u{e9}\n1 0 obj\n<<>>\nendobj\n";
        format!("{body}{section}\nstartxref\n{}\n%%EOF\n", body.len()).into_bytes()
    }

    #[test]
    fn a_pdf_begins_ends_and_has_its_last_section_where_it_says() {
        for section in ["xref\n0 1\n0000000000 65535 f \ntrailer\n<<>>", "7 0 obj\n<</Type/XRef>>\nendobj"] {
            let file = NewFile::checked("file", "a", pdf(section)).unwrap();
            assert_eq!((file.media_type, file.name.as_str()), (MediaType::Pdf, "a.pdf"));
        }
        let good = pdf("xref\n0 1");
        let text = String::from_utf8(good.clone()).unwrap();
        for wrong in [
            text.replace("%PDF-1.7", "%PDF-9.7"),
            text.replace("%%EOF\n", ""),
            text.replace("startxref", "startxrfe"),
            text.replace("xref\n0 1", "nope"),
            text.replace("startxref\n", "startxref\n9"),
            text.replace("startxref\n", "startxref\n99999999999999999999999"),
            format!("{text}PK\u{3}\u{4}"),
            "%PDF-1.7".to_owned(),
        ] {
            let error = NewFile::checked("file", "a.pdf", wrong.clone().into_bytes()).unwrap_err();
            assert_eq!(error.detail, "file is a damaged PDF, or has something behind its end", "{wrong}");
        }
    }

    #[test]
    fn what_is_neither_is_refused_whatever_its_name_says() {
        for bytes in [&b""[..], b"MZ", b"<html>", b"PK\x03\x04", b" %PDF-1.7", b"GIF89a"] {
            assert_eq!(NewFile::checked("`f`", "a.pdf", bytes.to_vec()).unwrap_err().detail, "`f` must be a PDF or PNG");
        }
        assert_eq!(NewFile::checked("`f`", "a.png", b"\x89PNG\r\n\x1a\n".to_vec()).unwrap_err().detail, "`f` is a damaged PNG");
        let mut large = pdf("xref");
        large.resize(FILE_BYTES_MAX + 1, b'\n');
        assert_eq!(NewFile::checked("`f`", "a", large).unwrap_err().detail, "`f` must be at most 5 MB");
    }

    #[test]
    fn names_lose_what_is_more_than_a_name() {
        for (given, kept) in [
            ("report.pdf", "report.pdf"),
            ("Report.PDF", "Report.pdf"),
            ("../../etc/passwd", "passwd.pdf"),
            ("C:\\Users\\ada\\scan.png", "scan.png.pdf"),
            ("a\"; filename=\"b.exe", "a__ filename=_b.exe.pdf"),
            (" .hidden. ", "hidden.pdf"),
            ("exe.\u{202e}fdp", "exe.fdp.pdf"),
            ("a\r\nb\u{0}", "ab.pdf"),
            ("...", "file.pdf"),
            (".pdf", "pdf.pdf"),
            ("", "file.pdf"),
            ("Prüfbericht 2026 – ä.pdf", "Prüfbericht 2026 – ä.pdf"),
        ] {
            assert_eq!(plain_name(given, MediaType::Pdf), kept, "{given:?}");
        }
        let long = plain_name(&"ä".repeat(300), MediaType::Png);
        assert_eq!((long.chars().count(), long.ends_with("ä.png")), (NAME_CHARACTERS_MAX, true));
    }
}
