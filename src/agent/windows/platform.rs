//! Firmware, ports and services: secure boot, TPM, USB storage, remote login, clock.

use super::context::Context;
use super::identity;
use super::malware;
use super::raw::{Key, Read};

/// `PEFirmwareType` of a machine that starts without UEFI.
const LEGACY_FIRMWARE: i64 = 1;
/// `Start` of a driver that is never loaded.
const DISABLED: i64 = 4;
/// Services that show or take over the desktop to others: VNC in its kinds.
const VNC: &[&str] = &["tvnserver", "uvnc_service", "vncserver", "winvnc4"];
/// Editions that can't be reached by remote desktop: Home in its kinds.
const HOME: &str = "Core";
/// The machine's own clock as a time source: `LOCL`.
const OWN_CLOCK: &str = "0x4c4f434c";
/// `Leap Indicator`: the clock is not synchronised.
const NOT_SYNCHRONISED: i64 = 3;

/// Whether the firmware verifies what it starts.
pub(super) fn secure_boot(context: &Context) -> Option<bool> {
    let keys = context.state.part("keys");
    match keys.key("secure_boot").integer("UEFISecureBootEnabled") {
        Read::Found(value) => Some(value == 1),
        Read::Absent => (keys.key("control").integer("PEFirmwareType") == Read::Found(LEGACY_FIRMWARE)).then_some(false),
        Read::Failed => None,
    }
}

/// Whether there is a TPM 2.0. Only an administrator may ask; asked by one, no row means none.
pub(super) fn tpm_present(context: &Context) -> Option<bool> {
    let rows = context.state.rows("tpm").found()?;
    let Some(tpm) = rows.first() else { return Some(false) };
    Some(tpm.text("SpecVersion")?.split(',').next()?.trim().starts_with("2."))
}

/// Whether USB disks are refused: by driver, by policy, by device management.
pub(super) fn usb_storage_blocked(context: &Context) -> Option<bool> {
    let keys = context.state.part("keys");
    let on = |key: &str, name: &str| flag(keys.key(key), name);
    let disks = both(on("removable_disks", "Deny_Read"), on("removable_disks", "Deny_Write"));
    let storage_card = match keys.key("mdm_system").integer("AllowStorageCard") {
        Read::Found(value) => Some(value == 0),
        Read::Absent => Some(false),
        Read::Failed => None,
    };
    // Newer disks come with a driver of their own.
    let driver = match (keys.key("usb").integer("Start"), keys.key("usb_attached_scsi").integer("Start")) {
        (Read::Found(DISABLED), Read::Found(DISABLED) | Read::Absent) => Some(true),
        (Read::Found(DISABLED), _) | (Read::Failed | Read::Absent, _) => None,
        (Read::Found(_), _) => Some(false),
    };
    let ways = [on("removable", "Deny_All"), disks, storage_card, driver];
    if ways.contains(&Some(true)) {
        return Some(true);
    }
    let rules = ["DenyUnspecified", "DenyDeviceIDs", "DenyDeviceClasses"].map(|name| on("device_rules", name));
    // Rules for devices by id, and device control of other products, may block them in ways that are not seen here.
    let nothing_else = rules.iter().all(|rule| *rule == Some(false)) && malware::other_product(context) == Some(false);
    (nothing_else && ways.iter().all(|way| *way == Some(false))).then_some(false)
}

fn flag(key: Key, name: &str) -> Option<bool> {
    match key.integer(name) {
        Read::Found(value) => Some(value != 0),
        Read::Absent => Some(false),
        Read::Failed => None,
    }
}

fn both(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

/// Whether others can reach remote desktop, SSH or VNC.
pub(super) fn remote_login_enabled(context: &Context) -> Option<bool> {
    let servers: Vec<Option<bool>> = std::iter::once(&"sshd").chain(VNC).map(|name| context.services.started(name)).collect();
    let desktop = remote_desktop(context);
    if desktop == Some(true) || servers.contains(&Some(true)) {
        return Some(true);
    }
    (desktop == Some(false) && servers.iter().all(|server| *server == Some(false))).then_some(false)
}

fn remote_desktop(context: &Context) -> Option<bool> {
    if context.edition()?.starts_with(HOME) {
        return Some(false);
    }
    let keys = context.state.part("keys");
    let denied = match keys.key("terminal_policy").integer("fDenyTSConnections") {
        Read::Absent => keys.key("terminal").integer("fDenyTSConnections"),
        value => value,
    };
    match denied.found()? {
        // Allowed, and may be reached only where the service may start.
        0 => (!context.services.disabled("TermService")?).then_some(true),
        _ => Some(false),
    }
}

/// Whether the clock follows a time server now.
pub(super) fn time_sync(context: &Context) -> Option<bool> {
    if context.services.started("NTP")? {
        // Another client sets the clock; how well is not known.
        return None;
    }
    if context.services.disabled("W32Time")? {
        return None;
    }
    // It runs by turns on machines without a domain: stopped, it does not answer, which is no finding.
    let lines: Vec<String> = context.state.rows("clock").found()?.iter().filter_map(|row| row.text("text")).collect();
    let (leap, stratum) = (first_number(lines.first()?)?, first_number(lines.get(1)?)?);
    let reference = lines.get(5)?.split(|character: char| !character.is_ascii_alphanumeric()).find(|word| word.starts_with("0x"))?;
    if leap == NOT_SYNCHRONISED || reference.eq_ignore_ascii_case(OWN_CLOCK) {
        // The host may set the clock of a virtual machine by other means.
        return (!identity::virtual_machine(context.state)).then_some(false);
    }
    ((0..NOT_SYNCHRONISED).contains(&leap) && (1..16).contains(&stratum)).then_some(true)
}

/// `w32tm` labels its lines in the language of Windows; the order of the lines and the numbers in them are the same everywhere.
fn first_number(line: &str) -> Option<i64> {
    let digits = line.trim_start_matches(|character: char| !character.is_ascii_digit());
    let end = digits.find(|character: char| !character.is_ascii_digit()).unwrap_or(digits.len());
    digits[..end].parse().ok()
}
