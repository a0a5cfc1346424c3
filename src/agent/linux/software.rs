//! What is installed: names and versions from the package managers, never what is used, or when.

use super::{flatpak, snap};
use crate::agent::System;
use crate::agent::report::{Package, Software};
use crate::domain::time::Time;

/// Packages that are listed; a machine with more gives no list, for one cut short would let a check for forbidden software pass.
const PACKAGES_MAX: usize = 20_000;

/// Where apk keeps its list; the second since `/lib` is merged into `/usr`.
const APK_DATABASES: [&str; 2] = ["/lib/apk/db/installed", "/usr/lib/apk/db/installed"];
const DPKG: &[&str] = &["-W", "-f", "${db:Status-Abbrev}\\t${Package}\\t${Version}\\t${Maintainer}\\n"];
const RPM: &[&str] = &["-qa", "--qf", "%{NAME}\\t%{EPOCHNUM}:%{VERSION}-%{RELEASE}\\t%{VENDOR}\\n"];

/// Asks one package manager; `None` when it does not answer.
type Reader = fn(&System) -> Option<Vec<Package>>;

/// All package managers of the machine together, sorted; `None` when one of them did not answer or none is known.
pub(super) fn software(system: &System, now: Time) -> Option<Software> {
    let sources: [(bool, Reader); 8] = [
        (system.exists("/var/lib/dpkg/status"), |system| Some(parse_dpkg(&system.output("dpkg-query", DPKG)?))),
        (has_rpm(system), |system| Some(parse_rpm(&system.output("rpm", RPM)?))),
        (system.exists(APK_DATABASES[0]), |system| Some(parse_apk(&system.read(APK_DATABASES[0])?))),
        (only_new_apk(system), |system| Some(parse_apk(&system.read(APK_DATABASES[1])?))),
        (system.exists("/var/lib/pacman/local"), |system| Some(parse_pacman(&system.output("pacman", &["-Q"])?))),
        (system.exists("/run/current-system/sw"), nix),
        (snap::is_present(system), snap::packages),
        (flatpak::is_present(system), flatpak::packages),
    ];
    let mut items = Vec::new();
    let mut known = false;
    for (_, read) in sources.iter().filter(|(present, _)| *present) {
        items.extend(read(system)?);
        known = true;
    }
    items.sort();
    items.dedup();
    (known && !items.is_empty() && items.len() <= PACKAGES_MAX).then_some(Software { collected_at: Some(now), items })
}

/// With `/lib` as a link both names lead to one list.
fn only_new_apk(system: &System) -> bool {
    !system.exists(APK_DATABASES[0]) && system.exists(APK_DATABASES[1])
}

/// Debian's `rpm` package brings an empty database with it, elsewhere.
fn has_rpm(system: &System) -> bool {
    ["/usr/lib/sysimage/rpm", "/var/lib/rpm/rpmdb.sqlite", "/var/lib/rpm/Packages", "/usr/share/rpm"].iter().any(|path| system.exists(path))
}

/// One line of the list; nothing without a name.
pub(super) fn package(name: &str, version: &str, publisher: Option<&str>, source: &str) -> Option<Package> {
    // Mail and web addresses stand in angle brackets behind the name.
    let publisher = publisher
        .and_then(|publisher| publisher.split('<').next())
        .map(str::trim)
        .filter(|publisher| !publisher.is_empty() && *publisher != "(none)" && *publisher != "-");
    let (name, version) = (name.trim(), version.trim());
    (!name.is_empty()).then(|| Package {
        name: name.to_owned(),
        version: version.to_owned(),
        publisher: publisher.map(str::to_owned),
        source: source.to_owned(),
    })
}

/// Removed packages whose configuration is left do not count.
fn parse_dpkg(text: &str) -> Vec<Package> {
    let rows = text.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    rows.filter_map(|fields| match fields[..] {
        [status, name, version, maintainer] if status.get(1..2) == Some("i") => package(name, version, Some(maintainer), "dpkg"),
        _ => None,
    })
    .collect()
}

/// Keys that signatures are checked with look like packages and are none.
fn parse_rpm(text: &str) -> Vec<Package> {
    let rows = text.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    rows.filter_map(|fields| match fields[..] {
        ["gpg-pubkey", ..] => None,
        [name, version, vendor] => package(name, version.strip_prefix("0:").unwrap_or(version), Some(vendor), "rpm"),
        _ => None,
    })
    .collect()
}

