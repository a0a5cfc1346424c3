//! Shell scripts: shellcheck finds nothing in any of them, nor in the script that the appliance serves.

use std::process::Command;

use super::{ROOT, Tree};

fn scripts(tree: &Tree) -> Vec<&str> {
    let is_script = |text: &str| text.lines().next().is_some_and(|line| line.starts_with("#!") && line.ends_with("sh"));
    tree.documents.iter().filter(|(_, text)| is_script(text)).map(|(path, _)| path.as_str()).collect()
}

/// What shellcheck says of the files at `paths`.
fn shellcheck(paths: &[&str]) -> String {
    let mut command = Command::new("shellcheck");
    let output = command.args(["--norc", "--severity=style", "--format=gcc"]).args(paths).current_dir(ROOT).output();
    let output = output.expect("shellcheck is there: tests/run installs it");
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
}

#[test]
fn shellcheck_finds_nothing_in_the_projects_scripts() {
    let tree = Tree::project();
    let scripts = scripts(&tree);
    let known = [
        "assets/collect/macos.sh",
        "assets/install.sh",
        "packaging/osquery/report.sh",
        "packaging/vendor-ui.sh",
        "tests/bench/reference.sh",
        "tests/openapi/schemathesis.sh",
        "tests/run",
    ];
    for known in known {
        assert!(scripts.contains(&known), "{known} was not found among {scripts:?}");
    }
    assert_eq!(shellcheck(&scripts), "");
}

#[test]
fn a_fault_in_a_script_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.sh");
    std::fs::write(&path, "#!/bin/sh\nrm -rf $1/x\n").unwrap();
    assert!(shellcheck(&[path.to_str().unwrap()]).contains("SC2086"));
}
