//! The hardware UUID of a machine (SMBIOS type 1, macOS `IOPlatformUUID`): what tells two machines apart that share a serial number.

use sha2::{Digest, Sha256};

use super::inventory::Hardware;

/// Hexadecimal digits of a UUID.
const DIGITS: usize = 32;

/// What boards carry whose maker set none, as found in the field.
const PLACEHOLDERS: &[&str] = &[
    "03000200040005000006000700080009",
    "00020003000400050006000700080009",
    "12345678123456789012345678901234",
    "123456781234567890abcddeefaabbcc",
];

/// The hash of a UUID as sent, however it is written; `None` for a text that is none, or one that many machines share.
pub fn hardware(text: &str) -> Option<Hardware> {
    let essence: String = text.chars().filter(|character| !matches!(character, '-' | '{' | '}')).flat_map(char::to_lowercase).collect();
    let is_uuid = essence.len() == DIGITS && essence.bytes().all(|byte| byte.is_ascii_hexdigit());
    // 00…, ff…, fe…: one byte over and over.
    let is_filler = is_uuid && essence.as_bytes().chunks(2).all(|pair| pair == &essence.as_bytes()[..2]);
    (is_uuid && !is_filler && !PLACEHOLDERS.contains(&essence.as_str())).then(|| Sha256::digest(essence.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_the_same_however_it_is_written() {
        let one = hardware("4C4C4544-0042-3510-8052-B4C04F4A3132").unwrap();
        assert_eq!(hardware("{4c4c454400423510805 2b4c04f4a3132}"), None);
        assert_eq!(hardware("{4c4c4544-0042-3510-8052-b4c04f4a3132}"), Some(one));
        assert_eq!(hardware("4c4c4544004235108052b4c04f4a3132"), Some(one));
        assert_ne!(hardware("4c4c4544-0042-3510-8052-b4c04f4a3133"), Some(one));
    }

    #[test]
    fn what_names_no_machine_is_none() {
        for text in [
            "",
            "Not Settable",
            "00000000-0000-0000-0000-000000000000",
            "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
            "FEFEFEFE-FEFE-FEFE-FEFE-FEFEFEFEFEFE",
            "03000200-0400-0500-0006-000700080009",
            "4c4c4544-0042-3510-8052-b4c04f4a313",
            "ééééééééééééééééé",
        ] {
            assert_eq!(hardware(text), None, "{text}");
        }
    }
}
