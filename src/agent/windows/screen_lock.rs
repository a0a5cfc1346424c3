//! Screen lock: the machine's inactivity limit, the limit of device management, each person's screen saver.
//!
//! People are those with a desktop now; of several the slowest lock counts. A lock of the whole machine binds them all.

use super::context::{Context, Person};
use super::raw::{Key, Raw, Read};

/// Idle time that never comes.
const NEVER: i64 = -1;
/// `DomainRole` of a workstation without a domain.
const STANDALONE: i64 = 0;
/// `DelayLockInterval`: the credential is never asked for; a DWORD of all ones, which PowerShell shows as -1.
const NEVER_ASKED: &[i64] = &[-1, 0xFFFF_FFFF];

/// What is known of the lock; both unknown by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct ScreenLock {
    /// A credential is needed after the screen has locked by itself.
    pub enabled: Option<bool>,
    /// Seconds from the last input until then, at most; -1 is never.
    pub delay_seconds: Option<i64>,
}

/// A screen saver that asks for a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Saver {
    /// After so many seconds.
    Locks(i64),
    /// It is off, or asks for nothing.
    Off,
    /// The settings do not tell.
    Unknown,
}

/// Reads the lock of all people with a desktop.
pub(super) fn screen_lock(context: &Context) -> ScreenLock {
    let limit = machine_limit(context.state);
    let Some(people) = context.people.as_ref().filter(|people| !people.is_empty()) else {
        return limit.map_or(ScreenLock::default(), locks_after);
    };
    let each: Vec<ScreenLock> = people.iter().map(|person| of_person(context, person, limit)).collect();
    let all = |wanted: Option<bool>| each.iter().all(|lock| lock.enabled == wanted);
    let enabled = match () {
        () if each.iter().any(|lock| lock.enabled == Some(false)) => Some(false),
        () if all(Some(true)) => Some(true),
        () => None,
    };
    let delay_seconds = match enabled {
        Some(false) => Some(NEVER),
        // The slowest is known only when all are.
        Some(true) => each.iter().map(|lock| lock.delay_seconds).collect::<Option<Vec<i64>>>().and_then(|delays| delays.into_iter().max()),
        None => None,
    };
    ScreenLock { enabled, delay_seconds }
}

fn locks_after(seconds: i64) -> ScreenLock {
    ScreenLock { enabled: Some(true), delay_seconds: Some(seconds) }
}

/// The shorter of the two limits that bind everybody; 0 switches a limit off.
fn machine_limit(state: Raw) -> Option<i64> {
    let keys = state.part("keys");
    let inactivity = keys.key("limits").integer("InactivityTimeoutSecs").found().filter(|seconds| *seconds > 0);
    let managed = keys.key("mdm_lock");
    // 0 means that a password is demanded; without that the limit has no effect.
    let demanded = managed.integer("DevicePasswordEnabled") == Read::Found(0);
    let minutes = managed.integer("MaxInactivityTimeDeviceLock").found().filter(|minutes| demanded && *minutes > 0);
    [inactivity, minutes.and_then(|minutes| minutes.checked_mul(60))].into_iter().flatten().min()
}

fn of_person(context: &Context, person: &Person, limit: Option<i64>) -> ScreenLock {
    let settings = context.state.part("settings").part(&person.sid);
    let saver = saver(settings.key("saver_policy"), settings.key("saver"), grace(context.state));
    match (limit, saver) {
        (Some(limit), Saver::Locks(seconds)) => locks_after(limit.min(seconds)),
        (Some(limit), _) => locks_after(limit),
        (None, Saver::Locks(seconds)) => locks_after(seconds),
        (None, Saver::Off) => by_sleep(context.state, settings),
        (None, Saver::Unknown) => ScreenLock::default(),
    }
}

/// Seconds after the screen saver came in which nothing is asked for yet; `None` where they can't be read. Unset they are few.
fn grace(state: Raw) -> Option<i64> {
    match state.part("keys").key("winlogon").integer("ScreenSaverGracePeriod") {
        Read::Found(seconds) => Some(seconds).filter(|seconds| *seconds >= 0),
        Read::Absent => Some(0),
        Read::Failed => None,
    }
}

/// Policy goes before the person's own choice, value by value.
fn saver(policy: Key, own: Key, grace: Option<i64>) -> Saver {
    let integer = |name: &str| match policy.integer(name) {
        Read::Absent => own.integer(name),
        value => value,
    };
    let program = match policy.text("SCRNSAVE.EXE") {
        Read::Absent => own.text("SCRNSAVE.EXE"),
        value => value,
    };
    match (integer("ScreenSaveActive"), integer("ScreenSaverIsSecure")) {
        (Read::Found(0), _) => return Saver::Off,
        // Nothing set asks for nothing.
        (Read::Found(_), Read::Found(0) | Read::Absent) => return Saver::Off,
        (Read::Found(1), Read::Found(1)) => {}
        _ => return Saver::Unknown,
    }
    match (program, integer("ScreenSaveTimeOut")) {
        // With "(None)" chosen the other settings stay, and whether Windows then locks differs between releases.
        (Read::Found(program), Read::Found(seconds)) if !program.trim().is_empty() && seconds > 0 => {
            grace.map_or(Saver::Unknown, |grace| Saver::Locks(seconds.saturating_add(grace)))
        }
        _ => Saver::Unknown,
    }
}

/// Without a screen saver a machine may still sleep, or darken its screen, and ask on wake; whether it does so by itself depends on its
/// hardware. Only where nothing asks in either way is the answer certain.
fn by_sleep(state: Raw, settings: Raw) -> ScreenLock {
    let asks_after = settings.key("saver").integer("DelayLockInterval").found();
    let never_asked = asks_after.is_some_and(|seconds| NEVER_ASKED.contains(&seconds));
    let on_wake = ["AC", "DC"].map(|source| asks_on_wake(state, source));
    // In a domain the person's choice does not count, and everything asks.
    let own_choice = state.row("computer").and_then(|computer| computer.integer("DomainRole")) == Some(STANDALONE);
    match own_choice && never_asked && on_wake == [Some(0), Some(0)] {
        true => ScreenLock { enabled: Some(false), delay_seconds: Some(NEVER) },
        false => ScreenLock::default(),
    }
}

/// Whether a credential is needed after sleep, on mains or battery: by policy, else by the power plan in force.
fn asks_on_wake(state: Raw, source: &str) -> Option<i64> {
    match state.part("keys").key("wake_policy").integer(&format!("{source}SettingIndex")) {
        Read::Found(value) => return Some(value),
        Read::Failed => return None,
        Read::Absent => {}
    }
    let rows = state.rows("power").found()?;
    rows.iter().find(|row| row.text("source").as_deref() == Some(source))?.integer("wake")
}
