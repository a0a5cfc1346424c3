//! When updates were last installed, or last looked for with nothing left to install.
//!
//! Left out where it can't be proven: apk keeps no dates and the change time of its database moves with every install. Systems made of
//! images (ostree, NixOS) are as new as the day their image or package set was made: an answer that may be too old, never too new.

use std::io::Read;

use chrono::{NaiveDateTime, TimeZone};
use chrono_tz::Tz;
use flate2::read::GzDecoder;

use crate::agent::System;
use crate::agent::system::OUTPUT_BYTES_MAX;
use crate::domain::time::Time;

use super::{apt, rpm};

/// Rotated histories that are read; a year at one a month.
const HISTORIES_MAX: usize = 13;

/// The newer of the newest update and the newest successful look that found nothing.
pub(super) fn last_update_at(system: &System) -> Option<Time> {
    if system.exists("/var/lib/dpkg/status") {
        return apt_upgrade(system).max(apt_nothing_pending(system));
    }
    if system.exists("/var/lib/pacman/local") {
        return newest_pacman_upgrade(&system.read("/var/log/pacman.log")?);
    }
    if system.exists("/run/ostree-booted") {
        return booted_image(&system.output("rpm-ostree", &["status", "--json"])?);
    }
    if system.exists("/run/current-system/nixos-version") {
        return nixos_release(&system.read("/run/current-system/nixos-version")?);
    }
    let by_packages = system.output("rpm", rpm::QUERY).and_then(|text| rpm::newest_update(&text));
    by_packages.max(zypper_update(system)).max(dnf_upgrade(system))
}

fn zypper_update(system: &System) -> Option<Time> {
    time_in(zone(system)?, rpm::newest_zypper_update(&system.read("/var/log/zypp/history")?)?)
}

fn dnf_upgrade(system: &System) -> Option<Time> {
    let logs = ["/var/log/dnf.log", "/var/log/dnf.log.1"].iter().filter_map(|path| system.read(path));
    logs.filter_map(|log| rpm::newest_dnf_upgrade(&log)).max()
}

/// When the image that runs was made, packages laid over it aside.
fn booted_image(status: &str) -> Option<Time> {
    let status: serde_json::Value = serde_json::from_str(status).ok()?;
    let booted = status.get("deployments")?.as_array()?.iter().find(|deployment| deployment.get("booted") == Some(&true.into()))?;
    let stamp = booted.get("base-timestamp").filter(|stamp| !stamp.is_null()).or_else(|| booted.get("timestamp"))?;
    Some(Time(stamp.as_i64().filter(|seconds| *seconds > 0)?))
}

/// The day of the package set in `25.11.20261001.abcdef`; what was built without one tells no day.
fn nixos_release(version: &str) -> Option<Time> {
    let day = version.trim().split('.').nth(2).filter(|day| day.len() == 8)?;
    let day = chrono::NaiveDate::parse_from_str(day, "%Y%m%d").ok()?;
    Some(Time(day.and_hms_opt(0, 0, 0)?.and_utc().timestamp()))
}

fn apt_upgrade(system: &System) -> Option<Time> {
    let zone = zone(system)?;
    let names = system.list("/var/log/apt")?;
    let names = names.into_iter().filter(|name| name.starts_with("history.log")).take(HISTORIES_MAX);
    let newest = names.filter_map(|name| apt::newest_upgrade(&history(system, &format!("/var/log/apt/{name}"))?)).max()?;
    time_in(zone, newest)
}

fn history(system: &System, path: &str) -> Option<String> {
    if !path.ends_with(".gz") {
        return system.read(path);
    }
    let bytes = system.read_bytes(path)?;
    let mut text = String::new();
    GzDecoder::new(bytes.as_slice()).take(OUTPUT_BYTES_MAX).read_to_string(&mut text).ok()?;
    Some(text)
}

/// When the list was last refreshed with success, if nothing is pending by it. Only this stamp tells of success: `update-stamp` is also
/// written when every download failed and the old list was used.
fn apt_nothing_pending(system: &System) -> Option<Time> {
    let refreshed = system.modified("/var/lib/apt/periodic/update-success-stamp")?;
    // Without caches in files, so that the simulation writes nothing.
    let simulation = system.output("apt-get", &["-s", "-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache=", "dist-upgrade"])?;
    apt::nothing_pending(&simulation).then_some(refreshed)
}

