//! When an rpm system was last updated, told from the install times of its base packages.
//!
//! The newest install time of all packages proves nothing: installing any new program sets it. A base package is there from the first
//! minute, so one that is clearly younger than the system itself has been updated then. Updates that touch no base package are not
//! seen: the answer may be older than the truth, never newer. `dnf` and `zypper` are not asked, for they need the network and write.

use crate::domain::time::Time;

/// What every system of the family has from its installation on.
const BASE_PACKAGES: &[&str] = &[
    "bash",
    "ca-certificates",
    "coreutils",
    "curl",
    "dbus",
    "expat",
    "glibc",
    "gnutls",
    "kernel",
    "kernel-core",
    "kernel-default",
    "krb5-libs",
    "libcurl",
    "libcurl4",
    "libopenssl3",
    "libxml2",
    "openssl",
    "openssl-libs",
    "pam",
    "rpm",
    "sqlite-libs",
    "sudo",
    "systemd",
    "systemd-libs",
    "tzdata",
    "util-linux",
    "vim-minimal",
    "zlib",
    "zlib-ng-compat",
];
/// Installing a system takes less than this.
const INSTALLATION_SECONDS: i64 = 3 * 60 * 60;

/// The query that [`newest_update`] reads.
pub(super) const QUERY: &[&str] = &["-qa", "--qf", "%{INSTALLTIME}\\t%{NAME}\\n"];

/// The newest install time of a base package that is younger than the system.
pub(super) fn newest_update(text: &str) -> Option<Time> {
    let packages: Vec<(i64, &str)> =
        text.lines().filter_map(|line| line.split_once('\t')).filter_map(|(time, name)| Some((time.parse().ok()?, name))).collect();
    let installed = packages.iter().map(|(time, _)| *time).min()?;
    let base = packages.iter().filter(|(_, name)| BASE_PACKAGES.contains(name)).map(|(time, _)| *time);
    base.max().filter(|newest| *newest > installed + INSTALLATION_SECONDS).map(Time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_program_is_no_update_and_neither_is_the_installation() {
        let fresh = "1760000000\tglibc\n1760000300\tbash\n1760000900\tkernel-core\n";
        assert_eq!(newest_update(fresh), None);
        assert_eq!(newest_update(&format!("{fresh}1765000000\thtop\n")), None);
        assert_eq!(newest_update(&format!("{fresh}1765000000\thtop\n1762000000\topenssl-libs\n")), Some(Time(1_762_000_000)));
        assert_eq!(newest_update("(none)\n"), None);
    }
}
