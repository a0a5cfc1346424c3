//! When updates were last installed, or last looked for with nothing left to install.
//!
//! Left out where it can't be proven: apk keeps no dates and the change time of its database moves with every install; on NixOS a new
//! generation may be a change of configuration alone.

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
    rpm::newest_update(&system.output("rpm", rpm::QUERY)?)
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

/// pacman logs each upgraded package after the fact, with its offset to UTC.
fn newest_pacman_upgrade(log: &str) -> Option<Time> {
    let stamps =
        log.lines().filter(|line| line.contains("] [ALPM] upgraded ")).filter_map(|line| line.strip_prefix('[')?.split(']').next());
    // Lines written before 2019 have no offset and are too old to matter.
    let moments = stamps.filter_map(|stamp| chrono::DateTime::parse_from_str(stamp, "%Y-%m-%dT%H:%M:%S%z").ok());
    moments.map(|moment| Time(moment.timestamp())).max()
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
                   [2018-10-03 08:01] [ALPM] upgraded bash (4 -> 5)\n";
        let machine = Machine::new().folder("/var/lib/pacman/local").file("/var/log/pacman.log", log);
        assert_eq!(last_update_at(&machine.system()), Time::parse("2026-09-30T06:01:10Z"));
    }

    #[test]
    fn apk_proves_nothing() {
        assert_eq!(last_update_at(&Machine::new().file("/lib/apk/db/installed", "P:musl\nV:1.2.5-r0\n").system()), None);
    }
}
