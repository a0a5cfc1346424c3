//! Imports point left, and each technology is named in one place only.

use super::source::{Name, Source};
use super::{Tree, check_example, check_project};

/// The layers from low to high; those in one row may use each other. A module uses its own row and those above it here.
const LAYERS: &[&[&str]] = &[
    &["error", "http", "limits"],
    &["domain"],
    &["credentials"],
    &["store"],
    &["report"],
    &["agent", "client", "notify"],
    &["api"],
    &["server"],
    &["cli"],
    &["main"],
];

/// Modules that use less than their place would let them: what they must not know.
const STRANGERS: &[(&str, &[&str])] = &[
    // Rules are about values, however those arrive.
    ("domain", &["http"]),
    // Figures in, bytes out.
    ("report", &["credentials", "store"]),
    // Runs on a device, where there is no database.
    ("agent", &["credentials", "store", "report", "notify"]),
];

/// Crates that only these folders and files may name.
const CRATE_HOMES: &[(&str, &[&str])] = &[
    ("hyper", &["src/server/"]),
    ("hyper_util", &["src/server/"]),
    ("http_body_util", &["src/server/"]),
    ("tokio", &["src/server/"]),
    ("tokio_rustls", &["src/server/"]),
    ("rustls", &["src/server/", "src/client.rs", "src/client/"]),
    ("rustls_native_certs", &["src/client.rs", "src/client/"]),
    ("rusqlite", &["src/store/"]),
    ("clap", &["src/cli/"]),
    ("ureq", &["src/client.rs", "src/client/"]),
];

fn imports_point_left(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for source in tree.program().filter(|source| source.path != "src/lib.rs") {
        let own = layer_of(&source.path);
        let Some(own_row) = row(&own) else {
            findings.push(format!("{}: `{own}` has no place in LAYERS", source.path));
            continue;
        };
        for name in source.names() {
            let Some(used) = used_layer(source, &name) else { continue };
            let place = source.place(name.at);
            match row(&used) {
                None => findings.push(format!("{place}: `{used}` has no place in LAYERS")),
                Some(used_row) if used_row > own_row => findings.push(format!("{place}: `{own}` uses `{used}`, which stands above it")),
                Some(_) if STRANGERS.iter().any(|(module, others)| *module == own && others.contains(&used.as_str())) => {
                    findings.push(format!("{place}: `{own}` must not know `{used}`"));
                }
                Some(_) => {}
            }
        }
    }
    findings
}

fn crates_stay_in_their_homes(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for source in tree.program() {
        for name in source.names() {
            let imported = name.at > 0 && source.starts(name.at - 1, &["use"]);
            let Some((crate_name, homes)) = CRATE_HOMES.iter().find(|(crate_name, _)| name.segments[0] == *crate_name) else { continue };
            if (name.segments.len() > 1 || imported) && !homes.iter().any(|home| source.path.starts_with(home)) {
                findings.push(format!("{}: `{crate_name}` is named only in {}", source.place(name.at), homes.join(" and ")));
            }
        }
    }
    findings
}

/// `src/store/tx.rs` is of layer `store`, `src/http.rs` of `http`.
fn layer_of(path: &str) -> String {
    let inside = path.trim_start_matches("src/").trim_end_matches(".rs");
    inside.split('/').next().unwrap_or(inside).to_owned()
}

fn row(layer: &str) -> Option<usize> {
    LAYERS.iter().position(|row| row.contains(&layer))
}

/// The layer that a path reaches, by `crate::`, by the crate's own name or by enough `super::`.
fn used_layer(source: &Source, name: &Name) -> Option<String> {
    let segments: Vec<&str> = name.segments.iter().map(String::as_str).collect();
    match segments[0] {
        "crate" | "recoger" => segments.get(1).map(|layer| (*layer).to_owned()),
        "super" => {
            let up = segments.iter().take_while(|segment| **segment == "super").count();
            let inside = source.path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
            let depth = inside.split('/').count() + source.tokens[name.at].modules.len();
            (up >= depth).then(|| segments.get(up).map(|layer| (*layer).to_owned())).flatten()
        }
        _ => None,
    }
}

#[test]
fn the_project_imports_to_the_left() {
    check_project(imports_point_left);
}

#[test]
fn an_import_to_the_right_is_found_however_it_is_written() {
    let files = [
        ("src/domain/time.rs", "use crate::{error::Error, store::Tx};\nuse super::super::api;\n// crate::cli\nfn x() { \"crate::cli\"; }"),
        ("src/store/mod.rs", "use crate::domain::time::Time;\n#[cfg(test)]\nmod tests { use super::*; fn f() { crate::server::run() } }"),
        ("src/http.rs", "mod tests { use super::*; }\nuse super::domain::time;"),
        ("src/report/pdf.rs", "use crate::store::Tx;"),
        ("src/util.rs", "fn x() {}"),
        ("src/main.rs", "fn main() { recoger::cli::run(); recoger::helpers::run() }"),
    ];
    check_example(
        imports_point_left,
        &files,
        &[
            "src/domain/time.rs:1: `domain` uses `store`",
            "src/domain/time.rs:2: `domain` uses `api`",
            "src/store/mod.rs:3: `store` uses `server`",
            "src/http.rs:2: `http` uses `domain`",
            "src/report/pdf.rs:1: `report` must not know `store`",
            "src/util.rs: `util` has no place in LAYERS",
            "src/main.rs:1: `helpers` has no place in LAYERS",
        ],
    );
}

#[test]
fn the_projects_crates_stay_in_their_homes() {
    check_project(crates_stay_in_their_homes);
}

#[test]
fn a_crate_outside_its_home_is_found() {
    let files = [
        ("src/api/call.rs", "use ::hyper::Request;\nuse rusqlite;\nfn x(clap: u8) { clap.y(); crate::http::Method; tokio::spawn() }"),
        ("src/server/tls.rs", "use tokio_rustls::rustls;\nuse rustls::ServerConfig;"),
        ("src/agent/mod.rs", "#[derive(clap::Parser)]\nstruct X;"),
    ];
    check_example(
        crates_stay_in_their_homes,
        &files,
        &[
            "src/api/call.rs:1: `hyper` is named only in src/server/",
            "src/api/call.rs:2: `rusqlite` is named only in src/store/",
            "src/api/call.rs:3: `tokio` is named only in src/server/",
            "src/agent/mod.rs:1: `clap` is named only in src/cli/",
        ],
    );
}
