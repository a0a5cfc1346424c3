//! Screen lock of the person at the screen: whether a password is needed, after how long, and when the screen saver or the dark screen comes.

use super::context::Context;

/// Idle time that never comes.
const NEVER: i64 = -1;
const DOMAIN: &str = "com.apple.screensaver";

/// What is known of the lock; both unknown by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct ScreenLock {
    /// A credential is needed after the screen has locked by itself.
    pub enabled: Option<bool>,
    /// Seconds from the last input until then; -1 is never.
    pub delay_seconds: Option<i64>,
}

/// What `sysadminctl` says: a password is not needed, or so many seconds after the screen went dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Off,
    After(i64),
}

/// Reads the lock; nothing is known while nobody is logged in at the screen.
pub(super) fn screen_lock(context: &Context) -> ScreenLock {
    if context.person.is_none() {
        return ScreenLock::default();
    }
    let prescribed = context.managed(DOMAIN, |plist| plist.bool("askForPassword"));
    let prescribed_grace = context.managed(DOMAIN, |plist| plist.integer("askForPasswordDelay"));
    let (enabled, grace) = match (status(context), prescribed) {
        // A profile and the state that contradict each other: one of them is out of date.
        (Some(Status::Off), Some(true)) | (Some(Status::After(_)), Some(false)) | (None, Some(false) | None) => (None, None),
        (Some(Status::Off), _) => (Some(false), None),
        // The longer of both: at the latest then a password is needed.
        (Some(Status::After(seconds)), _) => (Some(true), Some(seconds.max(prescribed_grace.unwrap_or(seconds)))),
        (None, Some(true)) => (Some(true), prescribed_grace),
    };
    let idle = idle_seconds(screen_saver_seconds(context), display_sleep_seconds(context));
    ScreenLock { enabled, delay_seconds: delay(enabled, idle, grace) }
}

fn delay(enabled: Option<bool>, idle: Option<i64>, grace: Option<i64>) -> Option<i64> {
    match (enabled?, idle) {
        (false, _) | (true, Some(NEVER)) => Some(NEVER),
        (true, Some(idle)) => grace.map(|grace| idle.saturating_add(grace)),
        (true, None) => None,
    }
}

/// The earlier of screen saver and dark screen, each in seconds, 0 for never. A screen saver whose time is not set comes by a default
/// that differs between releases: then the dark screen is the latest moment.
fn idle_seconds(saver: Option<i64>, display: Option<i64>) -> Option<i64> {
    match (saver.filter(|seconds| *seconds >= 0), display) {
        (Some(saver @ 1..), Some(display @ 1..)) => Some(saver.min(display)),
        (Some(seconds @ 1..), _) | (_, Some(seconds @ 1..)) => Some(seconds),
        (Some(0), Some(0)) => Some(NEVER),
        _ => None,
    }
}

/// Written to standard error, in the session of the person.
fn status(context: &Context) -> Option<Status> {
    let command = context.as_person(&["/usr/sbin/sysadminctl", "-screenLock", "status"])?;
    let mut arguments = vec!["-c", "exec \"$@\" 2>&1", "sh"];
    arguments.extend(command.iter().map(String::as_str));
    parse_status(&context.system.run("/bin/sh", &arguments)?.text)
}

/// `2026-11-24 09:00:00.123 sysadminctl[812:9044] screenLock delay is 300 seconds`, `… is immediate` or `screenLock is off`.
fn parse_status(text: &str) -> Option<Status> {
    let (_, state) = text.lines().find_map(|line| line.split_once("screenLock "))?;
    let state = state.trim();
    match state {
        "is off" => return Some(Status::Off),
        "delay is immediate" => return Some(Status::After(0)),
        _ => {}
    }
    let number = state.strip_prefix("delay is ")?.strip_suffix(" seconds")?;
    let whole = number.split_once('.').map_or(Some(number), |(whole, rest)| rest.bytes().all(|byte| byte == b'0').then_some(whole))?;
    match whole.parse::<i64>().ok()? {
        -1 => Some(Status::Off),
        seconds @ 0.. => Some(Status::After(seconds)),
        _ => None,
    }
}

/// What a profile prescribes, else the person's own setting for this machine.
fn screen_saver_seconds(context: &Context) -> Option<i64> {
    if let Some(seconds) = context.managed(DOMAIN, |plist| plist.integer("idleTime")) {
        return Some(seconds);
    }
    let command = context.as_person(&["/usr/bin/defaults", "-currentHost", "read", DOMAIN, "idleTime"])?;
    let (program, arguments) = command.split_first()?;
    let text = context.system.output(program, &arguments.iter().map(String::as_str).collect::<Vec<_>>())?;
    text.trim().parse().ok()
}

/// The longest of all power sources, in seconds; 0 as soon as one of them never darkens.
fn display_sleep_seconds(context: &Context) -> Option<i64> {
    parse_display_sleep(&context.system.output("/usr/bin/pmset", &["-g", "custom"])?)
}

/// A heading for each power source (`Battery Power:`), below it indented settings; `displaysleep` counts minutes.
fn parse_display_sleep(text: &str) -> Option<i64> {
    let sources = text.lines().filter(|line| line.ends_with("Power:")).count();
    let minutes = text.lines().filter_map(|line| line.trim().strip_prefix("displaysleep ")?.trim().parse::<i64>().ok());
    let minutes: Vec<i64> = minutes.filter(|minutes| *minutes >= 0).collect();
    if sources == 0 || minutes.len() != sources {
        return None;
    }
    let never = minutes.contains(&0);
    minutes.into_iter().max().map(|longest| if never { 0 } else { longest.saturating_mul(60) })
}

#[cfg(test)]
#[path = "screen_lock_tests.rs"]
mod tests;
