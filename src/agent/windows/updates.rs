//! Updates: do they install by themselves, and when was Windows last brought up to date.

use chrono::NaiveDate;

use crate::domain::time::Time;

use super::context::Context;
use super::raw::Read;

/// Programs that install updates in Windows' place. Where one runs, that Windows Update is switched off proves nothing.
const PATCH_AGENTS: &[&str] = &[
    "CcmExec",
    "amagent",
    "NinjaRMMAgent",
    "Action1 Agent",
    "CagService",
    "AteraAgent",
    "ITSPlatform",
    "LTService",
    "Advanced Monitoring Agent",
    "ManageEngine UEMS - Agent",
    "BESClient",
    "TaniumClient",
    "PDQConnectAgent",
    "KaseyaAgent",
];
/// `CurrentState` of a package that is installed, and of one that counts as part of the system.
const INSTALLED: &[i64] = &[112, 128];
/// Seconds from 1601, where a FILETIME begins, to 1970.
const FILETIME_TO_UNIX_SECONDS: i64 = 11_644_473_600;
/// A FILETIME counts in these.
const FILETIME_UNITS_PER_SECOND: i64 = 10_000_000;
/// A time further ahead than this is a fault of the clock or of the record.
const AHEAD_SECONDS_MAX: i64 = 86_400;

/// Whether security updates install without anybody's doing.
pub(super) fn auto_update_enabled(context: &Context) -> Option<bool> {
    let verdict = windows_update(context)?;
    if verdict {
        return Some(true);
    }
    let agents: Option<Vec<bool>> = PATCH_AGENTS.iter().map(|name| context.services.started(name)).collect();
    (!agents?.contains(&true)).then_some(false)
}

/// What Windows Update will do: switched off or paused, policy, device management, and at last its own word.
fn windows_update(context: &Context) -> Option<bool> {
    if context.services.disabled("wuauserv")? || paused(context)? {
        return Some(false);
    }
    let keys = context.state.part("keys");
    let policy = keys.key("update_automatic");
    let managed = keys.key("mdm_update");
    if policy.integer("NoAutoUpdate") == Read::Found(1) || managed.integer("AllowUpdateService") == Read::Found(0) {
        return Some(false);
    }
    let by_policy = match policy.integer("AUOptions") {
        Read::Found(4) => Some(true),
        // Notify before download, before installation, and (servers) before the restart.
        Read::Found(2 | 3 | 7) => Some(false),
        Read::Failed => return None,
        // 5 leaves the choice to the administrator of the machine.
        Read::Found(_) | Read::Absent => None,
    };
    let by_management = match managed.integer("AllowAutoUpdate") {
        Read::Found(1..=4) => Some(true),
        Read::Found(0 | 5) => Some(false),
        Read::Failed => return None,
        Read::Found(_) | Read::Absent => None,
    };
    match (by_policy, by_management) {
        (Some(policy), Some(management)) => (policy == management).then_some(policy),
        (Some(verdict), None) | (None, Some(verdict)) => Some(verdict),
        // 1 never, 2 before download, 3 before installation, 4 as scheduled.
        (None, None) => match context.updates.row("automatic")?.integer("NotificationLevel")? {
            4 => Some(true),
            1..=3 => Some(false),
            _ => None,
        },
    }
}

/// Whether quality updates are paused now.
fn paused(context: &Context) -> Option<bool> {
    let keys = context.state.part("keys");
    match keys.key("update_state").integer("PausedQualityStatus") {
        Read::Found(1) => return Some(true),
        Read::Failed => return None,
        Read::Found(_) | Read::Absent => {}
    }
    match keys.key("update_pause").text("PauseUpdatesExpiryTime") {
        Read::Found(text) if text.trim().is_empty() => Some(false),
        Read::Found(text) => Some(Time::parse(text.trim())? > context.now),
        Read::Absent => Some(false),
        Read::Failed => None,
    }
}

/// The newest of: cumulative update, fix, and search that left nothing to install.
pub(super) fn last_update_at(context: &Context) -> Option<Time> {
    let times = [cumulative_update_at(context), fix_at(context), nothing_left_at(context)];
    times.into_iter().flatten().max()
}

