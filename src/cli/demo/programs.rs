//! The programs that invented machines have: real names, versions at 2025-09-15, and about the real rhythm of their releases.

use super::systems::System;
use crate::domain::device::DeviceType;

/// A program: name, publisher, version with `{n}` for its counter or `{c}` for year and month, the counter at the epoch, days from one
/// release to the next, and how many machines of a hundred have it.
pub(super) type Program = (&'static str, &'static str, &'static str, i64, i64, i64);

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

const UBUNTU: &[Program] = &[
    ("bash", "", "5.2.21-2ubuntu4", 0, 0, 100),
    ("coreutils", "", "9.4-3ubuntu6.{n}", 1, 120, 100),
    ("curl", "", "8.5.0-2ubuntu10.{n}", 6, 45, 100),
    ("git", "", "1:2.43.0-1ubuntu7.{n}", 3, 80, 95),
    ("gnupg", "", "2.4.4-2ubuntu17.{n}", 3, 120, 100),
    ("libc6", "", "2.39-0ubuntu8.{n}", 5, 75, 100),
    ("libssl3t64", "", "3.0.13-0ubuntu3.{n}", 5, 55, 100),
    ("openssl", "", "3.0.13-0ubuntu3.{n}", 5, 55, 100),
    ("openssh-client", "", "1:9.6p1-3ubuntu13.{n}", 13, 75, 100),
    ("python3.12", "", "3.12.3-1ubuntu0.{n}", 8, 45, 100),
    ("snapd", "", "2.{n}+ubuntu24.04", 71, 60, 100),
    ("sudo", "", "1.9.15p5-3ubuntu5.24.04.{n}", 1, 150, 100),
    ("systemd", "", "255.4-1ubuntu8.{n}", 10, 60, 100),
    ("tzdata", "", "{c}-0ubuntu0.24.04", 0, 120, 100),
    ("unattended-upgrades", "", "2.9.1+nmu4ubuntu1", 0, 0, 95),
    ("vim", "", "2:9.1.0016-1ubuntu7.{n}", 8, 70, 80),
];

const DEBIAN_13: &[Program] = &[
    ("bash", "", "5.2.37-2", 0, 0, 100),
    ("coreutils", "", "9.7-3", 0, 0, 100),
    ("curl", "", "8.14.1-2+deb13u{n}", 0, 90, 100),
    ("git", "", "1:2.47.3-0+deb13u{n}", 1, 150, 95),
    ("gnupg", "", "2.4.7-21+deb13u{n}", 0, 120, 100),
    ("libc6", "", "2.41-12+deb13u{n}", 0, 90, 100),
    ("libssl3t64", "", "3.5.1-1+deb13u{n}", 0, 60, 100),
    ("openssl", "", "3.5.1-1+deb13u{n}", 0, 60, 100),
    ("openssh-client", "", "1:10.0p1-7+deb13u{n}", 0, 110, 100),
    ("python3.13", "", "3.13.5-2+deb13u{n}", 0, 80, 100),
    ("sudo", "", "1.9.16p2-3", 0, 0, 100),
    ("systemd", "", "257.{n}-1~deb13u1", 8, 55, 100),
    ("tzdata", "", "{c}-0+deb13u1", 0, 120, 100),
    ("unattended-upgrades", "", "2.12", 0, 0, 95),
    ("vim", "", "2:9.1.1230-2", 0, 0, 80),
];

const DEBIAN_12: &[Program] = &[
    ("bash", "", "5.2.15-2+b8", 0, 0, 100),
    ("coreutils", "", "9.1-1", 0, 0, 100),
    ("curl", "", "7.88.1-10+deb12u{n}", 14, 90, 100),
    ("gnupg", "", "2.2.40-1.1+deb12u{n}", 1, 150, 100),
    ("libc6", "", "2.36-9+deb12u{n}", 13, 120, 100),
    ("libssl3", "", "3.0.17-1~deb12u{n}", 2, 60, 100),
    ("openssl", "", "3.0.17-1~deb12u{n}", 2, 60, 100),
    ("openssh-client", "", "1:9.2p1-2+deb12u{n}", 7, 110, 100),
    ("python3.11", "", "3.11.2-6+deb12u{n}", 6, 80, 100),
    ("samba", "", "2:4.17.12+dfsg-0+deb12u{n}", 2, 120, 100),
    ("sudo", "", "1.9.13p3-1+deb12u2", 0, 0, 100),
    ("systemd", "", "252.{n}-1~deb12u1", 39, 60, 100),
    ("tzdata", "", "{c}-0+deb12u1", 0, 120, 100),
    ("unattended-upgrades", "", "2.9.1+nmu3", 0, 0, 100),
];

const FEDORA: &[Program] = &[
    ("bash", "", "0:5.3.0-2.fc44", 0, 0, 100),
    ("coreutils", "", "0:9.7-{n}.fc44", 5, 90, 100),
    ("curl", "", "0:8.15.0-{n}.fc44", 2, 45, 100),
    ("dnf5", "", "0:5.2.{n}.0-1.fc44", 16, 40, 100),
    ("git", "", "0:2.51.{n}-1.fc44", 0, 50, 100),
    ("glibc", "", "0:2.42-{n}.fc44", 4, 45, 100),
    ("gnupg2", "", "0:2.4.8-{n}.fc44", 3, 120, 100),
    ("openssh-clients", "", "0:10.0p1-{n}.fc44", 5, 75, 100),
    ("openssl-libs", "", "1:3.5.{n}-1.fc44", 1, 50, 100),
    ("podman", "", "5:5.{n}.0-1.fc44", 6, 60, 90),
    ("python3", "", "0:3.14.{n}-1.fc44", 0, 50, 100),
    ("sudo", "", "0:1.9.17-{n}.p1.fc44", 3, 120, 100),
    ("systemd", "", "0:258.{n}-1.fc44", 0, 35, 100),
    ("tzdata", "", "0:{c}-1.fc44", 0, 120, 100),
    ("vim-minimal", "", "2:9.1.{n}-1.fc44", 1775, 20, 100),
];

const LINUX_DESKTOP: &[Program] = &[
    ("firefox", "Mozilla", "{n}.0-1", 143, 28, 100),
    ("thunderbird", "Mozilla", "{n}.0-1", 143, 28, 60),
    ("chromium", "", "{n}.0.7339.127", 140, 28, 55),
    ("libreoffice-core", "", "4:25.8.{n}-1", 1, 45, 75),
    ("1password", "AgileBits Inc.", "8.11.{n}", 10, 18, 100),
    ("code", "Microsoft Corporation", "1.{n}.2", 104, 30, 80),
    ("gnome-shell", "", "48.{n}-1", 4, 60, 90),
    ("containerd.io", "Docker", "1.7.{n}-1", 27, 50, 45),
    ("docker-ce", "Docker", "5:28.{n}.0-1", 4, 40, 45),
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

/// What may be installed on a machine: what its system brings, and what is added to it.
pub(super) fn programs(system: System, kind: DeviceType) -> (&'static [Program], &'static [Program]) {
    let added = if matches!(kind, DeviceType::Laptop | DeviceType::Desktop) { LINUX_DESKTOP } else { LINUX_SERVER };
    match system {
        System::Ubuntu => (UBUNTU, added),
        System::Debian13 => (DEBIAN_13, added),
        System::Debian12 => (DEBIAN_12, added),
        System::Fedora => (FEDORA, added),
        System::Windows11 | System::Windows10 => (WINDOWS, &[]),
        System::Macos26 | System::Macos15 | System::Macos13 => (MACOS, &[]),
    }
}
