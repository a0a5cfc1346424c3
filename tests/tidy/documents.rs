//! What is not Rust: no path of a developer's machine in it, and the README's map names every folder of `src`.

use std::collections::BTreeSet;

use super::{Tree, check_example, check_project};

/// First folders of paths that exist on one machine only.
const PRIVATE_FOLDERS: &[&str] = &["home", "Users", "root", "work", "tmp"];

fn no_path_of_a_developers_machine(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    // What tests are fed with stands for the machines of others, and may name their folders.
    for (path, text) in tree.documents.iter().filter(|(path, _)| path == "tests/run" || !path.starts_with("tests/")) {
        for (number, line) in text.lines().enumerate() {
            if let Some(folder) = PRIVATE_FOLDERS.iter().find(|folder| has_private_path(line, folder)) {
                findings.push(format!("{path}:{}: a path below `{folder}` of one machine", number + 1));
            }
        }
    }
    findings
}

/// Whether `line` names something below the absolute folder. Below a variable, another folder or a host it is another folder.
fn has_private_path(line: &str, folder: &str) -> bool {
    let wanted = format!("/{folder}/");
    line.match_indices(&wanted).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + wanted.len()..].chars().next();
        let absolute = !before.is_some_and(|before| before.is_alphanumeric() || "._-}~)/".contains(before));
        absolute && after.is_some_and(|after| after.is_alphanumeric() || after == '.')
    })
}

fn the_map_is_whole(tree: &Tree) -> Vec<String> {
    // Before there is a README there is no map to be wrong.
    let Some(readme) = tree.document("README.md") else { return Vec::new() };
    let folders: BTreeSet<&str> =
        tree.program().filter_map(|source| source.path.trim_start_matches("src/").split_once('/')).map(|(folder, _)| folder).collect();
    let unnamed = folders.into_iter().filter(|folder| !names_folder(readme, folder));
    unnamed.map(|folder| format!("README.md: the map does not name `src/{folder}/`")).collect()
}

/// Whether `folder/` stands in `text` as a whole word.
fn names_folder(text: &str, folder: &str) -> bool {
    text.match_indices(&format!("{folder}/"))
        .any(|(at, _)| !text[..at].ends_with(|before: char| before.is_alphanumeric() || "_-".contains(before)))
}

#[test]
fn the_project_names_no_path_of_a_developers_machine() {
    check_project(no_path_of_a_developers_machine);
}

#[test]
fn a_path_of_a_developers_machine_is_found() {
    let slash = |path: &str| path.replace('>', "/");
    let bad = slash("ok\nsee >home>ann>x\nfile://>Users>bob>y\n\">work>z\"");
    let good = slash("$HOME>work>x a>tmp>b https:>>example.org>home>x >home> >var>lib>recoger");
    let wanted = ["assets/a.toml:2: a path below `home`", "assets/a.toml:4: a path below `work`"];
    check_example(no_path_of_a_developers_machine, &[("assets/a.toml", &bad), ("README.md", &good)], &wanted);
    let files = [("tests/run", bad.as_str()), ("tests/fixtures/a.txt", &bad), ("src/agent/homes.rs", &bad)];
    check_example(no_path_of_a_developers_machine, &files, &["tests/run:2: ", "tests/run:4: "]);
}

#[test]
fn the_projects_map_is_whole() {
    check_project(the_map_is_whole);
}

#[test]
fn a_folder_that_the_map_does_not_name_is_found() {
    let files = [("README.md", "- `store/`: SQL\n- `restapi/`"), ("src/store/mod.rs", ""), ("src/api/mod.rs", ""), ("src/main.rs", "")];
    check_example(the_map_is_whole, &files, &["README.md: the map does not name `src/api/`"]);
}
