//! Disk encryption: BitLocker and device encryption of the system volume; other products make a "no" uncertain.
//!
//! BitLocker counts when the volume is wholly encrypted (also used space only) and its protection is on. Suspended or waiting for
//! activation, the key lies on the disk in clear: no. On the way in either direction: no.

use super::raw::{Raw, Read, Row};

/// `VolumeType` of the system volume in `Win32_EncryptableVolume`.
const SYSTEM_VOLUME: i64 = 0;
/// What Windows itself hangs in front of disks and volumes. Another driver there may encrypt (VeraCrypt, PGP and Trellix do it so).
const WINDOWS_FILTERS: &[&str] = &["partmgr", "ehstorclass", "ehstortcgdrv", "volsnap", "fvevol", "iorate", "rdyboost", "volume"];
/// What the shell's property `System.Volume.BitLockerProtection` says of a volume that is protected. Its other values are not documented.
const SHELL_ON: i64 = 1;

/// Whether the system volume is encrypted.
pub(super) fn disk_encryption(state: Raw) -> Option<bool> {
    let Some(volumes) = state.rows("encryption").found() else {
        // Only an administrator may ask BitLocker.
        let shell = state.row("shell_encryption")?.integer("value")?;
        return (shell == SHELL_ON).then_some(true);
    };
    let drive = state.row("os").and_then(|os| os.text("SystemDrive"));
    let is_system = |volume: &&Row| match (&drive, volume.text("DriveLetter")) {
        (Some(drive), Some(letter)) => drive.eq_ignore_ascii_case(&letter),
        _ => volume.integer("VolumeType") == Some(SYSTEM_VOLUME),
    };
    let system = volumes.iter().find(is_system)?;
    match encrypted(*system) {
        // A volume that BitLocker has never touched.
        Some(false) if matches!(system.integer("ConversionStatus"), Some(0) | None) => only_windows_filters(state).then_some(false),
        verdict => verdict,
    }
}

/// `ProtectionStatus` 0 off, 1 on, 2 unknown; `ConversionStatus` 0 decrypted, 1 encrypted, 2 and 3 in progress, 4 and 5 paused.
pub(super) fn encrypted(volume: Row) -> Option<bool> {
    match (volume.integer("ProtectionStatus")?, volume.integer("ConversionStatus")) {
        (1, Some(1)) => Some(true),
        (1, Some(0 | 2..=5)) => Some(false),
        (0, None | Some(0..=5)) => Some(false),
        _ => None,
    }
}

fn only_windows_filters(state: Raw) -> bool {
    let lists = ["filters_disk", "filters_volume"].into_iter().flat_map(|class| {
        let key = state.part("keys").key(class);
        [key.texts("UpperFilters"), key.texts("LowerFilters")]
    });
    lists.into_iter().all(|list| match list {
        Read::Found(names) => names.iter().all(|name| WINDOWS_FILTERS.contains(&name.to_ascii_lowercase().as_str())),
        Read::Absent => true,
        Read::Failed => false,
    })
}
