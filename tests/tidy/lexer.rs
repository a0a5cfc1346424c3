//! Cuts Rust into words, punctuation, string contents and comments, each with its line.
//!
//! A few dozen lines instead of a parser: enough that neither a comment, a string nor a line break fools a rule.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An identifier, keyword, number or lifetime.
    Word,
    /// One character, or `::`.
    Punctuation,
    /// The content of a string or character literal, as written.
    Text,
}

/// A piece of code.
#[derive(Debug, Clone)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Its text; a string's without quotes.
    pub text: String,
    /// Its line, from 1.
    pub line: usize,
    /// How many braces are open around it.
    pub depth: usize,
    /// Names of the inline modules around it.
    pub modules: Vec<String>,
    /// Whether it stands below `#[cfg(test)]` or in a file that does.
    pub in_test: bool,
}

/// Cuts a text into tokens and comments.
pub struct Lexer {
    rest: std::iter::Peekable<std::vec::IntoIter<char>>,
    line: usize,
    tokens: Vec<Token>,
    comments: Vec<(usize, String)>,
}

impl Lexer {
    /// Before the first character of `text`.
    pub fn new(text: &str) -> Lexer {
        let characters: Vec<char> = text.chars().collect();
        Lexer { rest: characters.into_iter().peekable(), line: 1, tokens: Vec::new(), comments: Vec::new() }
    }

    /// The tokens, and each line of each comment.
    pub fn run(mut self) -> (Vec<Token>, Vec<(usize, String)>) {
        while let Some(character) = self.next() {
            match character {
                '/' if self.rest.peek() == Some(&'/') => self.line_comment(),
                '/' if self.rest.peek() == Some(&'*') => self.block_comment(),
                '"' => self.quoted(0, true),
                '\'' => self.character_or_lifetime(),
                ':' if self.rest.peek() == Some(&':') => {
                    self.next();
                    self.push(Kind::Punctuation, "::".to_owned(), self.line);
                }
                _ if is_word(character) => self.word(character),
                _ if character.is_whitespace() => {}
                _ => self.push(Kind::Punctuation, character.to_string(), self.line),
            }
        }
        (self.tokens, self.comments)
    }

    fn next(&mut self) -> Option<char> {
        let character = self.rest.next()?;
        self.line += usize::from(character == '\n');
        Some(character)
    }

    fn push(&mut self, kind: Kind, text: String, line: usize) {
        self.tokens.push(Token { kind, text, line, depth: 0, modules: Vec::new(), in_test: false });
    }

    fn line_comment(&mut self) {
        let line = self.line;
        let mut text = String::from("/");
        while let Some(character) = self.rest.next_if(|character| *character != '\n') {
            text.push(character);
        }
        self.comments.push((line, text));
    }

    fn block_comment(&mut self) {
        let (first, mut text, mut open) = (self.line, String::from("/"), 0);
        while let Some(character) = self.next() {
            text.push(character);
            open += i32::from(text.ends_with("/*")) - i32::from(text.ends_with("*/"));
            if open == 0 {
                break;
            }
        }
        self.comments.extend(text.lines().enumerate().map(|(number, line)| (first + number, line.to_owned())));
    }

    /// A string whose opening quote has been read; `hashes` of a raw one.
    fn quoted(&mut self, hashes: usize, escapes: bool) {
        let (line, mut text) = (self.line, String::new());
        let end = format!("\"{}", "#".repeat(hashes));
        while let Some(character) = self.next() {
            text.push(character);
            if escapes && character == '\\' {
                text.extend(self.next());
            } else if text.ends_with(&end) {
                text.truncate(text.len() - end.len());
                break;
            }
        }
        self.push(Kind::Text, text, line);
    }

    fn character_or_lifetime(&mut self) {
        let line = self.line;
        let Some(first) = self.next() else { return };
        if first == '\\' {
            let mut text = String::from(first);
            text.extend(self.next());
            while let Some(character) = self.rest.next_if(|character| *character != '\'') {
                text.push(character);
            }
            self.next();
            self.push(Kind::Text, text, line);
        } else if self.rest.peek() == Some(&'\'') {
            self.next();
            self.push(Kind::Text, first.to_string(), line);
        } else {
            self.word(first);
        }
    }

    fn word(&mut self, first: char) {
        let line = self.line;
        let mut word = String::from(first);
        while let Some(character) = self.rest.next_if(|character| is_word(*character)) {
            word.push(character);
        }
        // b"…", r"…", r#"…"#, br#"…"#, c"…" and r#name.
        if ["b", "r", "br", "c", "cr"].contains(&word.as_str()) && matches!(self.rest.peek(), Some('"' | '#')) {
            let mut hashes = 0;
            while self.rest.next_if_eq(&'#').is_some() {
                hashes += 1;
            }
            if self.rest.next_if_eq(&'"').is_some() {
                return self.quoted(hashes, !word.contains('r'));
            }
            return;
        }
        self.push(Kind::Word, word, line);
    }
}

fn is_word(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

#[test]
fn comments_strings_and_characters_are_told_from_code() {
    let text = r##"
// one() "not a string
/* two() /* nested */ three() */ fn four<'a>(x: &'a str) { r#"five() " "#; '"'; '\''; b'"'; "six() \" // no"; } // last
"##;
    let (tokens, comments) = Lexer::new(text).run();
    let words: Vec<&str> = tokens.iter().filter(|token| token.kind == Kind::Word).map(|token| token.text.as_str()).collect();
    assert_eq!(words, ["fn", "four", "a", "x", "a", "str", "b"]);
    let texts: Vec<&str> = tokens.iter().filter(|token| token.kind == Kind::Text).map(|token| token.text.as_str()).collect();
    assert_eq!(texts, ["five() \" ", "\"", "\\'", "\"", "six() \\\" // no"]);
    assert_eq!(comments.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 3, 3]);
}
