//! `domain/` is pure: it reads neither clock, files, network nor environment, and its types have names of their own.

use std::collections::BTreeMap;

use super::lexer::Kind;
use super::{Tree, check_example, check_project};

/// Paths that reach outside; any two neighbours in a written path count.
const OUTSIDE: &[(&str, &str)] = &[
    ("std", "fs"),
    ("std", "env"),
    ("std", "process"),
    ("std", "thread"),
    ("SystemTime", "now"),
    ("Instant", "now"),
    ("Utc", "now"),
    ("Local", "now"),
    ("io", "stdin"),
    ("io", "stdout"),
    ("io", "stderr"),
];
/// Words that reach outside wherever they stand.
const OUTSIDE_WORDS: &[&str] = &["getrandom", "TcpStream", "TcpListener", "UdpSocket", "ToSocketAddrs"];

fn domain_is_pure(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for source in tree.program().filter(|source| source.path.starts_with("src/domain/")) {
        for name in source.names() {
            let reaches = |pair: &&(&str, &str)| name.segments.windows(2).any(|two| two[0] == pair.0 && two[1] == pair.1);
            if let Some((left, right)) = OUTSIDE.iter().find(reaches) {
                findings
                    .push(format!("{}: the domain does not use `{left}::{right}`; take the value as an argument", source.place(name.at)));
            }
        }
        for (at, token) in source.tokens.iter().enumerate() {
            if token.kind == Kind::Word && OUTSIDE_WORDS.contains(&token.text.as_str()) {
                findings.push(format!("{}: the domain does not use `{}`; take the value as an argument", source.place(at), token.text));
            }
        }
    }
    findings
}

/// Types only: functions such as `parse` are read with their module's name before them.
fn domain_types_have_names_of_their_own(tree: &Tree) -> Vec<String> {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    let mut findings = Vec::new();
    for source in tree.program().filter(|source| source.path.starts_with("src/domain/")) {
        for at in ["struct", "enum", "trait", "type"].iter().flat_map(|keyword| source.find(&["pub", keyword])) {
            let (name, place) = (&source.tokens[at + 2].text, source.place(at));
            if source.tokens[at].in_test || source.tokens[at].depth > 0 {
                continue;
            }
            match seen.get(name) {
                Some(first) => findings.push(format!("{place}: `{name}` is the name of another type at {first}")),
                None => drop(seen.insert(name.clone(), place)),
            }
        }
    }
    findings
}

#[test]
fn the_domain_is_pure() {
    check_project(domain_is_pure);
}

#[test]
fn reading_clock_files_network_or_environment_is_found() {
    let text = "use std::{fs::File, net::{IpAddr, TcpStream}};\nuse std::time::Instant;\n/// Not `std::env`.\nfn x() {\n    Instant::now();\n    \
                chrono::Utc::now();\n    getrandom::fill(&mut [0]);\n    \"std::process\";\n    std::io::stdin();\n}";
    check_example(
        domain_is_pure,
        &[("src/domain/check.rs", text), ("src/agent/mod.rs", text)],
        &[
            "src/domain/check.rs:1: the domain does not use `std::fs`",
            "src/domain/check.rs:5: the domain does not use `Instant::now`",
            "src/domain/check.rs:6: the domain does not use `Utc::now`",
            "src/domain/check.rs:9: the domain does not use `io::stdin`",
            "src/domain/check.rs:1: the domain does not use `TcpStream`",
            "src/domain/check.rs:7: the domain does not use `getrandom`",
        ],
    );
}

#[test]
fn the_domains_types_have_names_of_their_own() {
    check_project(domain_types_have_names_of_their_own);
}

#[test]
fn two_types_of_one_name_are_found() {
    let files = [
        ("src/domain/a.rs", "pub struct Status;\npub fn parse() {}"),
        ("src/domain/b.rs", "pub fn parse() {}\nimpl X { pub type Status = u8; }\nmod tests { pub struct Status; }\npub enum Status {}"),
    ];
    let wanted = ["src/domain/b.rs:4: `Status` is the name of another type at src/domain/a.rs:1"];
    check_example(domain_types_have_names_of_their_own, &files, &wanted);
}
