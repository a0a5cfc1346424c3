//! One look at a Windows machine: PowerShell reads raw values, everything that is decided from them is decided here.
//!
//! The same text collects on machines without this program, which send the raw values as they are; [`judge`] makes both into a report.
//!
//! What is looked at: `Win32_EncryptableVolume` and the drivers before disks; the firewall's active store, its registry keys and the
//! security center; inactivity limit, DeviceLock, and the screen savers of the people with a desktop; policies, pause and word of Windows
//! Update, installed cumulative updates and fixes; the security center, Defender and services of known products; members of
//! S-1-5-32-544; guest account, automatic login, remote desktop, SSH and VNC, USB storage, secure boot, TPM, `w32tm`. Of a company
//! device also hardware, the programs listed for removal, interfaces with their addresses.

mod accounts;
mod context;
mod encryption;
mod firewall;
mod hardware;
mod identity;
mod malware;
mod network;
mod platform;
mod raw;
mod screen_lock;
mod script;
mod shape;
mod software;
mod updates;

#[cfg(test)]
mod states;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use crate::domain::time::Time;
use crate::error::{Error, Result};

use super::report::{Report, Security};
use super::{Options, System};
use context::Context;
use raw::Raw;
use script::Part;

/// Collects everything that `options` allow. Fails only when nothing names the machine.
pub fn collect(system: &System, options: &Options) -> Result<Report> {
    let wanted = Part::ALL.iter().filter(|part| !(options.personal && **part == Part::Inventory));
    let found: Map<String, Value> = wanted.filter_map(|part| Some((part.name().to_owned(), script::run(system, *part)?))).collect();
    let found = Value::Object(found);
    let serial_number = identity::serial_number(Raw::new(&found).part(Part::State.name()), &options.state_folder)?;
    let mut report = judge(&found, options.now);
    if report.device_name.is_empty() {
        report.device_name.clone_from(&serial_number);
    }
    report.serial_number = serial_number;
    report.agent_version = env!("CARGO_PKG_VERSION").to_owned();
    report.fit();
    Ok(report)
}

/// The report that raw values amount to which came from elsewhere. The error names the first of a wrong shape; what they say in a right
/// one may still be made up, and gives no worse than a fact that is left out or made up.
pub fn judge_sent(found: Map<String, Value>, now: Time) -> Result<Report> {
    shape::check(&found).map_err(Error::invalid)?;
    Ok(judge(&Value::Object(found), now))
}

/// The report that raw values amount to: `{"state": {…}, "updates": {…}, "inventory": {…}}` as the collecting script prints them, looked
/// at `now`. Serial number and version are the sender's to fill in; without `inventory` (a personal device) there is none in the report.
pub fn judge(found: &Value, now: Time) -> Report {
    let found = Raw::new(found);
    let [state, updates, inventory] = [Part::State, Part::Updates, Part::Inventory].map(|part| found.part(part.name()));
    // A program of 32 bits sees another registry than Windows itself.
    let native = state.flag("wow64") == Some(false);
    let context = Context::new(state, updates, now);
    let listed = native && inventory.is_known();
    Report {
        device_name: identity::device_name(state).unwrap_or_default(),
        hardware_uuid: identity::hardware_uuid(state),
        device_type: identity::device_type(&context).to_owned(),
        os_type: "windows".to_owned(),
        os_version: identity::os_version(state),
        os_edition: context.edition(),
        collected_at: Some(now),
        headless: identity::headless(state),
        security: if native { security(&context, inventory) } else { Security::default() },
        hardware: inventory.is_known().then(|| hardware::hardware(state, inventory)),
        software: if listed { software::software(inventory, now) } else { None },
        network: network::network(inventory),
        ..Report::default()
    }
}

fn security(context: &Context, inventory: Raw) -> Security {
    let malware = malware::malware(context);
    let screen_lock = match identity::headless(context.state) {
        Some(true) => screen_lock::ScreenLock::default(),
        _ => screen_lock::screen_lock(context),
    };
    Security {
        disk_encryption: encryption::disk_encryption(context.state),
        firewall_enabled: firewall::firewall_enabled(context),
        screen_lock_enabled: screen_lock.enabled,
        screen_lock_delay_secs: screen_lock.delay_seconds,
        last_update_at: updates::last_update_at(context),
        auto_update_enabled: updates::auto_update_enabled(context),
        antivirus_enabled: malware.antivirus_enabled,
        antivirus_product: malware.antivirus_product,
        antivirus_signatures_at: malware.antivirus_signatures_at,
        edr_installed: malware.edr_installed,
        password_manager: software::password_manager(inventory, context.now),
        local_admin: accounts::local_admin(context),
        usb_storage_blocked: platform::usb_storage_blocked(context),
        remote_login_enabled: platform::remote_login_enabled(context),
        secure_boot: platform::secure_boot(context),
        tpm_present: platform::tpm_present(context),
        auto_login_enabled: accounts::auto_login_enabled(context),
        guest_account_enabled: accounts::guest_account_enabled(context),
        time_sync: platform::time_sync(context),
    }
}