fn not_ahead(context: &Context, moment: Time) -> Option<Time> {
    (moment <= context.now.plus_seconds(AHEAD_SECONDS_MAX) && moment > Time(0)).then_some(moment)
}

fn cumulative_update_at(context: &Context) -> Option<Time> {
    let packages = context.updates.rows("packages").found()?;
    let installed = packages.iter().filter(|row| row.integer("CurrentState").is_some_and(|state| INSTALLED.contains(&state)));
    let times = installed.filter_map(|row| filetime(row.integer("InstallTimeHigh")?, row.integer("InstallTimeLow")?));
    times.filter_map(|moment| not_ahead(context, moment)).max()
}

/// Two halves of 32 bits, which PowerShell shows with a sign.
fn filetime(high: i64, low: i64) -> Option<Time> {
    let half = |value: i64| (i64::from(i32::MIN)..=i64::from(u32::MAX)).contains(&value).then_some(value & 0xFFFF_FFFF);
    let units = half(high)?.checked_mul(1 << 32)?.checked_add(half(low)?)?;
    Some(Time(units / FILETIME_UNITS_PER_SECOND - FILETIME_TO_UNIX_SECONDS))
}

/// Parts of Windows only: neither Office nor Defender's signatures are in this list.
fn fix_at(context: &Context) -> Option<Time> {
    let fixes = context.updates.rows("fixes").found()?;
    fixes.iter().filter_map(|fix| us_date(&fix.text("InstalledOn")?)).filter_map(|moment| not_ahead(context, moment)).max()
}

/// Month, day and year, in this order in every language of Windows.
fn us_date(text: &str) -> Option<Time> {
    let mut parts = text.split('/');
    let (month, day, year) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let date = NaiveDate::from_ymd_opt(year, month, day).filter(|_| parts.next().is_none() && year >= 2000)?;
    Some(Time(date.and_hms_opt(0, 0, 0)?.and_utc().timestamp()))
}

/// A search that left nothing proves Windows current, unless somebody decides what the search may find.
fn nothing_left_at(context: &Context) -> Option<Time> {
    let keys = context.state.part("keys");
    let policy = keys.key("update_policy");
    let free = matches!(keys.key("update_automatic").integer("UseWUServer"), Read::Absent | Read::Found(0))
        && matches!(policy.integer("DeferQualityUpdates"), Read::Absent | Read::Found(0))
        && matches!(policy.integer("DeferQualityUpdatesPeriodInDays"), Read::Absent | Read::Found(0))
        && matches!(keys.key("mdm_update").integer("DeferQualityUpdatesPeriodInDays"), Read::Absent | Read::Found(0))
        && paused(context) == Some(false)
        && context.services.disabled("wuauserv") == Some(false);
    let nothing_left = context.updates.row("pending")?.integer("count")? == 0;
    let searched_at = Time::parse(&context.updates.row("automatic")?.text("searched_at")?)?;
    (free && nothing_left).then(|| not_ahead(context, searched_at)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_of_a_time_may_be_negative() {
        // 2026-11-11T03:12:45Z as 0x01DD5196_C2C6A280.
        let units = (1_794_366_765_i64 + FILETIME_TO_UNIX_SECONDS) * FILETIME_UNITS_PER_SECOND;
        let (high, low) = (units >> 32, units & 0xFFFF_FFFF);
        let signed = if low > i64::from(i32::MAX) { low - (1 << 32) } else { low };
        assert_eq!(filetime(high, signed), Time::parse("2026-11-11T03:12:45Z"));
        assert_eq!(filetime(high, low), filetime(high, signed));
        assert_eq!(filetime(i64::MAX, 0), None);
    }

    #[test]
    fn dates_of_fixes_are_american_or_nothing() {
        assert_eq!(us_date("11/12/2026"), Time::parse("2026-11-12T00:00:00Z"));
        for text in ["12.11.2026", "25/11/2026", "", "01d1a2b3c4d5e6f7", "11/12/2026 00:00:00", "1/2/26"] {
            assert_eq!(us_date(text), None, "{text}");
        }
    }

    #[test]
    fn the_script_asks_for_every_patch_agent() {
        let script = include_str!("../../../assets/collect/windows.ps1");
        for service in PATCH_AGENTS {
            assert!(script.contains(&format!("'{service}'")), "{service}");
        }
    }
}
