//! What is installed: programs in the folder for all users, and Homebrew's packages. What macOS brings along is part of its release.

use crate::agent::System;
use crate::agent::report::{Package, Software};
use crate::domain::time::Time;

use super::plist::Plist;

/// Packages that are listed; a machine with more gives no list, for one cut short would let a check for forbidden software pass.
const PACKAGES_MAX: usize = 20_000;
const APPLICATIONS: &str = "/Applications";
/// Homebrew's folders on Apple silicon and on Intel: a folder for each package, in it one for each version.
const CELLARS: &[&str] = &["/opt/homebrew/Cellar", "/usr/local/Cellar"];
/// Where a program's description is: its own, and that of a program for iPad.
const DESCRIPTIONS: &[&str] = &["Contents/Info.plist", "WrappedBundle/Info.plist"];

/// Both together, sorted; `None` when a folder that is there can't be read.
pub(super) fn software(system: &System, now: Time) -> Option<Software> {
    let mut items: Vec<Package> = programs(system)?.iter().map(|path| program(system, path)).collect();
    for cellar in CELLARS.iter().filter(|cellar| system.exists(cellar)) {
        items.extend(packages(system, cellar)?);
    }
    items.sort();
    items.dedup();
    (!items.is_empty() && items.len() <= PACKAGES_MAX).then_some(Software { collected_at: Some(now), items })
}

/// Bundles in the folder and in the folders directly below it.
fn programs(system: &System) -> Option<Vec<String>> {
    let mut paths = Vec::new();
    for name in visible(system.list(APPLICATIONS)?) {
        let path = format!("{APPLICATIONS}/{name}");
        if name.ends_with(".app") {
            paths.push(path);
        } else {
            let below = visible(system.list(&path).unwrap_or_default());
            paths.extend(below.filter(|name| name.ends_with(".app")).map(|name| format!("{path}/{name}")));
        }
    }
    Some(paths)
}

fn visible(names: Vec<String>) -> impl Iterator<Item = String> {
    names.into_iter().filter(|name| !name.starts_with('.'))
}

/// Named as in the Finder: the name in the description may be translated or cut short.
fn program(system: &System, path: &str) -> Package {
    let description = DESCRIPTIONS.iter().find_map(|file| Plist::read(system, &format!("{path}/{file}")));
    let text = |key: &str| description.as_ref()?.text(key).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let version = text("CFBundleShortVersionString").or_else(|| text("CFBundleVersion")).unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".app").to_owned();
    Package { name, version, publisher: None, source: "application".to_owned() }
}

fn packages(system: &System, cellar: &str) -> Option<Vec<Package>> {
    let mut found = Vec::new();
    for name in visible(system.list(cellar)?) {
        for version in visible(system.list(&format!("{cellar}/{name}")).unwrap_or_default()) {
            found.push(Package { name: name.clone(), version, publisher: None, source: "homebrew".to_owned() });
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::testing::Machine;

    fn description(version: &str) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\">\n<dict>\n\t<key>CFBundleName</key>\n\t<string>Anders</string>\n\
             \t<key>CFBundleShortVersionString</key>\n\t<string>{version}</string>\n</dict>\n</plist>\n"
        )
    }

    #[test]
    fn programs_are_named_as_in_the_finder_and_packages_by_their_folders() {
        let machine = Machine::new()
            .file("/Applications/Firefox.app/Contents/Info.plist", &description("145.0"))
            .file("/Applications/Utilities/Tool.app/Contents/Info.plist", &description("1.2"))
            .file("/Applications/Pad.app/WrappedBundle/Info.plist", &description("7"))
            .file("/Applications/.hidden.app/Contents/Info.plist", &description("9"))
            .folder("/Applications/Broken.app/Contents")
            .folder("/opt/homebrew/Cellar/jq/1.8.1");
        let found = software(&machine.system(), Time(0)).unwrap();
        let rows: Vec<_> = found.items.iter().map(|item| (item.name.as_str(), item.version.as_str(), item.source.as_str())).collect();
        assert_eq!(
            rows,
            [
                ("Broken", "", "application"),
                ("Firefox", "145.0", "application"),
                ("Pad", "7", "application"),
                ("Tool", "1.2", "application"),
                ("jq", "1.8.1", "homebrew")
            ]
        );
    }

    #[test]
    fn without_the_folder_there_is_no_list() {
        assert_eq!(software(&Machine::new().system(), Time(0)), None);
    }
}
