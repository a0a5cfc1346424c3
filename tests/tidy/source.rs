//! A Rust file as the rules read it: its tokens, what is test code, its comments apart, its paths written out.

use super::lexer::{Kind, Lexer, Token};

/// Keywords that may stand right before a path; none begins one.
const KEYWORDS: &[&str] =
    &["use", "pub", "in", "as", "return", "mut", "dyn", "impl", "for", "fn", "let", "match", "if", "else", "while", "where", "ref", "move"];

/// A Rust file.
#[derive(Debug)]
pub struct Source {
    /// Relative to the repository.
    pub path: String,
    /// All lines.
    pub lines: Vec<String>,
    /// The code.
    pub tokens: Vec<Token>,
    /// Comments of every kind: line and text, one entry for each line that they cover.
    pub comments: Vec<(usize, String)>,
}

/// A path as written or imported, groups written out: `use a::{b, c::d}` gives `a::b` and `a::c::d`.
#[derive(Debug, PartialEq, Eq)]
pub struct Name {
    /// The words between `::`; the last may be `*`.
    pub segments: Vec<String>,
    /// Where its first word stands in `tokens`.
    pub at: usize,
}

impl Source {
    /// Reads `text`; `all_test` says that the whole file is test code.
    pub fn read(path: &str, text: &str, all_test: bool) -> Source {
        let (tokens, comments) = Lexer::new(text).run();
        let mut source = Source { path: path.to_owned(), lines: text.lines().map(str::to_owned).collect(), tokens, comments };
        source.mark_blocks(all_test);
        source
    }

    /// `path:line` of a token, for findings.
    pub fn place(&self, at: usize) -> String {
        format!("{}:{}", self.path, self.tokens[at].line)
    }

    /// Whether the tokens from `at` on are exactly `wanted`.
    pub fn starts(&self, at: usize, wanted: &[&str]) -> bool {
        let code = |token: &Token, text: &&str| token.kind != Kind::Text && token.text == *text;
        self.tokens.len() >= at + wanted.len() && self.tokens[at..].iter().zip(wanted).all(|(token, text)| code(token, text))
    }

    /// Every place where `wanted` stands.
    pub fn find(&self, wanted: &[&str]) -> Vec<usize> {
        (0..self.tokens.len()).filter(|at| self.starts(*at, wanted)).collect()
    }

    /// The comments from the line above the statement that holds token `at` to that token's line.
    pub fn comments_at(&self, at: usize) -> impl Iterator<Item = &str> {
        let ends = |token: &Token| token.kind == Kind::Punctuation && [";", "{", "}"].contains(&token.text.as_str());
        let start = self.tokens[..at].iter().rposition(ends).map_or(0, |end| end + 1);
        let lines = self.tokens[start].line.saturating_sub(1)..=self.tokens[at].line;
        self.comments.iter().filter(move |(line, _)| lines.contains(line)).map(|(_, text)| text.as_str())
    }

    /// Every path in the file.
    pub fn names(&self) -> Vec<Name> {
        let (mut names, mut at) = (Vec::new(), 0);
        while at < self.tokens.len() {
            let before = at.checked_sub(1).map(|before| self.tokens[before].text.as_str());
            // `::http::x` begins with `::` and names a crate.
            let begins = match before {
                Some("::") => !self.follows_path(at - 1),
                Some(".") => false,
                _ => true,
            };
            let word = self.tokens[at].kind == Kind::Word && !KEYWORDS.contains(&self.tokens[at].text.as_str());
            at = if word && begins { self.collect(at, at, &mut Vec::new(), &mut names) } else { at + 1 };
        }
        names
    }