/// Packages that no one renews alone: their upgrade is the system's.
const PACMAN_BASE: &[&str] = &["glibc", "linux", "linux-lts", "linux-zen", "systemd", "openssl", "pacman", "gcc-libs"];

/// pacman logs each upgraded package after the fact, with its offset to UTC. To renew a single program is no update of the system: it
/// counts what belongs to a full upgrade, or to the base.
fn newest_pacman_upgrade(log: &str) -> Option<Time> {
    let mut full = false;
    let mut newest = None;
    for line in log.lines() {
        if line.contains("] [PACMAN] ") {
            full = line.ends_with("starting full system upgrade");
        }
        let Some((stamp, name)) = line.split_once("] [ALPM] upgraded ") else { continue };
        if full || PACMAN_BASE.contains(&name.split(' ').next().unwrap_or("")) {
            // Lines written before 2019 have no offset and are too old to matter.
            let moment = chrono::DateTime::parse_from_str(stamp.trim_start_matches('['), "%Y-%m-%dT%H:%M:%S%z").ok();
            newest = newest.max(moment.map(|moment| Time(moment.timestamp())));
        }
    }
    newest
}

/// The machine's time zone by name; without the file it is UTC.
fn zone(system: &System) -> Option<Tz> {
    if !system.exists("/etc/localtime") {
        return Some(Tz::UTC);
    }
    let name = match system.link("/etc/localtime") {
        Some(target) => target.split_once("zoneinfo/")?.1.to_owned(),
        None => system.read("/etc/timezone")?,
    };
    name.parse().ok()
}

