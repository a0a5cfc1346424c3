//! Flatpak applications that are installed for everybody: what flatpak says, or the names in its folder where it is gone. No network.

use super::software::package;
use crate::agent::System;
use crate::agent::report::Package;

/// One folder for each application, with links to what is deployed.
const APPLICATIONS: &str = "/var/lib/flatpak/app";
/// Not a terminal, so flatpak writes tabs between the columns and no heading.
const LIST: &[&str] = &["list", "--system", "--app", "--columns=application,version,origin"];

/// Whether an application is installed; an empty folder stays behind the last one.
pub(super) fn is_present(system: &System) -> bool {
    // A folder that can't be read may hold some.
    system.exists(APPLICATIONS) && system.list(APPLICATIONS).is_none_or(|names| !names.is_empty())
}

/// All applications; `None` when that can't be told.
pub(super) fn packages(system: &System) -> Option<Vec<Package>> {
    match system.output("flatpak", LIST) {
        Some(text) => parse(&text),
        None => deployed(system),
    }
}

/// Application, version and origin; many applications have no version, and flatpak cuts blanks and tabs off the end of a line.
fn parse(text: &str) -> Option<Vec<Package>> {
    text.lines()
        .filter(|line| !line.is_empty())
        .map(|line| {
            let mut fields = line.split('\t');
            let name = fields.next().filter(|name| is_application(name))?;
            package(name, fields.next().unwrap_or(""), fields.next(), "flatpak")
        })
        .collect()
}

/// The link `current` leads to what starts when the application is called. Its version stands nowhere in a fixed place.
fn deployed(system: &System) -> Option<Vec<Package>> {
    let names = system.list(APPLICATIONS)?;
    let names = names.iter().filter(|name| is_application(name) && system.exists(&format!("{APPLICATIONS}/{name}/current")));
    Some(names.filter_map(|name| package(name, "", None, "flatpak")).collect())
}

/// Names of applications are those of D-Bus: parts with dots between them.
fn is_application(name: &str) -> bool {
    let letters = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    name.split('.').count() >= 2 && name.split('.').all(letters)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::testing::Machine;

    const COMMAND: &str = "flatpak list --system --app --columns=application,version,origin";

    fn names(packages: Option<Vec<Package>>) -> Vec<String> {
        let line = |package: Package| format!("{}|{}|{}", package.name, package.version, package.publisher.as_deref().unwrap_or("-"));
        packages.unwrap().into_iter().map(line).collect()
    }

    #[test]
    fn what_flatpak_lists() {
        let output =
            "org.mozilla.firefox\t131.0.3\tflathub\norg.gnome.Calculator\t\tfedora\ncom.slack.Slack\t4.41.97\tflathub\norg.own.App\n";
        let machine = Machine::new().command(COMMAND, 0, output);
        let wanted =
            ["org.mozilla.firefox|131.0.3|flathub", "org.gnome.Calculator||fedora", "com.slack.Slack|4.41.97|flathub", "org.own.App||-"];
        assert_eq!(names(packages(&machine.system())), wanted);
        assert_eq!(packages(&Machine::new().command(COMMAND, 0, "\n").system()), Some(vec![]));
        // As on a terminal, or another program of that name.
        for text in ["Application ID\tVersion\tOrigin\n", "org.mozilla.firefox 131.0.3 flathub\n"] {
            assert_eq!(packages(&Machine::new().command(COMMAND, 0, text).system()), None, "{text}");
        }
    }

    #[test]
    fn without_flatpak_the_deployed_names_are_known() {
        let machine = Machine::new()
            .folder("/var/lib/flatpak/app/org.mozilla.firefox/x86_64/stable")
            .link("/var/lib/flatpak/app/org.mozilla.firefox/current", "x86_64/stable")
            .folder("/var/lib/flatpak/app/org.gone.App")
            .folder("/var/lib/flatpak/app/.trash");
        assert_eq!(names(packages(&machine.system())), ["org.mozilla.firefox||-"]);
        assert_eq!(packages(&Machine::new().system()), None);
    }

    #[test]
    fn an_empty_folder_is_no_application() {
        let machine = Machine::new().folder(APPLICATIONS);
        assert!(!is_present(&machine.system()));
        assert!(is_present(&machine.folder("/var/lib/flatpak/app/org.mozilla.firefox").system()));
    }
}
