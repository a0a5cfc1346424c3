//! The UI's markup: templates are balanced, void elements close themselves, and no words stand outside the table of messages.

use super::{Rule, Tree, check_example, check_project};

/// Elements that never have content. htm does not know them: unclosed, they swallow what follows.
const VOID: [&str; 12] = ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"];
/// Attributes whose text people see or hear.
const SPOKEN: [&str; 7] = ["alt", "aria-label", "hint", "label", "placeholder", "text", "title"];
/// The one file that has words.
const MESSAGES: &str = "assets/ui/messages.en.js";

fn templates(tree: &Tree) -> Vec<String> {
    let is_module = |path: &str| path.starts_with("assets/ui/") && path.ends_with(".js") && path != MESSAGES;
    let modules = tree.documents.iter().filter(|(path, _)| is_module(path));
    modules.flat_map(|(path, text)| Reader::new(path, text).findings()).collect()
}

/// Reads a module from its beginning to its end.
struct Reader<'t> {
    path: &'t str,
    text: Vec<char>,
    at: usize,
    found: Vec<String>,
}

impl<'t> Reader<'t> {
    fn new(path: &'t str, text: &str) -> Reader<'t> {
        Reader { path, text: text.chars().collect(), at: 0, found: Vec::new() }
    }

    fn findings(mut self) -> Vec<String> {
        while self.at < self.text.len() {
            self.code();
        }
        self.found
    }

    fn says(&self, what: &str) -> bool {
        what.chars().enumerate().all(|(offset, char)| self.text.get(self.at + offset) == Some(&char))
    }

    fn find(&mut self, start: usize, what: String) {
        let line = self.text[..start.min(self.text.len())].iter().filter(|char| **char == '\n').count() + 1;
        self.found.push(format!("{}:{line}: {what}", self.path));
    }

    /// Script up to the brace that closes what was open before, or the end.
    fn code(&mut self) {
        let mut depth = 0_usize;
        while let Some(char) = self.text.get(self.at).copied() {
            let start = self.at;
            self.at += 1;
            match char {
                '"' | '\'' => self.skip_to(char),
                '`' if start >= 4 && self.text[start - 4..start].iter().collect::<String>() == "html" => self.template(),
                '`' => self.plain_template(),
                '/' if self.says("/") => self.skip_past("\n"),
                '/' if self.says("*") => self.skip_past("*/"),
                '/' if self.begins_regex(start) => self.skip_regex(),
                '{' => depth += 1,
                '}' if depth == 0 => return,
                '}' => depth -= 1,
                _ => {}
            }
        }
    }

    /// Whether a slash at `start` begins a regular expression: after a value it divides.
    fn begins_regex(&self, start: usize) -> bool {
        let before = self.text[..start].iter().rev().find(|char| !char.is_whitespace());
        before.is_none_or(|char| "(,=:[!&|?{};>".contains(*char))
    }

    fn skip_regex(&mut self) {
        let mut in_class = false;
        while let Some(char) = self.text.get(self.at).copied() {
            self.at += 1;
            match char {
                '\\' => self.at += 1,
                '[' => in_class = true,
                ']' => in_class = false,
                '/' if !in_class => return,
                _ => {}
            }
        }
    }

    fn skip_to(&mut self, end: char) {
        while let Some(char) = self.text.get(self.at).copied() {
            self.at += if char == '\\' { 2 } else { 1 };
            if char == end {
                return;
            }
        }
    }

    fn skip_past(&mut self, end: &str) {
        while self.at < self.text.len() && !self.says(end) {
            self.at += 1;
        }
        self.at += end.len();
    }

    fn plain_template(&mut self) {
        while let Some(char) = self.text.get(self.at).copied() {
            self.at += 1;
            match char {
                '\\' => self.at += 1,
                '`' => return,
                '$' if self.says("{") => self.filled_in(),
                _ => {}
            }
        }
    }

    /// `{…}` after a `$`.
    fn filled_in(&mut self) {
        self.at += 1;
        self.code();
    }

    /// Markup up to the closing backtick.
    fn template(&mut self) {
        let mut open: Vec<(String, usize)> = Vec::new();
        let mut letters = 0;
        while let Some(char) = self.text.get(self.at).copied() {
            let start = self.at;
            self.at += 1;
            letters = if char.is_alphabetic() { letters + 1 } else { 0 };
            match char {
                '`' => {
                    for (name, start) in open {
                        self.find(start, format!("`<{name}>` is not closed"));
                    }
                    return;
                }
                '$' if self.says("{") => self.filled_in(),
                '<' if self.says("/") => self.closing_tag(start, &mut open),
                '<' => self.opening_tag(start, &mut open),
                '&' if self.text.get(self.at).is_some_and(|next| next.is_ascii_alphabetic() || *next == '#') => {
                    self.find(start, "htm knows no entities: write the character".to_owned());
                }
                _ if letters == 2 => self.find(start, "words outside of messages.en.js".to_owned()),
                _ => {}
            }
        }
    }

    /// A name of a tag, as it is written: `div`, or `${Card}`.
    fn tag_name(&mut self) -> String {
        let start = self.at;
        if self.says("${") {
            self.at += 1;
            self.filled_in();
        } else {
            while self.text.get(self.at).is_some_and(|char| char.is_ascii_alphanumeric() || *char == '-') {
                self.at += 1;
            }
        }
        self.text[start..self.at].iter().collect()
    }

    fn closing_tag(&mut self, start: usize, open: &mut Vec<(String, usize)>) {
        self.at += 1;
        let name = self.tag_name();
        match open.pop() {
            Some((opened, _)) if opened == name => {}
            Some((opened, _)) => self.find(start, format!("`</{name}>` closes `<{opened}>`")),
            None => self.find(start, format!("`</{name}>` closes nothing")),
        }
        self.skip_past(">");
    }

    fn opening_tag(&mut self, start: usize, open: &mut Vec<(String, usize)>) {
        let name = self.tag_name();
        let mut attribute = String::new();
        while let Some(char) = self.text.get(self.at).copied() {
            self.at += 1;
            match char {
                '$' if self.says("{") => self.filled_in(),
                '"' => {
                    let begin = self.at;
                    self.skip_to('"');
                    let worded = self.text[begin..self.at - 1].iter().any(|char| char.is_alphabetic());
                    if worded && SPOKEN.contains(&attribute.trim_end_matches('=')) {
                        self.find(start, format!("words in `{attribute}\"` outside of messages.en.js"));
                    }
                }
                '/' if self.says(">") => {
                    self.at += 1;
                    return;
                }
                '>' => {
                    match VOID.contains(&name.as_str()) {
                        true => self.find(start, format!("`<{name}>` must close itself: `<{name} />`")),
                        false => open.push((name, start)),
                    }
                    return;
                }
                _ if char.is_whitespace() => attribute.clear(),
                _ => attribute.push(char),
            }
        }
    }
}

const RULE: Rule = templates;

#[test]
fn the_markup_of_the_ui_is_balanced_and_has_no_words() {
    check_project(RULE);
}

#[test]
fn faults_in_markup_are_found() {
    let module = "import { html } from \"./lib.js\"; // a `tick` in a comment\n\
        const clean = (x) => html`<p class=\"note\" title=${t(\"a\")}>${x.replace(/[`\"{]/g, \"\")} · <${Card} label=${`${x} b`}>${x && html`<input />`}</${Card}></p>`;\n\
        const open = html`<p>${t(\"a\")}`;\n\
        const crossed = html`<p><b></p></b>`;\n\
        const empty = html`<br>`;\n\
        const entity = html`<p>&nbsp;</p>`;\n\
        const worded = html`<p>Hello</p>`;\n\
        const named = html`<${Field} label=\"Name\" class=\"wide\" />`;\n";
    let wanted = [
        "assets/ui/a.js:3: `<p>` is not closed",
        "assets/ui/a.js:4: `</p>` closes `<b>`",
        "assets/ui/a.js:4: `</b>` closes `<p>`",
        "assets/ui/a.js:5: `<br>` must close itself",
        "assets/ui/a.js:6: htm knows no entities",
        "assets/ui/a.js:6: words outside",
        "assets/ui/a.js:7: words outside",
        "assets/ui/a.js:8: words in `label=\"`",
    ];
    let words = "export const english = { a: \"Hello\" };";
    check_example(RULE, &[("assets/ui/a.js", module), (MESSAGES, words)], &wanted);
}
