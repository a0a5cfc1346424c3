//! Updates of the system: whether they install by themselves, and when the newest was installed.

use crate::agent::system::Unreadable;
use crate::domain::time::Time;

use super::context::Context;
use super::plist::Plist;

const SETTINGS: &str = "/Library/Preferences/com.apple.SoftwareUpdate.plist";
/// What a declaration of device management prescribes, which leaves no trace among the managed settings. Readable by root.
const DECLARED: &str = "/var/db/softwareupdate/SoftwareUpdateDDMStatePersistence.plist";
const HISTORY: &str = "/Library/Receipts/InstallHistory.plist";
/// All must be on. What is absent is on, but for the last: that one begins as the person chose when the Mac was set up.
const SWITCHES: &[&str] =
    &["AutomaticCheckEnabled", "AutomaticDownload", "CriticalUpdateInstall", "ConfigDataInstall", "AutomaticallyInstallMacOSUpdates"];
const WITHOUT_DEFAULT: &str = "AutomaticallyInstallMacOSUpdates";
/// From this release on, profiles with these settings are on their way out: one that contradicts the setting decides nothing.
const PROFILES_FADE_FROM: u32 = 26;
/// Programs that install the system's updates, as the history names them.
const INSTALLERS: &[&str] = &["softwareupdated", "softwareupdate", "macOS Installer", "OS X Installer"];
/// What updates of the system are called; `macOS 15.7.1`, `Security Update 2022-005`.
const UPDATES: &[&str] = &["macOS ", "Security Update ", "Rapid Security Response", "Background Security Improvement"];

/// Whether security updates install without anybody's doing.
pub(super) fn auto_update_enabled(context: &Context) -> Option<bool> {
    let settings = match Plist::try_read(context.system, SETTINGS) {
        Ok(settings) => settings,
        Err(Unreadable::Missing) => Plist::empty(),
        Err(_) => return None,
    };
    let mut all = Some(true);
    for switch in SWITCHES {
        match effective(context, &settings, switch) {
            Some(false) => all = Some(false),
            None if all != Some(false) => all = None,
            _ => {}
        }
    }
    match declared(context) {
        Declared::Nothing => all,
        Declared::AlwaysOn => Some(true),
        Declared::Unclear => None,
    }
}

fn effective(context: &Context, settings: &Plist, switch: &str) -> Option<bool> {
    let prescribed = context.managed("com.apple.SoftwareUpdate", |plist| plist.bool(switch));
    let set = settings.bool(switch);
    match (prescribed, set) {
        (Some(prescribed), Some(set)) if prescribed != set && context.release.is_none_or(|release| release >= PROFILES_FADE_FROM) => None,
        (Some(prescribed), _) => Some(prescribed),
        (None, Some(set)) => Some(set),
        // Of another type than a truth value: not understood.
        (None, None) if settings.has(switch) || switch == WITHOUT_DEFAULT => None,
        (None, None) => Some(true),
    }
}

/// What a declaration says of automatic installation.
#[derive(Debug, PartialEq, Eq)]
enum Declared {
    /// There is none, or it is silent about it.
    Nothing,
    /// Both kinds of updates are forced on.
    AlwaysOn,
    /// It can't be read, or says something else.
    Unclear,
}

fn declared(context: &Context) -> Declared {
    let plist = match Plist::try_read(context.system, DECLARED) {
        Ok(plist) => plist,
        Err(Unreadable::Missing) => return Declared::Nothing,
        Err(_) => return Declared::Unclear,
    };
    let Some(policy) = global_settings(&plist) else { return Declared::Nothing };
    let keys = ["automaticallyInstallOSUpdates", "automaticallyInstallSystemAndSecurityUpdates"];
    if keys.iter().all(|key| policy.integer(key) == Some(1)) {
        Declared::AlwaysOn
    } else if keys.iter().any(|key| policy.has(key)) {
        Declared::Unclear
    } else {
        Declared::Nothing
    }
}

fn global_settings(plist: &Plist) -> Option<Plist> {
    plist.below("SUCorePersistedStatePolicyFields")?.below("SUCoreDDMDeclarationGlobalSettings")
}

/// The newer of: the newest update in the history; the last whole look at Apple's servers, if it left nothing to install.
pub(super) fn last_update_at(context: &Context) -> Option<Time> {
    let installed = Plist::read(context.system, HISTORY).and_then(|history| newest_update(&history));
    installed.max(clean_look(context))
}

fn newest_update(history: &Plist) -> Option<Time> {
    let updates = history.members().into_iter().filter(|entry| {
        let is = |key: &str, wanted: &dyn Fn(&str) -> bool| entry.text(key).is_some_and(wanted);
        // Lists of known malware come almost daily and mend nothing.
        !entry.has("contentType")
            && is("processName", &|name| INSTALLERS.contains(&name))
            && is("displayName", &|name| UPDATES.iter().any(|update| name.starts_with(update)))
    });
    updates.filter_map(|entry| entry.time("date")).max()
}

fn clean_look(context: &Context) -> Option<Time> {
    // Updates that are held back by rule are not offered: nothing to install then proves nothing.
    let held_back = context.managed("com.apple.applicationaccess", |plist| plist.bool("forceDelayedSoftwareUpdates")) == Some(true);
    let declared = match Plist::try_read(context.system, DECLARED) {
        Ok(plist) => global_settings(&plist).is_some(),
        Err(reason) => reason != Unreadable::Missing,
    };
    if held_back || declared {
        return None;
    }
    let settings = Plist::read(context.system, SETTINGS)?;
    let nothing_offered = settings.below("RecommendedUpdates").is_none_or(|offered| offered.members().is_empty());
    (settings.integer("LastRecommendedUpdatesAvailable")? == 0 && nothing_offered).then_some(())?;
    settings.time("LastFullSuccessfulDate")
}

#[cfg(test)]
#[path = "updates_tests.rs"]
mod tests;
