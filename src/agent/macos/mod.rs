//! One look at a Mac: each concern in a file of its own, put together here.
//!
//! Programs are named with their whole path: some folders that are searched elsewhere belong to users on a Mac.

mod accounts;
mod boot;
mod context;
mod disk_encryption;
mod extensions;
mod firewall;
mod hardware;
mod kind;
mod login;
mod malware;
mod network;
mod os;
mod password_manager;
mod plist;
mod remote_login;
mod screen_lock;
mod software;
mod time_sync;
mod updates;

#[cfg(all(test, unix))]
pub(crate) mod script_tests;
#[cfg(test)]
pub(crate) mod tests;

use crate::error::Result;

use super::report::{Report, Security};
use super::{Options, System, identity};
use context::Context;

/// Collects everything that `options` allow. Fails only when the serial number can't be read.
pub fn collect(system: &System, options: &Options) -> Result<Report> {
    let serial_number = os::serial_number(system)?;
    let context = Context::new(system);
    let kind = kind::kind(&context);
    let security = security(&context, kind.headless);
    let company = !options.personal;
    let mut report = Report {
        device_name: os::device_name(system).unwrap_or_else(|| serial_number.clone()),
        serial_number,
        hardware_uuid: identity::hardware_uuid(system),
        device_type: kind.device_type.to_owned(),
        os_type: "macos".to_owned(),
        os_version: os::version(system),
        agent_version: env!("CARGO_PKG_VERSION").to_owned(),
        collected_at: Some(options.now),
        headless: kind.headless,
        hardware: company.then(|| hardware::hardware(&context, security.disk_encryption)),
        software: if company { software::software(system, options.now) } else { None },
        network: if company { network::network(system) } else { None },
        security,
        ..Report::default()
    };
    report.fit();
    Ok(report)
}

/// USB storage is not judged: only device management or a security product can refuse it, and neither says so in a place to be read.
fn security(context: &Context, headless: Option<bool>) -> Security {
    let disk_encryption = disk_encryption::disk_encryption(context.system);
    let malware = malware::malware(context);
    let screen_lock = if headless == Some(true) { screen_lock::ScreenLock::default() } else { screen_lock::screen_lock(context) };
    Security {
        disk_encryption,
        firewall_enabled: firewall::firewall_enabled(context),
        screen_lock_enabled: screen_lock.enabled,
        screen_lock_delay_secs: screen_lock.delay_seconds,
        last_update_at: updates::last_update_at(context),
        auto_update_enabled: updates::auto_update_enabled(context),
        antivirus_enabled: malware.antivirus_enabled,
        antivirus_product: malware.antivirus_product,
        antivirus_signatures_at: None,
        edr_installed: malware.edr_installed,
        password_manager: password_manager::password_manager(context.system),
        local_admin: accounts::local_admin(context),
        usb_storage_blocked: None,
        remote_login_enabled: remote_login::remote_login_enabled(context),
        secure_boot: boot::secure_boot(context),
        tpm_present: boot::tpm_present(context),
        auto_login_enabled: login::auto_login_enabled(context, disk_encryption),
        guest_account_enabled: login::guest_account_enabled(context),
        time_sync: time_sync::time_sync(context),
    }
}
