//! When an rpm system was last updated, told from the install times of its base packages.
//!
//! The newest install time of all packages proves nothing: installing any new program sets it. A base package is there from the first
//! minute, so one that is clearly younger than the system itself has been updated then. Updates that touch no base package are not
//! seen: the answer may be older than the truth, never newer.

use super::time::Time;

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

/// The newest install time of a base package that is younger than the system; `packages` are install times in seconds and names, of all.
pub fn newest_update<'n>(packages: impl Iterator<Item = (i64, &'n str)>) -> Option<Time> {
    let packages: Vec<(i64, &str)> = packages.collect();
    let installed = packages.iter().map(|(time, _)| *time).min()?;
    let base = packages.iter().filter(|(_, name)| BASE_PACKAGES.contains(name)).map(|(time, _)| *time);
    base.max().filter(|newest| *newest > installed.saturating_add(INSTALLATION_SECONDS)).map(Time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_program_is_no_update_and_neither_is_the_installation() {
        let newest = |packages: &[(i64, &'static str)]| newest_update(packages.iter().copied());
        let fresh = [(1_760_000_000, "glibc"), (1_760_000_300, "bash"), (1_760_000_900, "kernel-core")];
        assert_eq!(newest(&fresh), None);
        assert_eq!(newest(&[&fresh[..], &[(1_765_000_000, "htop")]].concat()), None);
        assert_eq!(newest(&[&fresh[..], &[(1_765_000_000, "htop"), (1_762_000_000, "openssl-libs")]].concat()), Some(Time(1_762_000_000)));
        assert_eq!(newest(&[]), None);
    }
}
