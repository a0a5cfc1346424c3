//! What is installed on an invented machine on a day.

use serde_json::{Value, json};

use super::dice::Dice;
use super::programs::{Program, programs};
use super::systems::{EPOCH_DAY, System, date};
use crate::domain::device::{DeviceType, OsType};

/// The items of the `software` section of `name`, whose programs were last updated on `day`; sorted by name.
pub(super) fn items(name: &str, system: System, kind: DeviceType, day: i64) -> Vec<Value> {
    let source = match (system.os_type(), system) {
        (OsType::Macos, _) => "app",
        (OsType::Windows, _) => "registry",
        (_, System::Fedora) => "rpm",
        _ => "dpkg",
    };
    let (own, added) = programs(system, kind);
    let installed = own.iter().chain(added).filter(|program| Dice::of(program.0, name, 0).chance(program.5));
    let mut items: Vec<Value> = installed
        .map(|program| {
            // Not everybody gets a release on its first day.
            let seen = day - Dice::of("delay", name, 0).between(0, 3) - Dice::of("delay", program.0, 0).between(0, 20);
            let mut item = json!({"name": program.0, "version": version(program, seen), "source": source});
            if let Some(publisher) = publisher(program, system) {
                item["publisher"] = json!(publisher);
            }
            item
        })
        .collect();
    items.sort_by(|one, other| one["name"].as_str().cmp(&other["name"].as_str()));
    items
}

/// As the package manager names it: a distribution builds most of its packages itself.
fn publisher(program: &Program, system: System) -> Option<&'static str> {
    match system {
        _ if !program.1.is_empty() => Some(program.1),
        System::Ubuntu => Some("Ubuntu Developers"),
        System::Debian12 | System::Debian13 => Some("Debian maintainers"),
        System::Fedora => Some("Fedora Project"),
        _ => None,
    }
}

fn version((_, _, pattern, first, step, _): &Program, day: i64) -> String {
    if *step == 0 {
        return (*pattern).to_owned();
    }
    let releases = (day - EPOCH_DAY).max(0) / step;
    let released = date(EPOCH_DAY + releases * step);
    pattern.replace("{n}", &(first + releases).to_string()).replace("{c}", &released.format("%Y%m").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_long_enough_sorted_and_move_with_time() {
        for (system, kind) in [
            (System::Macos26, DeviceType::Laptop),
            (System::Windows11, DeviceType::Desktop),
            (System::Ubuntu, DeviceType::Laptop),
            (System::Debian13, DeviceType::Server),
            (System::Debian12, DeviceType::Server),
            (System::Fedora, DeviceType::Laptop),
        ] {
            let list = |day| items("some-name", system, kind, day);
            let (before, after) = (list(EPOCH_DAY + 300), list(EPOCH_DAY + 390));
            assert!((12..=60).contains(&before.len()), "{system:?} has {}", before.len());
            assert_eq!(before, list(EPOCH_DAY + 300));
            let changed = before.iter().zip(&after).filter(|(one, other)| one["version"] != other["version"]).count();
            assert!(before.len() == after.len() && changed >= 5, "{system:?}: {changed} changed");
            let names: Vec<_> = before.iter().map(|item| item["name"].as_str().unwrap()).collect();
            assert!(names.is_sorted() && before.iter().all(|item| !item["version"].as_str().unwrap().contains('{')));
        }
    }
}
