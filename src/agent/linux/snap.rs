//! Snaps: what snapd says, or what its mounted snaps say of themselves where it does not answer. Neither needs the network.

use super::software::package;
use crate::agent::System;
use crate::agent::report::Package;

/// Where installed snaps are kept as files.
const STORE: &str = "/var/lib/snapd/snaps";
/// Where they are mounted: most distributions, and those that keep the root folder to themselves.
const MOUNTS: [&str; 2] = ["/snap", "/var/lib/snapd/snap"];

/// Whether a snap is installed. Debian leaves the folder behind when snapd goes.
pub(super) fn is_present(system: &System) -> bool {
    // A folder that can't be read may hold some.
    system.exists(STORE) && system.list(STORE).is_none_or(|names| names.iter().any(|name| name.ends_with(".snap")))
}

/// All installed snaps; `None` when that can't be told.
pub(super) fn packages(system: &System) -> Option<Vec<Package>> {
    match system.output("snap", &["list", "--color=never", "--unicode=never"]) {
        Some(text) => parse(&text),
        None => mounted(system),
    }
}

/// A heading, then name, version, revision, tracking, publisher, notes. Without any snap a sentence stands on stderr and nothing here.
fn parse(text: &str) -> Option<Vec<Package>> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let Some(heading) = lines.next() else { return Some(Vec::new()) };
    if !heading.starts_with("Name") {
        return None;
    }
    lines.map(|line| line.split_whitespace().collect::<Vec<_>>()).map(|words| row(&words)).collect()
}

fn row(words: &[&str]) -> Option<Package> {
    let &[name, version, _revision, _tracking, publisher, ..] = words else { return None };
    // Stars mark a publisher whose identity was verified.
    package(name, if version == "-" { "" } else { version }, Some(publisher.trim_end_matches('*')), "snap")
}

fn mounted(system: &System) -> Option<Vec<Package>> {
    let (mount, names) = MOUNTS.iter().find_map(|mount| Some((mount, system.list(mount)?)))?;
    let folders = names.iter().map(|name| format!("{mount}/{name}/current")).filter(|path| system.exists(path));
    let packages: Option<Vec<Package>> = folders.map(|path| described(&system.read(&format!("{path}/meta/snap.yaml"))?)).collect();
    // Not mounted at all: installed ones are then out of sight.
    packages.filter(|packages| !packages.is_empty())
}

/// Name and version of a `snap.yaml`, at its outer level.
fn described(yaml: &str) -> Option<Package> {
    let value = |key: &str| {
        let value = yaml.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
        let value = value.split(" #").next().unwrap_or(value).trim();
        Some(value.trim_matches(['"', '\'']))
    };
    package(value("name")?, value("version").unwrap_or(""), None, "snap")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::testing::Machine;

    const LIST: &str = "snap list --color=never --unicode=never";
    const OUTPUT: &str = "Name                       Version                     Rev    Tracking         Publisher      Notes\n\
        bare                       1.0                         5      latest/stable    canonical**    base\n\
        core22                     20240904                    1621   latest/stable    canonical**    base\n\
        firefox                    131.0.2-1                   5091   latest/stable/…  mozilla**      -\n\
        hello                      2.10                        x1     -                -              -\n\
        lxd                        5.21.2-084c8c8              29943  5.21/stable      canonical**    disabled\n\
        old-thing                  -                           12     latest/stable    someone        broken\n";

    fn names(packages: Option<Vec<Package>>) -> Vec<String> {
        let line = |package: Package| format!("{} {} {}", package.name, package.version, package.publisher.as_deref().unwrap_or("-"));
        packages.unwrap().into_iter().map(line).collect()
    }

    #[test]
    fn what_snapd_lists() {
        let machine = Machine::new().command(LIST, 0, OUTPUT);
        let wanted = [
            "bare 1.0 canonical",
            "core22 20240904 canonical",
            "firefox 131.0.2-1 mozilla",
            "hello 2.10 -",
            "lxd 5.21.2-084c8c8 canonical",
            "old-thing  someone",
        ];
        assert_eq!(names(packages(&machine.system())), wanted);
        assert_eq!(packages(&Machine::new().command(LIST, 0, "").system()), Some(vec![]));
        assert_eq!(packages(&Machine::new().command(LIST, 0, "something else\nfirefox 1 2 3 4\n").system()), None);
        assert_eq!(packages(&Machine::new().command(LIST, 0, "Name  Version  Rev\nfirefox 1 2\n").system()), None);
    }

    #[test]
    fn without_snapd_the_mounted_snaps_speak_for_themselves() {
        for mount in MOUNTS {
            let machine = Machine::new()
                .command(LIST, 1, "")
                .file(&format!("{mount}/README"), "x")
                .folder(&format!("{mount}/bin"))
                .file(
                    &format!("{mount}/firefox/5091/meta/snap.yaml"),
                    "name: firefox\nversion: 131.0.2-1 # upstream\napps:\n  firefox:\n    version: 9\n",
                )
                .link(&format!("{mount}/firefox/current"), "5091")
                .file(&format!("{mount}/hello/x1/meta/snap.yaml"), "version: '2.10'\nname: \"hello\"\n")
                .link(&format!("{mount}/hello/current"), "x1");
            assert_eq!(names(packages(&machine.system())), ["firefox 131.0.2-1 -", "hello 2.10 -"]);
            let broken = machine.link(&format!("{mount}/lxd/current"), "29943");
            assert_eq!(packages(&broken.system()), None, "one that can't be read");
        }
        assert_eq!(packages(&Machine::new().folder("/snap").system()), None, "not mounted");
    }

    #[test]
    fn an_empty_folder_is_no_snap() {
        let machine = Machine::new();
        assert!(!is_present(&machine.system()));
        let machine = machine.folder(&format!("{STORE}/partial"));
        assert!(!is_present(&machine.system()));
        assert!(is_present(&machine.file(&format!("{STORE}/core22_1621.snap"), "").system()));
    }
}
