//! Host name, distribution, release and edition.

use crate::agent::System;

/// Characters of a version that the server takes.
const VERSION_CHARACTERS_MAX: usize = 64;
/// Characters of a name that the server takes.
const NAME_CHARACTERS_MAX: usize = 255;

/// Which system it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Os {
    pub host_name: Option<String>,
    pub version: Option<String>,
    pub distribution: Option<String>,
    pub edition: Option<String>,
}

/// Reads `/etc/os-release`, or the copy that distributions ship.
pub(super) fn os(system: &System) -> Os {
    let text = system.read("/etc/os-release").or_else(|| system.read("/usr/lib/os-release")).unwrap_or_default();
    let value = |key: &str| release_value(&text, key);
    let host_name = system.read("/proc/sys/kernel/hostname").or_else(|| system.read("/etc/hostname"));
    // Debian's own release names the stable series only; its older file has the point release, or the name of what is being tested.
    let point = system.read("/etc/debian_version").filter(|_| value("ID").as_deref() == Some("debian"));
    let version = match (value("VERSION_ID"), point) {
        (Some(series), Some(point)) if point.starts_with(&format!("{series}.")) => Some(point),
        (Some(series), _) => Some(series),
        (None, Some(point)) => Some(point),
        // Arch and others that roll have a build id at most.
        (None, None) => value("BUILD_ID"),
    };
    Os {
        host_name: host_name.map(|name| cut(&name, NAME_CHARACTERS_MAX)).filter(|name| !name.is_empty()),
        version: version.map(|version| cut(&version, VERSION_CHARACTERS_MAX)),
        distribution: value("ID"),
        edition: value("VARIANT_ID"),
    }
}

/// `KEY=value`, the value perhaps in quotes; an empty one is none.
fn release_value(text: &str, key: &str) -> Option<String> {
    let value = text.lines().find_map(|line| line.trim().strip_prefix(key)?.strip_prefix('='))?;
    Some(value.trim().trim_matches(['"', '\'']).to_owned()).filter(|value| !value.is_empty())
}

fn cut(text: &str, characters: usize) -> String {
    text.chars().filter(|character| !character.is_control()).take(characters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::testing::Machine;

    #[track_caller]
    fn check(release: &str, debian_version: &str, distribution: &str, version: &str) {
        let mut machine = Machine::new().file("/etc/os-release", release);
        if !debian_version.is_empty() {
            machine = machine.file("/etc/debian_version", debian_version);
        }
        let found = os(&machine.system());
        assert_eq!((found.distribution.as_deref(), found.version.as_deref()), (Some(distribution), Some(version)));
    }

    #[test]
    fn releases_as_distributions_write_them() {
        check("PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\nID=debian\n", "12.9\n", "debian", "12.9");
        check("PRETTY_NAME=\"Debian GNU/Linux forky/sid\"\nID=debian\n", "forky/sid\n", "debian", "forky/sid");
        check(
            "NAME=\"Ubuntu\"\nVERSION_ID=\"24.04\"\nVERSION=\"24.04.3 LTS (Noble Numbat)\"\nID=ubuntu\nID_LIKE=debian\n",
            "trixie/sid\n",
            "ubuntu",
            "24.04",
        );
        check("NAME=\"Fedora Linux\"\nID=fedora\nVERSION_ID=43\nVARIANT_ID=kde\n", "", "fedora", "43");
        check("NAME=\"Red Hat Enterprise Linux\"\nVERSION_ID=\"9.4\"\nID=\"rhel\"\n", "", "rhel", "9.4");
        check("NAME=\"Arch Linux\"\nID=arch\nBUILD_ID=rolling\n", "", "arch", "rolling");
        check("NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.22.1\n", "", "alpine", "3.22.1");
        check("NAME=\"openSUSE Tumbleweed\"\nID=\"opensuse-tumbleweed\"\nVERSION_ID=\"20261001\"\n", "", "opensuse-tumbleweed", "20261001");
        check("ID=nixos\nVERSION_ID=\"25.11\"\nBUILD_ID=\"25.11.20261001.abcdef\"\n", "", "nixos", "25.11");
    }

    #[test]
    fn without_the_file_nothing_is_known() {
        assert_eq!(os(&Machine::new().system()), Os::default());
    }
}
