//! One look at a Linux machine: each concern in a file of its own, put together here.

mod accounts;
mod apt;
mod auto_updates;
mod context;
mod disk_encryption;
mod firewall;
mod firewalld;
mod firmware;
mod flatpak;
mod hardware;
mod idle;
mod ini;
mod kind;
mod last_update;
mod login;
mod malware;
mod network;
mod os;
mod packet_filter;
mod password_manager;
mod remote_login;
mod rpm;
mod screen_lock;
pub(super) mod serial;
mod snap;
mod software;
mod time_sync;
pub(super) mod units;
mod usb;

#[cfg(test)]
mod states;
#[cfg(test)]
mod tests;

use crate::error::Result;

use super::report::{Report, Security};
use super::{Options, System, identity};
use context::Context;

/// Collects everything that `options` allow. Fails only when nothing names the machine.
pub fn collect(system: &System, options: &Options) -> Result<Report> {
    let context = Context::new(system);
    let serial_number = serial::serial_number(system, &options.state_folder)?;
    let kind = kind::kind(&context);
    let os = os::os(system);
    let security = security(&context, &kind);
    let company = !options.personal;
    let mut report = Report {
        device_name: os.host_name.unwrap_or_else(|| serial_number.clone()),
        serial_number,
        hardware_uuid: identity::hardware_uuid(system),
        device_type: kind.device_type.to_owned(),
        os_type: "linux".to_owned(),
        os_version: os.version,
        os_distribution: os.distribution,
        os_edition: os.edition,
        agent_version: env!("CARGO_PKG_VERSION").to_owned(),
        collected_at: Some(options.now),
        headless: Some(kind.headless),
        security,
        hardware: company.then(|| hardware::hardware(system)),
        software: if company { software::software(system, options.now) } else { None },
        network: if company { network::network(system) } else { None },
        notes: Vec::new(),
    };
    report.fit();
    Ok(report)
}

fn security(context: &Context, kind: &kind::Kind) -> Security {
    let malware = malware::malware(context);
    let screen_lock = if kind.headless { screen_lock::ScreenLock::default() } else { screen_lock::screen_lock(context) };
    let login = login::login(context, kind);
    Security {
        disk_encryption: disk_encryption::disk_encryption(context.system),
        firewall_enabled: firewall::firewall_enabled(context),
        screen_lock_enabled: screen_lock.enabled,
        screen_lock_delay_secs: screen_lock.delay_seconds,
        last_update_at: last_update::last_update_at(context.system),
        auto_update_enabled: auto_updates::auto_update_enabled(context),
        antivirus_enabled: malware.antivirus_enabled,
        antivirus_product: malware.antivirus_product,
        antivirus_signatures_at: malware.antivirus_signatures_at,
        edr_installed: malware.edr_installed,
        password_manager: password_manager::password_manager(context.system),
        local_admin: accounts::local_admin(context),
        usb_storage_blocked: usb::usb_storage_blocked(context),
        remote_login_enabled: remote_login::remote_login_enabled(context),
        secure_boot: firmware::secure_boot(context),
        tpm_present: firmware::tpm_present(context),
        auto_login_enabled: login.auto_login_enabled,
        guest_account_enabled: login.guest_account_enabled,
        time_sync: time_sync::time_sync(context),
    }
}
