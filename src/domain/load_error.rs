//! Where a data file is wrong: file, line and field, found again from the field's path in the text.

use std::fmt;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Why a data file can't be taken. Shown as `FILE:LINE: FIELD: what is wrong`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadError {
    /// Name of the file, as the caller gave it.
    pub file: String,
    /// Line in the file, from 1.
    pub line: usize,
    /// The field, such as `control[3].checks[0]` (counted from 0); empty where the text is no TOML.
    pub field: String,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.file, self.line)?;
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for LoadError {}

/// The way from the top of a data file to one of its values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldPlace(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

impl FieldPlace {
    /// The top of the file.
    pub fn top() -> FieldPlace {
        FieldPlace::default()
    }

    /// The entry `key` of this table.
    pub fn key(&self, key: &str) -> FieldPlace {
        self.with(Step::Key(key.to_owned()))
    }

    /// The entry at `index` of this list.
    pub fn index(&self, index: usize) -> FieldPlace {
        self.with(Step::Index(index))
    }

    /// The place that `path`, such as `rule.all[0].fact`, names below this one.
    pub fn below(&self, path: &str) -> FieldPlace {
        let mut field = self.clone();
        for part in path.split(['.', '[']).filter(|part| !part.is_empty()) {
            let step = match part.strip_suffix(']').map(str::parse) {
                Some(Ok(index)) => Step::Index(index),
                _ => Step::Key(part.to_owned()),
            };
            field.0.push(step);
        }
        field
    }

    fn with(&self, step: Step) -> FieldPlace {
        let mut field = self.clone();
        field.0.push(step);
        field
    }
}

impl fmt::Display for FieldPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if position == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// A data file under its name, for finding lines.
#[derive(Debug, Clone, Copy)]
pub struct Source<'t> {
    /// What errors call it.
    pub name: &'t str,
    /// What is in it.
    pub text: &'t str,
}

impl Source<'_> {
    /// An error at `field`, or at the nearest place above it that is written in the file.
    pub fn error(&self, field: &FieldPlace, message: impl Into<String>) -> LoadError {
        let offset = DeTable::parse(self.text).ok().map_or(0, |root| offset_of(&root, &field.0));
        LoadError { file: self.name.to_owned(), line: self.line(offset), field: field.to_string(), message: message.into() }
    }

    /// An error that the reader of TOML found.
    pub fn toml_error(&self, error: &toml::de::Error) -> LoadError {
        let span = error.span().unwrap_or(0..0);
        let field = DeTable::parse(self.text).ok().and_then(|root| field_at(&root, &span)).unwrap_or_default();
        // One line; the reader adds the excerpt only to its own display.
        let message = error.message().lines().collect::<Vec<_>>().join(", ");
        LoadError { file: self.name.to_owned(), line: self.line(span.start), field: field.to_string(), message }
    }

    fn line(&self, offset: usize) -> usize {
        1 + self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
    }
}

/// Where the value at `steps` begins: for an entry of a table at its key.
fn offset_of(root: &Spanned<DeTable<'_>>, steps: &[Step]) -> usize {
    let mut offset = root.span().start;
    let mut here: Option<&DeValue<'_>> = None;
    for step in steps {
        let found = match (step, here) {
            (Step::Key(key), None) => entry(root.get_ref(), key),
            (Step::Key(key), Some(DeValue::Table(table))) => entry(table, key),
            (Step::Index(index), Some(DeValue::Array(list))) => list.get(*index).map(|value| (value.span().start, value.get_ref())),
            _ => None,
        };
        let Some((start, value)) = found else { break };
        (offset, here) = (start, Some(value));
    }
    offset
}

fn entry<'v, 'i>(table: &'v DeTable<'i>, key: &str) -> Option<(usize, &'v DeValue<'i>)> {
    let (name, value) = table.iter().find(|(name, _)| name.get_ref().as_ref() == key)?;
    Some((name.span().start, value.get_ref()))
}

