//! Property lists, XML or binary: read from files and from what commands print, looked up by path.

use plist::Value;

use crate::agent::System;
use crate::agent::system::Unreadable;
use crate::domain::time::Time;

/// A property list.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plist(Value);

impl Plist {
    /// Reads a file; says why there is nothing. One that is damaged is [`Unreadable::Broken`].
    pub(super) fn try_read(system: &System, path: &str) -> Result<Plist, Unreadable> {
        system.try_read_bytes(path).and_then(|bytes| Plist::parse(&bytes).ok_or(Unreadable::Broken))
    }

    /// Reads a file; `None` when it can't be read.
    pub(super) fn read(system: &System, path: &str) -> Option<Plist> {
        Plist::try_read(system, path).ok()
    }

    /// Reads what a command printed.
    pub(super) fn parse(bytes: &[u8]) -> Option<Plist> {
        Value::from_reader(std::io::Cursor::new(bytes)).ok().map(Plist)
    }

    /// A list with nothing in it, as an absent file of settings is.
    pub(super) fn empty() -> Plist {
        Plist(Value::Dictionary(plist::Dictionary::new()))
    }

    /// A truth value; zero and one, which `defaults write` leaves behind without `-bool`, count as well.
    pub(super) fn bool(&self, key: &str) -> Option<bool> {
        match self.value(key)? {
            Value::Boolean(value) => Some(*value),
            Value::Integer(number) => match number.as_signed()? {
                0 => Some(false),
                1 => Some(true),
                _ => None,
            },
            _ => None,
        }
    }

    /// A whole number, also one written as a real.
    pub(super) fn integer(&self, key: &str) -> Option<i64> {
        match self.value(key)? {
            Value::Integer(number) => number.as_signed(),
            // Exact below 2^53; settings are seconds.
            Value::Real(number) if number.fract() == 0.0 && number.abs() < 9e15 => Some(*number as i64),
            _ => None,
        }
    }

    /// A text.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.value(key)?.as_string()
    }

    /// A moment.
    pub(super) fn time(&self, key: &str) -> Option<Time> {
        match self.value(key)? {
            Value::Date(date) => Time::parse(&date.to_xml_format()),
            _ => None,
        }
    }

    /// What lies below a key.
    pub(super) fn below(&self, key: &str) -> Option<Plist> {
        self.value(key).cloned().map(Plist)
    }

    /// Whether the key is there, whatever it holds.
    pub(super) fn has(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    /// The members of an array; none for anything else.
    pub(super) fn members(&self) -> Vec<Plist> {
        self.0.as_array().map(|members| members.iter().cloned().map(Plist).collect()).unwrap_or_default()
    }

    /// The first text under `key`, however deep; `system_profiler` nests its answers.
    pub(super) fn find_text(&self, key: &str) -> Option<String> {
        find(&self.0, key)?.as_string().map(str::to_owned)
    }

    /// Whether `key` stands anywhere.
    pub(super) fn contains(&self, key: &str) -> bool {
        find(&self.0, key).is_some()
    }

    fn value(&self, key: &str) -> Option<&Value> {
        self.0.as_dictionary()?.get(key)
    }
}

/// Property lists nest as deep as their reader lets them, which is bounded.
fn find<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    match value {
        Value::Dictionary(entries) => entries.get(key).or_else(|| entries.values().find_map(|value| find(value, key))),
        Value::Array(members) => members.iter().find_map(|value| find(value, key)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_give_the_same_values() {
        let xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\">\n<dict>\n\t<key>A</key>\n\t<true/>\n\t<key>B</key>\n\t<integer>1</integer>\n\
                   \t<key>C</key>\n\t<integer>600</integer>\n\t<key>D</key>\n\t<date>2026-11-20T08:30:00Z</date>\n\t<key>E</key>\n\t<string>a &amp; b</string>\n\
                   \t<key>F</key>\n\t<array>\n\t\t<dict>\n\t\t\t<key>G</key>\n\t\t\t<string>deep</string>\n\t\t</dict>\n\t</array>\n</dict>\n</plist>\n";
        let from_xml = Plist::parse(xml.as_bytes()).unwrap();
        let mut binary = Vec::new();
        from_xml.0.to_writer_binary(&mut binary).unwrap();
        assert!(binary.starts_with(b"bplist00"));
        for plist in [from_xml, Plist::parse(&binary).unwrap()] {
            assert_eq!((plist.bool("A"), plist.bool("B"), plist.bool("C"), plist.bool("Z")), (Some(true), Some(true), None, None));
            assert_eq!((plist.integer("C"), plist.text("E")), (Some(600), Some("a & b")));
            assert_eq!(plist.time("D"), Time::parse("2026-11-20T08:30:00Z"));
            assert_eq!((plist.find_text("G").as_deref(), plist.contains("H")), (Some("deep"), false));
        }
    }

    #[test]
    fn what_is_no_property_list_is_nothing() {
        for bytes in [&b""[..], b"bplist00", b"<plist><dict><key>A</key></dict>", b"{ \"A\" = 1; }x", b"\xff\xfe\x00"] {
            assert_eq!(Plist::parse(bytes).and_then(|plist| plist.bool("A")), None, "{bytes:?}");
        }
    }
}