/// Records separated by empty lines; `P:` is the name, `V:` the version, `m:` the maintainer.
fn parse_apk(text: &str) -> Vec<Package> {
    let records = text.split("\n\n");
    records
        .filter_map(|record| {
            let value = |key: &str| record.lines().find_map(|line| line.strip_prefix(key));
            package(value("P:")?, value("V:")?, value("m:"), "apk")
        })
        .collect()
}

fn parse_pacman(text: &str) -> Vec<Package> {
    text.lines().filter_map(|line| line.split_once(' ')).filter_map(|(name, version)| package(name, version, None, "pacman")).collect()
}

/// What the system profile refers to, by store paths: `HASH-name-version`.
fn nix(system: &System) -> Option<Vec<Package>> {
    let text = system.output("nix-store", &["--query", "--references", "/run/current-system/sw"])?;
    Some(text.lines().filter_map(|path| parse_store_path(path.trim())).collect())
}

/// The version begins at the first dash that a digit follows.
fn parse_store_path(path: &str) -> Option<Package> {
    let (_, name) = path.strip_prefix("/nix/store/")?.split_once('-')?;
    let dashes = name.match_indices('-').map(|(index, _)| index);
    let split = dashes.into_iter().find(|index| name[index + 1..].starts_with(|character: char| character.is_ascii_digit()))?;
    package(&name[..split], &name[split + 1..], None, "nix")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::testing::Machine;

    fn names(packages: &[Package]) -> Vec<String> {
        packages
            .iter()
            .map(|package| format!("{} {} {}", package.name, package.version, package.publisher.as_deref().unwrap_or("-")))
            .collect()
    }

    #[test]
    fn dpkg_without_removed_packages_and_mail_addresses() {
        let text = "ii \tbash\t5.2.15-2+b7\tMatthias Klose <doko@debian.org>\nrc \tgcc-11\t11.3.0\tDebian GCC Maintainers <x@y>\nhi \tlinux-image-amd64\t6.1.0\tDebian Kernel Team <a@b>\n";
        assert_eq!(names(&parse_dpkg(text)), ["bash 5.2.15-2+b7 Matthias Klose", "linux-image-amd64 6.1.0 Debian Kernel Team"]);
    }

    #[test]
    fn rpm_with_epochs_and_without_keys() {
        let text = "bash\t0:5.2.26-3.fc40\tFedora Project\ngpg-pubkey\t0:a15b79cc-63d04c2c\t(none)\nopenssl-libs\t1:3.2.1-2.fc40\tFedora Project\nlocal\t0:1-1\t(none)\n";
        assert_eq!(
            names(&parse_rpm(text)),
            ["bash 5.2.26-3.fc40 Fedora Project", "openssl-libs 1:3.2.1-2.fc40 Fedora Project", "local 1-1 -"]
        );
    }

    #[test]
    fn apk_pacman_and_nix() {
        let apk = "C:Q1abc=\nP:musl\nV:1.2.5-r0\nA:x86_64\nm:Timo Teras <timo.teras@iki.fi>\nF:lib\nR:ld-musl-x86_64.so.1\n\nC:Q1def=\nP:busybox\nV:1.36.1-r29\n";
        assert_eq!(names(&parse_apk(apk)), ["musl 1.2.5-r0 Timo Teras", "busybox 1.36.1-r29 -"]);
        assert_eq!(names(&parse_pacman("linux 6.16.3.arch1-1\nzlib 1:1.3.1-2\n")), ["linux 6.16.3.arch1-1 -", "zlib 1:1.3.1-2 -"]);
        let path = "/nix/store/3n58xw4373jp0ljirf06d8077j15pc4j-glibc-2.40-66";
        assert_eq!(names(&[parse_store_path(path).unwrap()]), ["glibc 2.40-66 -"]);
        assert_eq!(parse_store_path("/nix/store/3n58xw4373jp0ljirf06d8077j15pc4j-set-environment"), None);
    }

    #[test]
    fn a_manager_that_fails_leaves_the_list_out_for_half_a_list_would_be_a_lie() {
        let dpkg = "dpkg-query -W -f ${db:Status-Abbrev}\\t${Package}\\t${Version}\\t${Maintainer}\\n";
        let machine = Machine::new().file("/var/lib/dpkg/status", "").command(dpkg, 0, "ii \tbash\t5\tx\n");
        assert_eq!(software(&machine.system(), Time(7)).map(|software| software.items.len()), Some(1));
        assert_eq!(software(&machine.file("/var/lib/snapd/snaps/hello_1.snap", "").system(), Time(7)), None);
        assert_eq!(software(&Machine::new().system(), Time(7)), None);
    }
}