/// From the first to the last of both: the name of a table in its header stands inside the table's own span.
fn around(a: Range<usize>, b: Range<usize>) -> Range<usize> {
    a.start.min(b.start)..a.end.max(b.end)
}

/// The field with the narrowest text that holds all of `span`.
fn field_at(root: &Spanned<DeTable<'_>>, span: &Range<usize>) -> Option<FieldPlace> {
    let mut best: Option<(usize, FieldPlace)> = None;
    let mut open: Vec<(FieldPlace, &DeValue<'_>)> = Vec::new();
    let mut meet = |text: Range<usize>, field: &FieldPlace| {
        let holds = text.start <= span.start && span.end <= text.end;
        if holds && best.as_ref().is_none_or(|(length, _)| text.len() <= *length) {
            best = Some((text.len(), field.clone()));
        }
    };
    for (name, value) in root.get_ref() {
        let field = FieldPlace::top().key(name.get_ref());
        meet(around(name.span(), value.span()), &field);
        open.push((field, value.get_ref()));
    }
    while let Some((field, value)) = open.pop() {
        match value {
            DeValue::Table(table) => {
                for (name, value) in table {
                    let field = field.key(name.get_ref());
                    meet(around(name.span(), value.span()), &field);
                    open.push((field, value.get_ref()));
                }
            }
            DeValue::Array(list) => {
                for (index, value) in list.iter().enumerate() {
                    let field = field.index(index);
                    meet(value.span(), &field);
                    open.push((field, value.get_ref()));
                }
            }
            _ => {}
        }
    }
    best.map(|(_, field)| field)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a = 1\n\n[[b]]\nc = [\n  \"x\",\n  \"y\" ]\n[b.d]\n\"e.f\" = { g = 2 }\n[[b]]\nc = []\n";

    #[test]
    fn a_field_is_found_at_its_line_or_at_the_nearest_above() {
        let source = Source { name: "own.toml", text: TEXT };
        let line = |field: &FieldPlace| source.error(field, "wrong").line;
        let b = FieldPlace::top().key("b");
        assert_eq!(line(&FieldPlace::top().key("a")), 1);
        assert_eq!(line(&b.index(0).key("c").index(1)), 6);
        assert_eq!(line(&b.index(0).key("d").key("e.f").key("g")), 8);
        assert_eq!(line(&b.index(1)), 9);
        assert_eq!(line(&b.index(1).key("missing").key("deeper")), 9);
        assert_eq!(line(&b.index(0).below("c[1]")), 6);
        assert_eq!(source.error(&b.index(0).below("c[1]"), "is wrong").to_string(), "own.toml:6: b[0].c[1]: is wrong");
    }

    #[test]
    fn an_error_of_the_reader_names_the_field_around_it() {
        let error = |text: &str| {
            #[derive(serde::Deserialize)]
            #[serde(deny_unknown_fields)]
            #[allow(dead_code, reason = "only read")]
            struct Entry {
                c: Vec<String>,
                d: Option<u32>,
            }
            #[derive(serde::Deserialize)]
            #[allow(dead_code, reason = "only read")]
            struct File {
                b: Vec<Entry>,
            }
            let error = toml::from_str::<File>(text).err().unwrap();
            Source { name: "f", text }.toml_error(&error).to_string()
        };
        assert_eq!(error("[[b]]\nc = []\n[[b]]\nc = [\n 1]\n"), "f:5: b[1].c[0]: invalid type: integer `1`, expected a string");
        assert_eq!(error("[[b]]\nc = []\n[[b]]\nd = 1\n"), "f:3: b[1]: missing field `c`");
        assert_eq!(error("[[b]]\nc = []\ne = 1\n"), "f:3: b[0].e: unknown field `e`, expected `c` or `d`");
        assert_eq!(error("[[b]]\nc = [\n"), "f:2: unclosed array, expected `]`");
    }
}