    /// Whether what stands before the `::` at `at` belongs to the same path.
    fn follows_path(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1).map(|before| &self.tokens[before]) else { return false };
        let keyword = KEYWORDS.contains(&before.text.as_str());
        (before.kind == Kind::Word && !keyword) || (before.text == ">" && !self.starts(at.saturating_sub(2), &["-"]))
    }

    /// Follows a path from `at`; returns where it ends.
    fn collect(&self, first: usize, mut at: usize, prefix: &mut Vec<String>, names: &mut Vec<Name>) -> usize {
        let kept = prefix.len();
        loop {
            if self.starts(at, &["{"]) {
                at += 1;
                while at < self.tokens.len() && !self.starts(at, &["}"]) {
                    at = if self.starts(at, &[","]) { at + 1 } else { self.collect(first, at, prefix, names).max(at + 1) };
                }
                prefix.truncate(kept);
                return at + 1;
            }
            if let Some(token) = self.tokens.get(at) {
                prefix.push(token.text.clone());
            }
            at += 1;
            let goes_on = self.tokens.get(at + 1).is_some_and(|next| next.kind == Kind::Word || ["{", "*"].contains(&next.text.as_str()));
            if !(self.starts(at, &["::"]) && goes_on) {
                names.push(Name { segments: prefix.clone(), at: first });
                prefix.truncate(kept);
                // `as other` belongs to the import and names nothing.
                return if self.starts(at, &["as"]) { at + 2 } else { at };
            }
            at += 1;
        }
    }

    /// Whether `#[cfg(test)]` or one with more conditions stands at `at`, but not `#[cfg(not(test))]`.
    fn is_test_condition(&self, at: usize) -> bool {
        let words = || self.tokens[at..].iter().take_while(|token| token.text != "]").map(|token| token.text.as_str());
        self.starts(at, &["#", "[", "cfg", "("]) && words().any(|word| word == "test") && !words().any(|word| word == "not")
    }

    /// Fills in depth, inline modules and what is test code.
    fn mark_blocks(&mut self, all_test: bool) {
        // An open brace, with the name if it is a module's and whether it is the body of something under #[cfg(test)].
        let mut open: Vec<(Option<String>, bool)> = Vec::new();
        let mut test_item = false;
        for at in 0..self.tokens.len() {
            test_item |= self.starts(at, &["#", "[", "test", "]"]) || self.is_test_condition(at);
            let in_test = all_test || test_item || open.iter().any(|(_, test)| *test);
            if self.starts(at, &["}"]) {
                open.pop();
            }
            let token = &mut self.tokens[at];
            (token.depth, token.in_test) = (open.len(), in_test);
            token.modules = open.iter().filter_map(|(name, _)| name.clone()).collect();
            if self.starts(at, &["{"]) {
                let module = (at >= 2 && self.starts(at - 2, &["mod"])).then(|| self.tokens[at - 1].text.clone());
                open.push((module, std::mem::take(&mut test_item)));
            } else if self.starts(at, &[";"]) {
                test_item = false;
            }
        }
    }
}

#[test]
fn paths_are_written_out() {
    let source = Source::read("a.rs", "use a::{b, c::{d, e as other}, g::*}; fn x() -> ::http::Y { h::i::<j::K>(self.l::<M>()) }", false);
    let names: Vec<String> = source.names().iter().map(|name| name.segments.join("::")).collect();
    for wanted in ["a::b", "a::c::d", "a::c::e", "a::g::*", "http::Y", "h::i", "j::K"] {
        assert!(names.iter().any(|name| name == wanted), "{wanted} in {names:?}");
    }
    assert!(!names.iter().any(|name| name.contains("other")), "{names:?}");
}

#[test]
fn test_code_and_inline_modules_are_marked() {
    let text = "#[cfg(not(test))]\nfn a() {}\n#[cfg(all(test, unix))]\nmod tests { mod inner { fn b() {} } }\nfn c() {}";
    let source = Source::read("a.rs", text, false);
    let token = |text: &str| source.tokens.iter().find(|token| token.text == text).unwrap();
    assert!(!token("a").in_test && token("b").in_test && !token("c").in_test);
    assert_eq!(token("b").modules, ["tests", "inner"]);
    assert_eq!((token("a").depth, token("b").depth, token("c").depth), (0, 2, 0));
}
