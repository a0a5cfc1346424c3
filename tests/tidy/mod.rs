//! The design's invariants as tests on the text of the project. Each rule is tried on the project and on a small bad example.
//!
//! A rule is a function from a [`Tree`] to findings, each `path:line: what is wrong`; it says what to do instead where that is not plain.

mod dependencies;
mod documents;
mod habits;
mod layers;
mod lexer;
mod purity;
mod scripts;
mod source;
mod sql;
mod templates;

use std::path::Path;

use source::Source;

/// Where the project lies while its tests run.
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// What the rules look at.
pub struct Tree {
    /// Rust files of `src` and `tests`, by path.
    pub sources: Vec<Source>,
    /// All other text files that are the project's own: path and text.
    pub documents: Vec<(String, String)>,
}

impl Tree {
    /// The project itself.
    fn project() -> Tree {
        let mut files = Vec::new();
        for entry in read_folder(Path::new(ROOT)) {
            let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let shown_here = ["src", "tests", "assets", "packaging", ".ci"].contains(&name.as_str());
            let at_top = entry.is_file() && ![".git", "Cargo.lock", "LICENSE"].contains(&name.as_str());
            if shown_here || at_top {
                gather(&entry, &name, &mut files);
            }
        }
        Tree::of(files)
    }

    /// A tree of these files.
    fn of(files: Vec<(String, String)>) -> Tree {
        let (rust, documents): (Vec<_>, Vec<_>) = files.into_iter().partition(|(path, _)| path.ends_with(".rs"));
        let modules: Vec<String> = rust.iter().flat_map(|(path, text)| test_modules(path, text)).collect();
        let in_test = |path: &str| {
            path.starts_with("tests/")
                || modules.iter().any(|module| path == format!("{module}.rs") || path.starts_with(&format!("{module}/")))
        };
        let sources = rust.iter().map(|(path, text)| Source::read(path, text, in_test(path))).collect();
        Tree { sources, documents }
    }

    /// The Rust files of `src`.
    pub fn program(&self) -> impl Iterator<Item = &Source> {
        self.sources.iter().filter(|source| source.path.starts_with("src/"))
    }

    /// A file that is not Rust.
    pub fn document(&self, path: &str) -> Option<&str> {
        self.documents.iter().find(|(known, _)| known == path).map(|(_, text)| text.as_str())
    }
}

/// A rule.
pub type Rule = fn(&Tree) -> Vec<String>;

/// The project keeps `rule`.
#[track_caller]
pub fn check_project(rule: Rule) {
    let tree = Tree::project();
    assert!(tree.sources.len() > 10 && tree.documents.len() > 3, "the project's files were not found");
    let findings = rule(&tree);
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

/// `rule` finds exactly `wanted` in `files`: the beginning of each finding, in order.
#[track_caller]
pub fn check_example(rule: Rule, files: &[(&str, &str)], wanted: &[&str]) {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    let findings = rule(&Tree::of(files));
    let same = findings.len() == wanted.len() && findings.iter().zip(wanted).all(|(found, wanted)| found.starts_with(wanted));
    assert!(same, "found:\n{}\nwanted:\n{}\n", findings.join("\n"), wanted.join("\n"));
}

/// The files without extension that `#[cfg(test)] mod name;` in `path` declares.
fn test_modules(path: &str, text: &str) -> Vec<String> {
    let source = Source::read(path, text, false);
    let folder = path.trim_end_matches(".rs").trim_end_matches("/mod").trim_end_matches("/lib").to_owned();
    let declared = source.find(&["mod"]).into_iter().filter(|at| source.tokens[*at].in_test && source.starts(at + 2, &[";"]));
    let beside = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let named = |at: usize| match at.checked_sub(4) {
        // #[path = "name.rs"]
        Some(start) if source.starts(start, &["path", "="]) => format!("{beside}/{}", source.tokens[at - 2].text.trim_end_matches(".rs")),
        _ => format!("{folder}/{}", source.tokens[at + 1].text),
    };
    declared.map(named).collect()
}

/// Adds the text files at and below `path`, which the rules call `shown`. Others' files and binary ones are left out.
fn gather(path: &Path, shown: &str, files: &mut Vec<(String, String)>) {
    if path.is_dir() {
        for entry in read_folder(path) {
            let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name != "vendor" {
                gather(&entry, &format!("{shown}/{name}"), files);
            }
        }
    } else if let Ok(text) = std::fs::read_to_string(path) {
        files.push((shown.to_owned(), text));
    }
}

/// What lies in a folder, by name.
fn read_folder(path: &Path) -> Vec<std::path::PathBuf> {
    let mut entries: Vec<_> = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

#[test]
fn a_file_is_test_code_when_its_declaration_is() {
    let files = [
        ("src/a/mod.rs", "#[cfg(test)]\nmod tests;\nmod b;"),
        ("src/a/tests.rs", "fn x() {}"),
        ("src/a/b.rs", "fn y() {}\n#[cfg(test)]\n#[path = \"b_tests.rs\"]\nmod tests;"),
        ("src/a/b_tests.rs", "fn z() {}"),
    ];
    let tree = Tree::of(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect());
    let in_test = |path: &str| tree.sources.iter().find(|source| source.path == path).unwrap().tokens[0].in_test;
    assert!(in_test("src/a/tests.rs") && !in_test("src/a/b.rs") && in_test("src/a/b_tests.rs"));
}
