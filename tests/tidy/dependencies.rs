//! Each dependency says in its own line of `Cargo.toml` what it is for.

use super::{Tree, check_example, check_project};

fn dependencies_have_a_purpose(tree: &Tree) -> Vec<String> {
    let Some(manifest) = tree.document("Cargo.toml") else { return vec!["Cargo.toml: is missing".to_owned()] };
    let (mut findings, mut inside) = (Vec::new(), false);
    for (number, line) in manifest.lines().enumerate() {
        let place = format!("Cargo.toml:{}", number + 1);
        if let Some(table) = line.strip_prefix('[') {
            let table = table.split(']').next().unwrap_or_default();
            inside = table.ends_with("dependencies");
            if table.contains("dependencies.") {
                findings.push(format!("{place}: write `{table}` as one line with its purpose"));
            }
            continue;
        }
        let entry = inside && !line.trim().is_empty() && !line.starts_with('#');
        let purpose = line.split_once(" # ").map_or("", |(_, purpose)| purpose.trim());
        if entry && purpose.is_empty() {
            let name = line.split(['=', '.']).next().unwrap_or(line).trim();
            findings.push(format!("{place}: `{name}` does not say what it is for (`# …` at the end of its line)"));
        }
    }
    findings
}

#[test]
fn the_projects_dependencies_have_a_purpose() {
    check_project(dependencies_have_a_purpose);
}

#[test]
fn a_dependency_without_a_purpose_is_found() {
    let manifest = "[package]\nname = \"x\"\n[dependencies]\na = \"1\" # counts\nb = \"1\"\n\n# c\nc.workspace = true # \n\
                    [dependencies.d]\nversion = \"1\"\n[target.'cfg(unix)'.dependencies]\ne = \"1\"\n[profile.dev]\nopt-level = 1";
    let wanted =
        ["Cargo.toml:5: `b` does not", "Cargo.toml:8: `c` does not", "Cargo.toml:9: write `dependencies.d`", "Cargo.toml:12: `e` does not"];
    check_example(dependencies_have_a_purpose, &[("Cargo.toml", manifest)], &wanted);
    check_example(dependencies_have_a_purpose, &[], &["Cargo.toml: is missing"]);
}
