//! Habits of every Rust file: a first line that says its purpose, a bounded length, no hidden panic, nothing left open.

use super::source::Source;
use super::{Tree, check_example, check_project};

/// More lines than this need a reason in `LONG_FILES`.
const LINES_MAX: usize = 400;
/// Longer files, with the reason; most often a table.
const LONG_FILES: &[(&str, &str)] = &[];

/// What a finished project does not contain, as tokens. In pieces, so that a plain text search finds only real ones.
const LEFT_OPEN: &[&[&str]] =
    &[&["todo", "!"], &["unimplemented", "!"], &["dbg", "!"], &["#", "[", "ignore"], &[concat!("should", "_panic")]];
/// What waits for the clock.
const WAITS: &[(&str, &str)] = &[("thread", "sleep"), ("time", "sleep"), ("thread", "sleep_ms")];

fn files_say_their_purpose_first(tree: &Tree) -> Vec<String> {
    let silent = |source: &&Source| !source.lines.first().is_some_and(|line| line.starts_with("//! ") && line.len() > 10);
    tree.sources
        .iter()
        .filter(silent)
        .map(|source| format!("{}:1: begins without a `//!` line that says its purpose", source.path))
        .collect()
}

fn files_stay_short(tree: &Tree) -> Vec<String> {
    too_long(tree, LONG_FILES)
}

/// `reasons` are the files that may be longer.
fn too_long(tree: &Tree, reasons: &[(&str, &str)]) -> Vec<String> {
    let mut lengths: Vec<usize> = tree.program().map(|source| source.lines.len()).collect();
    lengths.sort_unstable();
    let median = lengths.get(lengths.len() / 2).copied().unwrap_or(0);
    let mut findings = Vec::new();
    for source in &tree.sources {
        let (lines, excused) = (source.lines.len(), reasons.iter().any(|(path, _)| *path == source.path));
        if lines > LINES_MAX && !excused {
            findings.push(format!("{}: {lines} lines (the median is {median}); split it along its purposes", source.path));
        }
        if lines <= LINES_MAX && excused {
            findings.push(format!("{}: is short again; take it out of LONG_FILES", source.path));
        }
    }
    findings
}

fn panics_give_their_reason(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for source in tree.program() {
        let mut found: Vec<usize> = source.find(&[".", "unwrap", "(", ")"]);
        found.extend(source.find(&[".", "expect", "("]));
        found.sort_unstable();
        for at in found {
            let token = &source.tokens[at + 1];
            if !token.in_test && source.comments_at(at + 1).next().is_none() && !documented_panic(source, at) {
                findings.push(format!("{}: `{}` without a comment on why it can't fail", source.place(at + 1), token.text));
            }
        }
    }
    findings
}

/// Whether the doc comment of the function around `at` says when it panics.
fn documented_panic(source: &Source, at: usize) -> bool {
    let Some(function) = (0..at).rev().find(|before| source.starts(*before, &["fn"])) else { return false };
    let line = source.tokens[function].line;
    let doc = |wanted: usize| source.comments.iter().find(|(known, text)| *known == wanted && text.starts_with("///"));
    (1..line).rev().map_while(doc).any(|(_, text)| text.contains("Panics"))
}

fn nothing_is_left_open(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for source in &tree.sources {
        for wanted in LEFT_OPEN {
            let open = source.find(wanted).into_iter().map(|at| format!("{}: `{}` is left open", source.place(at), wanted.concat()));
            findings.extend(open);
        }
    }
    findings
}

fn tests_wait_for_events(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for source in &tree.sources {
        for name in source.names().iter().filter(|name| source.tokens[name.at].in_test) {
            let waits = |pair: &&(&str, &str)| name.segments.windows(2).any(|two| two[0] == pair.0 && two[1] == pair.1);
            if let Some((left, right)) = WAITS.iter().find(waits) {
                findings.push(format!("{}: a test waits for an event with a deadline, not by `{left}::{right}`", source.place(name.at)));
            }
        }
    }
    findings
}

#[test]
fn the_projects_files_say_their_purpose_first() {
    check_project(files_say_their_purpose_first);
}

#[test]
fn a_file_without_a_purpose_is_found() {
    let files = [("src/a.rs", "//! Does one thing."), ("src/b.rs", "use x;\n//! Late."), ("src/c.rs", ""), ("tests/d.rs", "//!")];
    check_example(files_say_their_purpose_first, &files, &["src/b.rs:1: begins", "src/c.rs:1: begins", "tests/d.rs:1: begins"]);
}

#[test]
fn the_projects_files_stay_short() {
    check_project(files_stay_short);
}

#[test]
fn a_long_file_and_a_needless_excuse_are_found() {
    let long = "x();\n".repeat(LINES_MAX + 1);
    let files = [("src/long.rs", long.as_str()), ("src/table.rs", &long), ("src/short.rs", "x();")];
    let rule = |tree: &Tree| too_long(tree, &[("src/table.rs", "a table"), ("src/short.rs", "was a table")]);
    check_example(rule, &files, &["src/long.rs: 401 lines (the median is 401)", "src/short.rs: is short again"]);
}

#[test]
fn the_projects_panics_give_their_reason() {
    check_project(panics_give_their_reason);
}

#[test]
fn a_panic_without_a_reason_is_found() {
    let text = "fn a() {\n    b().unwrap();\n    // Never empty.\n    c()\n        .d()\n        .expect(\"x\");\n    e\n        .unwrap ( );\n\
                }\n/// Panics when asked to.\nfn f() { g().expect(\"h\") }\nfn i() { self.expect_word(); j.unwrap_or(1); \"k.unwrap()\"; }\n\
                #[cfg(test)]\nmod tests { fn l() { m().unwrap() } }";
    check_example(panics_give_their_reason, &[("src/a.rs", text)], &["src/a.rs:2: `unwrap` without", "src/a.rs:8: `unwrap` without"]);
}

#[test]
fn nothing_in_the_project_is_left_open() {
    check_project(nothing_is_left_open);
}

#[test]
fn what_is_left_open_is_found() {
    let open: String = LEFT_OPEN.iter().map(|words| format!("{}\n", words.concat())).collect();
    let wanted = ["src/a.rs:1: `to", "src/a.rs:2: `un", "src/a.rs:3: `dbg!`", "src/a.rs:4: `#[ig", "src/a.rs:5: `should"];
    check_example(nothing_is_left_open, &[("src/a.rs", &open), ("src/b.rs", "// dbg! in a comment\nlet ignore = 1;")], &wanted);
}

#[test]
fn the_projects_tests_wait_for_events() {
    check_project(tests_wait_for_events);
}

#[test]
fn a_test_that_sleeps_is_found() {
    let sleeper =
        format!("use std::thread;\nfn a() {{ {}(1) }}\n#[cfg(test)]\nmod tests {{ fn b() {{ {0}(1) }} }}", ["thread", "sleep"].join("::"));
    check_example(tests_wait_for_events, &[("src/a.rs", &sleeper)], &["src/a.rs:4: a test waits"]);
    check_example(tests_wait_for_events, &[("tests/a.rs", &sleeper)], &["tests/a.rs:2: a test waits", "tests/a.rs:4: a test waits"]);
}
