//! SQL is never put together from values: what is formatted into it, in `store/` only, is a constant or says why it is safe.

use super::lexer::Kind;
use super::source::Source;
use super::{Tree, check_example, check_project};

/// Macros that put text together.
const MACROS: &[&str] = &["format", "write", "writeln", "format_args"];
/// What shows that a text is SQL: all parts of a row, in this order.
const SQL_SIGNS: &[&[&str]] = &[
    &["SELECT "],
    &["INSERT ", "INTO "],
    &["REPLACE INTO "],
    &["UPDATE ", " SET "],
    &["DELETE FROM "],
    &["WHERE "],
    &["ORDER BY "],
    &["PRAGMA "],
];

fn sql_is_not_put_together(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for source in tree.program() {
        let calls = MACROS.iter().flat_map(|name| source.find(&[name, "!", "("]));
        for at in calls.filter(|at| !source.tokens[*at].in_test && formats_sql(source, *at)) {
            if !source.path.starts_with("src/store/") {
                findings.push(format!("{}: SQL is written in src/store/ only", source.place(at)));
            } else if !source.comments_at(at).any(|comment| comment.starts_with("// SQL:")) {
                findings.push(format!("{}: SQL from `{}!` without `// SQL:` and why it is safe", source.place(at), source.tokens[at].text));
            }
        }
    }
    findings
}

/// Whether the first text inside the macro call at `at` is SQL with something to fill in.
fn formats_sql(source: &Source, at: usize) -> bool {
    let rest = &source.tokens[at + 3..];
    let Some(text) = rest.iter().take_while(|token| token.text != ";").find(|token| token.kind == Kind::Text) else { return false };
    let one_line = text.text.replace("\\n", " ").replace('\n', " ");
    let in_order = |parts: &[&str]| {
        let mut rest = one_line.as_str();
        parts.iter().all(|part| rest.find(part).map(|found| rest = &rest[found..]).is_some())
    };
    fills_in_more_than_constants(&one_line) && SQL_SIGNS.iter().any(|parts| in_order(parts))
}

/// Whether a format string has any placeholder but `{NAMES_LIKE_THIS}`, which are constants.
fn fills_in_more_than_constants(format: &str) -> bool {
    let constant =
        |name: &str| !name.is_empty() && name.chars().all(|character| character.is_ascii_uppercase() || "_0123456789".contains(character));
    format.split('{').skip(1).any(|rest| !rest.split_once('}').is_some_and(|(name, _)| constant(name)))
}

#[test]
fn the_projects_sql_is_not_put_together() {
    check_project(sql_is_not_put_together);
}

#[test]
fn sql_made_from_values_is_found() {
    let text = "fn a() {\n    format!(\"SELECT {b} FROM c\");\n    // SQL: the column is one of a fixed list.\n    let d = \
                format!(\n        \"{d} ORDER BY {e}\");\n    format!(\"DELETE {path}\");\n    format!(\"UPDATE\\n t SET {x} = 1\");\n\
                prepare(\"SELECT 1\");\nformat!(\"SELECT {COLUMNS} FROM a\");\nformat!(\"SELECT {COLUMNS} FROM {}\", A);\n}";
    check_example(
        sql_is_not_put_together,
        &[("src/store/a.rs", text)],
        &["src/store/a.rs:2: SQL from", "src/store/a.rs:7: SQL from", "src/store/a.rs:10: SQL from"],
    );
    let outside = ["src/api/a.rs:2: SQL is written in src/store/", "src/api/a.rs:4: SQL", "src/api/a.rs:7: SQL", "src/api/a.rs:10: SQL"];
    check_example(sql_is_not_put_together, &[("src/api/a.rs", text)], &outside);
}