/// At a doubled hour the earlier moment, so that the answer is never too new.
fn time_in(zone: Tz, local: NaiveDateTime) -> Option<Time> {
    zone.from_local_datetime(&local).earliest().map(|moment| Time(moment.timestamp()))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::agent::testing::Machine;

    const UPGRADE: &str = "\nStart-Date: 2026-10-01  06:12:30\nUpgrade: libssl3:amd64 (3.0.14, 3.0.15)\nEnd-Date: 2026-10-01  06:12:41\n";
    const SIMULATE: &str = "apt-get -s -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= dist-upgrade";
    const NOTHING: &str = "0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n";

    fn debian() -> Machine {
        Machine::new().file("/var/lib/dpkg/status", "")
    }

    #[test]
    fn apt_history_is_in_local_time_and_rotated_files_count() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(UPGRADE.as_bytes()).unwrap();
        let machine = debian()
            .link("/etc/localtime", "/usr/share/zoneinfo/Europe/Berlin")
            .file("/var/log/apt/history.log", "\nStart-Date: 2026-10-09  10:00:00\nInstall: htop\nEnd-Date: 2026-10-09  10:00:02\n")
            .bytes("/var/log/apt/history.log.1.gz", &gzip.finish().unwrap());
        assert_eq!(last_update_at(&machine.system()), Time::parse("2026-10-01T04:12:41Z"));
    }

    #[test]
    fn a_zone_without_name_leaves_the_time_out() {
        let machine = debian().file("/etc/localtime", "TZif").file("/var/log/apt/history.log", UPGRADE);
        assert_eq!(last_update_at(&machine.system()), None);
    }

    #[test]
    fn a_look_that_found_nothing_counts_only_with_a_stamp_and_a_whole_answer() {
        let machine = debian().file("/var/log/apt/history.log", UPGRADE);
        let upgraded = Time::parse("2026-10-01T06:12:41Z");
        assert_eq!(last_update_at(&machine.system()), upgraded);
        let machine = machine.command(SIMULATE, 0, NOTHING);
        assert_eq!(last_update_at(&machine.system()), upgraded);
        let machine = machine.file("/var/lib/apt/periodic/update-success-stamp", "");
        let stamp = std::fs::File::options().write(true).open(machine.path().join("var/lib/apt/periodic/update-success-stamp")).unwrap();
        let moment = Time::parse("2026-11-20T07:00:00Z").unwrap();
        stamp.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(moment.0 as u64)).unwrap();
        assert_eq!(last_update_at(&machine.system()), Some(moment));
        let pending = format!("Inst bash [1] (2 Debian [amd64])\n{}", NOTHING.replace("0 upgraded", "1 upgraded"));
        assert_eq!(last_update_at(&machine.command(SIMULATE, 0, &pending).system()), upgraded);
    }

    #[test]
    fn pacman_upgrades_count_installs_do_not() {
        let log = "[2026-09-30T08:00:00+0200] [PACMAN] starting full system upgrade\n\
                   [2026-09-30T08:01:10+0200] [ALPM] upgraded linux (6.16.1.arch1-1 -> 6.16.3.arch1-1)\n\
                   [2026-10-02T08:01:10+0200] [ALPM] installed htop (3.4.1-1)\n\
                   [2026-10-03T08:01:10+0200] [PACMAN] Running 'pacman -Syu upgraded'\n\
                   [2026-10-04T08:01:10+0200] [ALPM] upgraded firefox (143.0-1 -> 144.0-1)\n\
                   [2018-10-03 08:01] [ALPM] upgraded bash (4 -> 5)\n";
        let machine = Machine::new().folder("/var/lib/pacman/local").file("/var/log/pacman.log", log);
        assert_eq!(last_update_at(&machine.system()), Time::parse("2026-09-30T06:01:10Z"));
    }

    #[test]
    fn a_base_package_counts_though_another_program_than_pacman_renewed_it() {
        assert_eq!(
            newest_pacman_upgrade("[2026-10-04T08:01:10+0000] [ALPM] upgraded glibc (2.41-1 -> 2.42-1)\n"),
            Time::parse("2026-10-04T08:01:10Z")
        );
    }

    #[test]
    fn image_systems_are_as_new_as_their_image() {
        let ostree = |status: &str| Machine::new().file("/run/ostree-booted", "").command("rpm-ostree status --json", 0, status);
        let status = r#"{"deployments": [{"booted": false, "timestamp": 1793500000}, {"booted": true, "timestamp": 1792900000, "base-timestamp": 1792800000}]}"#;
        assert_eq!(last_update_at(&ostree(status).system()), Some(Time(1_792_800_000)));
        assert_eq!(
            last_update_at(&ostree(r#"{"deployments": [{"booted": true, "timestamp": 1792900000}]}"#).system()),
            Some(Time(1_792_900_000))
        );
        assert_eq!(last_update_at(&ostree("error").system()), None);
        let nixos = |version: &str| last_update_at(&Machine::new().file("/run/current-system/nixos-version", version).system());
        assert_eq!(nixos("25.11.20261001.abcdef1"), Time::parse("2026-10-01T00:00:00Z"));
        assert_eq!(nixos("26.05pre-git"), None);
    }

    #[test]
    fn zypper_and_dnf_keep_histories_of_their_own() {
        let zypper =
            "2026-10-01 06:12:30|command|root@leap|'zypper' 'patch'|\n2026-10-01 06:12:41|install|libopenssl3|3.1.4-2|x86_64||repo|sum|\n";
        let leap = Machine::new().file("/var/log/zypp/history", zypper).link("/etc/localtime", "/usr/share/zoneinfo/Europe/Berlin");
        assert_eq!(last_update_at(&leap.system()), Time::parse("2026-10-01T04:12:41Z"));
        let dnf = "2026-10-02T06:12:30+0000 DDEBUG Base command: upgrade\n2026-10-02T06:13:01+0000 DDEBUG RPM transaction over.\n2026-10-02T06:13:02+0000 INFO Complete!\n";
        assert_eq!(last_update_at(&Machine::new().file("/var/log/dnf.log", dnf).system()), Time::parse("2026-10-02T06:13:02Z"));
    }

    #[test]
    fn apk_proves_nothing() {
        assert_eq!(last_update_at(&Machine::new().file("/lib/apk/db/installed", "P:musl\nV:1.2.5-r0\n").system()), None);
    }
}
