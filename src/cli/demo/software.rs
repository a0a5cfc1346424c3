//! What is installed on the invented machines: real names, versions that move in about their real rhythm.

use serde_json::{Value, json};

use super::dice::Dice;
use super::systems::{EPOCH_DAY, System, date};
use crate::domain::device::{DeviceType, OsType};

/// A program: name, publisher, version with `{n}` for its counter or `{c}` for year and month, the counter at the epoch, days from one
/// release to the next, and how many machines of a hundred have it.
type Program = (&'static str, &'static str, &'static str, i64, i64, i64);

const MACOS: &[Program] = &[
    ("Safari", "Apple", "26.{n}", 0, 48, 100),
    ("Keynote", "Apple", "14.{n}", 4, 90, 60),
    ("Numbers", "Apple", "14.{n}", 4, 90, 60),
    ("Xcode", "Apple", "26.{n}", 0, 60, 25),
    ("Firefox", "Mozilla", "{n}.0.1", 143, 28, 85),
    ("Google Chrome", "Google LLC", "{n}.0.7339.133", 140, 28, 90),
    ("Microsoft Word", "Microsoft Corporation", "16.{n}", 101, 28, 80),
    ("Microsoft Excel", "Microsoft Corporation", "16.{n}", 101, 28, 80),
    ("Microsoft PowerPoint", "Microsoft Corporation", "16.{n}", 101, 28, 80),
    ("Microsoft Outlook", "Microsoft Corporation", "16.{n}", 101, 28, 80),
    ("Microsoft Teams", "Microsoft Corporation", "{n}.2105.3", 252, 30, 95),
    ("1Password", "AgileBits Inc.", "8.11.{n}", 10, 18, 100),
    ("Slack", "Slack Technologies", "4.{n}.99", 46, 30, 70),
    ("zoom.us", "Zoom Video Communications", "6.{n}.0", 6, 60, 75),
    ("Visual Studio Code", "Microsoft Corporation", "1.{n}.2", 104, 30, 45),
    ("Docker", "Docker Inc.", "4.{n}.0", 46, 21, 40),
    ("iTerm", "George Nachman", "3.5.{n}", 14, 70, 35),
    ("Rectangle", "Ryan Hanson", "0.{n}", 90, 80, 30),
    ("KiCad", "KiCad", "9.0.{n}", 4, 60, 20),
    ("Affinity Designer 2", "Serif Europe Ltd", "2.6.{n}", 4, 90, 15),
    ("VLC", "VideoLAN", "3.0.{n}", 21, 150, 50),
    ("GlobalProtect", "Palo Alto Networks", "6.2.8-{n}", 223, 120, 100),
];

const WINDOWS: &[Program] = &[
    ("Microsoft Edge", "Microsoft Corporation", "{n}.0.3485.54", 140, 28, 100),
    ("Microsoft Edge WebView2 Runtime", "Microsoft Corporation", "{n}.0.3485.54", 140, 28, 100),
    ("Microsoft 365 Apps for enterprise - de-de", "Microsoft Corporation", "16.0.{n}.20156", 19_127, 30, 95),
    ("Microsoft Teams Meeting Add-in for Microsoft Office", "Microsoft", "1.25.{n}", 20_501, 30, 95),
    ("Microsoft OneDrive", "Microsoft Corporation", "25.{n}.0820.0003", 149, 24, 95),
    ("Mozilla Firefox (x64 de)", "Mozilla", "{n}.0.1", 143, 28, 70),
    ("Google Chrome", "Google LLC", "{n}.0.7339.128", 140, 28, 60),
    ("7-Zip 25.01 (x64)", "Igor Pavlov", "25.01", 0, 0, 80),
    ("Notepad++ (64-bit x64)", "Notepad++ Team", "8.{n}", 8, 45, 55),
    ("1Password", "AgileBits Inc.", "8.11.{n}", 10, 18, 100),
    ("Adobe Acrobat (64-bit)", "Adobe", "25.001.{n}", 20_693, 35, 75),
    ("Microsoft Visual C++ 2015-2022 Redistributable (x64)", "Microsoft Corporation", "14.44.35211.0", 0, 0, 100),
    ("Microsoft Visual C++ 2015-2022 Redistributable (x86)", "Microsoft Corporation", "14.44.35211.0", 0, 0, 100),
    ("Dell Command | Update", "Dell Inc.", "5.{n}.0", 5, 120, 35),
    ("Lenovo System Update", "Lenovo", "5.08.03.{n}", 59, 110, 40),
    ("Intel(R) Graphics Driver", "Intel Corporation", "32.0.101.{n}", 6_987, 40, 90),
    ("Realtek Audio Driver", "Realtek Semiconductor Corp.", "6.0.9{n}.1", 829, 140, 85),
    ("LabVIEW 2025 Q3 Runtime", "National Instruments", "25.3.{n}", 0, 90, 20),
    ("DATEV Arbeitsplatz", "DATEV eG", "19.{n}", 1, 90, 15),
    ("Zoom Workplace (64-bit)", "Zoom", "6.{n}.11645", 6, 60, 65),
    ("KeePassXC", "KeePassXC Team", "2.7.{n}", 10, 150, 10),
    ("PuTTY release (64-bit)", "Simon Tatham", "0.83.0.0", 0, 0, 20),
    ("GlobalProtect", "Palo Alto Networks", "6.2.8.{n}", 223, 120, 100),
    ("VLC media player", "VideoLAN", "3.0.21", 0, 0, 40),
    ("Visual Studio Code", "Microsoft Corporation", "1.{n}.2", 104, 30, 20),
];

const LINUX: &[Program] = &[
    ("bash", "", "5.2.37-2", 0, 0, 100),
    ("coreutils", "", "9.7-3", 0, 0, 100),
    ("curl", "", "8.14.1-2+u{n}", 1, 45, 100),
    ("git", "", "1:2.51.{n}-1", 0, 60, 90),
    ("gnupg", "", "2.4.8-{n}", 2, 120, 100),
    ("libc6", "", "2.41-12+u{n}", 0, 90, 100),
    ("libssl3t64", "", "3.5.1-1+u{n}", 0, 40, 100),
    ("openssl", "", "3.5.1-1+u{n}", 0, 40, 100),
    ("openssh-client", "", "1:10.0p1-{n}", 7, 75, 100),
    ("python3", "", "3.13.{n}-1", 5, 50, 100),
    ("rsync", "", "3.4.1+ds1-{n}", 5, 100, 90),
    ("sudo", "", "1.9.16p2-{n}", 3, 120, 100),
    ("systemd", "", "257.{n}-1", 8, 35, 100),
    ("tzdata", "", "{c}-0+u1", 0, 90, 100),
    ("vim", "", "2:9.1.{n}-1", 1230, 30, 80),
    ("unattended-upgrades", "", "2.12", 0, 0, 95),
    ("ca-certificates", "", "{c}01", 0, 150, 100),
    ("containerd.io", "Docker", "1.7.{n}-1", 27, 50, 45),
    ("docker-ce", "Docker", "5:28.{n}.0-1", 4, 40, 45),
];

const LINUX_DESKTOP: &[Program] = &[
    ("firefox", "Mozilla", "{n}.0-1", 143, 28, 100),
    ("thunderbird", "Mozilla", "{n}.0-1", 143, 28, 60),
    ("chromium", "", "{n}.0.7339.127", 140, 28, 55),
    ("libreoffice-core", "", "4:25.8.{n}-1", 1, 45, 75),
    ("1password", "AgileBits Inc.", "8.11.{n}", 10, 18, 100),
    ("code", "Microsoft Corporation", "1.{n}.2", 104, 30, 80),
    ("gnome-shell", "", "48.{n}-1", 4, 60, 90),
    ("gimp", "", "3.0.{n}-1", 4, 80, 30),
    ("kicad", "", "9.0.{n}-1", 4, 60, 35),
    ("gcc-arm-none-eabi", "", "15:14.2.rel1-1", 0, 0, 45),
    ("nodejs", "", "22.{n}.0-1", 19, 24, 60),
    ("rustc", "", "1.{n}.0", 89, 42, 25),
];

const LINUX_SERVER: &[Program] = &[
    ("openssh-server", "", "1:10.0p1-{n}", 7, 75, 100),
    ("nginx", "", "1.28.{n}-2", 0, 80, 60),
    ("postgresql-17", "PostgreSQL Global Development Group", "17.{n}-1", 6, 84, 50),
    ("prometheus-node-exporter", "", "1.9.{n}-1", 1, 150, 100),
    ("restic", "", "0.18.{n}", 0, 160, 80),
    ("fail2ban", "", "1.1.0-8", 0, 0, 70),
    ("nftables", "", "1.1.3-1", 0, 0, 100),
    ("chrony", "", "4.{n}-1", 6, 200, 100),
];

/// The items of the `software` section of `name`, whose programs were last updated on `day`; sorted by name.
pub(super) fn items(name: &str, system: System, kind: DeviceType, day: i64) -> Vec<Value> {
    let source = match (system.os_type(), system) {
        (OsType::Macos, _) => "app",
        (OsType::Windows, _) => "registry",
        (_, System::Fedora) => "rpm",
        _ => "dpkg",
    };
    let more = if matches!(kind, DeviceType::Laptop | DeviceType::Desktop) { LINUX_DESKTOP } else { LINUX_SERVER };
    let (base, more) = match system.os_type() {
        OsType::Macos => (MACOS, [].as_slice()),
        OsType::Windows => (WINDOWS, [].as_slice()),
        _ => (LINUX, more),
    };
    let installed = base.iter().chain(more).filter(|program| Dice::of(program.0, name, 0).chance(program.5));
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
