//! Screen lock of the person at the screen, read in his own session.
//!
//! The desktop is known by its main process, never by which programs are installed: outside a GNOME session `gsettings` answers with
//! defaults that nobody uses. Desktops that are not listed here give no fact.

use super::context::Context;
use super::idle;
use super::ini::is_on;

/// Idle time that never comes.
const NEVER: i64 = -1;

/// What is known of the lock; both unknown by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct ScreenLock {
    /// A credential is needed after the screen has locked by itself.
    pub enabled: Option<bool>,
    /// Seconds from the last input until then; -1 is never.
    pub delay_seconds: Option<i64>,
}

/// Reads the settings of one desktop.
type Reader = fn(&Context) -> ScreenLock;

/// Reads the lock of the desktop that runs at the screen.
pub(super) fn screen_lock(context: &Context) -> ScreenLock {
    let desktops: [(&str, Reader); 8] = [
        ("gnome-shell", gnome),
        ("plasmashell", plasma),
        ("cinnamon", cinnamon),
        ("mate-session", mate),
        ("xfce4-session", xfce),
        ("sway", by_idle_watcher),
        ("Hyprland", hyprland),
        ("niri", by_idle_watcher),
    ];
    let running = desktops.iter().find(|(process, _)| context.person_runs(process).is_some());
    running.map(|(_, read)| read(context)).unwrap_or_default()
}

/// Whether the lock is on, seconds until idle (0 = never), seconds from idle to lock.
fn lock(on: Option<bool>, idle_seconds: Option<i64>, grace_seconds: Option<i64>) -> ScreenLock {
    let delay_seconds = match (on, idle_seconds) {
        (Some(false), _) => Some(NEVER),
        // A grace without an idle time never begins to run.
        (Some(true), Some(idle)) if idle <= 0 => Some(NEVER),
        (Some(true), Some(idle)) => grace_seconds.map(|grace| idle.saturating_add(grace.max(0))),
        _ => None,
    };
    ScreenLock { enabled: on, delay_seconds }
}

fn gnome(context: &Context) -> ScreenLock {
    let setting = |schema: &str, key: &str| gsetting(context, schema, key);
    let forbidden = setting("org.gnome.desktop.lockdown", "disable-lock-screen").and_then(|text| parse_bool(&text));
    let on = setting("org.gnome.desktop.screensaver", "lock-enabled").and_then(|text| parse_bool(&text));
    let on = match (forbidden, on) {
        (Some(true), _) | (_, Some(false)) => Some(false),
        (Some(false), Some(true)) => Some(true),
        _ => None,
    };
    let idle = setting("org.gnome.desktop.session", "idle-delay").and_then(|text| parse_integer(&text));
    let grace = setting("org.gnome.desktop.screensaver", "lock-delay").and_then(|text| parse_integer(&text));
    lock(on, idle, grace)
}

fn cinnamon(context: &Context) -> ScreenLock {
    let on = gsetting(context, "org.cinnamon.desktop.screensaver", "lock-enabled").and_then(|text| parse_bool(&text));
    let idle = gsetting(context, "org.cinnamon.desktop.session", "idle-delay").and_then(|text| parse_integer(&text));
    let grace = gsetting(context, "org.cinnamon.desktop.screensaver", "lock-delay").and_then(|text| parse_integer(&text));
    lock(on, idle, grace)
}

/// MATE counts minutes, and locks only where its screen saver starts when idle.
fn mate(context: &Context) -> ScreenLock {
    let on = gsetting(context, "org.mate.screensaver", "lock-enabled").and_then(|text| parse_bool(&text));
    let starts = gsetting(context, "org.mate.screensaver", "idle-activation-enabled").and_then(|text| parse_bool(&text));
    let minutes =
        |schema: &str, key: &str| gsetting(context, schema, key).and_then(|text| parse_integer(&text)).map(|minutes| minutes * 60);
    let idle = match starts {
        Some(true) => minutes("org.mate.session", "idle-delay"),
        Some(false) => Some(0),
        None => None,
    };
    lock(on, idle, minutes("org.mate.screensaver", "lock-delay"))
}

/// Plasma writes only what differs from its defaults, so an empty answer is the default.
fn plasma(context: &Context) -> ScreenLock {
    let Some(program) = ["kreadconfig6", "kreadconfig5"].into_iter().find(|program| plasma_setting(context, program, "Autolock").is_some())
    else {
        return ScreenLock::default();
    };
    let setting = |key: &str, default: &str| {
        let text = plasma_setting(context, program, key)?;
        Some(if text.is_empty() { default.to_owned() } else { text })
    };
    let on = (|| Some(is_on(&setting("Autolock", "true")?) && is_on(&setting("RequirePassword", "true")?)))();
    let idle = setting("Timeout", "5").and_then(|text| parse_minutes(&text));
    let grace = setting("LockGrace", "5").and_then(|text| text.parse().ok());
    lock(on, idle, grace)
}

fn plasma_setting(context: &Context, program: &str, key: &str) -> Option<String> {
    let text = context.output_in_session(&[program, "--file", "kscreenlockerrc", "--group", "Daemon", "--key", key])?;
    Some(text.trim().to_owned())
}

/// Only Xfce's own screen saver, when it runs; other lockers keep their settings elsewhere.
fn xfce(context: &Context) -> ScreenLock {
    if context.person_runs("xfce4-screensav").is_none() {
        return ScreenLock::default();
    }
    // One list tells a key that is not set (its default holds) from an answer that failed.
    let Some(text) = context.output_in_session(&["xfconf-query", "--channel", "xfce4-screensaver", "--list", "--verbose"]) else {
        return ScreenLock::default();
    };
    parse_xfce(&text)
}

fn parse_xfce(text: &str) -> ScreenLock {
    let value = |key: &str| {
        let words = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        words.into_iter().find(|words| words.first() == Some(&key)).and_then(|words| words.get(1).map(|word| (*word).to_owned()))
    };
    let on = |key: &str| value(key).is_none_or(|text| is_on(&text));
    // Minutes; the default is five.
    let minutes = |key: &str, default: i64| match value(key) {
        Some(text) => text.parse::<i64>().ok().map(|minutes| minutes.saturating_mul(60)),
        None => Some(default * 60),
    };
    let starts = on("/saver/enabled") && on("/saver/idle-activation/enabled");
    let idle = if starts { minutes("/saver/idle-activation/delay", 5) } else { Some(0) };
    let locks = on("/lock/enabled") && on("/lock/saver-activation/enabled");
    lock(Some(locks), idle, minutes("/lock/saver-activation/delay", 0))
}

/// hyprlock may let the screen be opened without a credential for some seconds; only without that is the delay known.
fn hyprland(context: &Context) -> ScreenLock {
    let settings = context.home().and_then(|home| context.system.read(&format!("{home}/.config/hypr/hyprlock.conf"))).unwrap_or_default();
    let grace = settings.lines().filter_map(|line| line.split_once('=')).find(|(key, _)| key.trim() == "grace");
    let none = grace.is_none_or(|(_, value)| value.split('#').next().is_some_and(|value| value.trim() == "0"));
    let found = by_idle_watcher(context);
    if none { found } else { ScreenLock { delay_seconds: None, ..found } }
}

/// Bare compositors lock through an idle watcher. Without one that locks nothing is said: there are other arrangements.
fn by_idle_watcher(context: &Context) -> ScreenLock {
    idle::seconds_until_locked(context).map_or_else(ScreenLock::default, |seconds| lock(Some(true), Some(seconds), Some(0)))
}

fn gsetting(context: &Context, schema: &str, key: &str) -> Option<String> {
    context.output_in_session(&["gsettings", "get", schema, key])
}

fn parse_bool(text: &str) -> Option<bool> {
    match text.trim() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// `300` or, with its type, `uint32 300`.
fn parse_integer(text: &str) -> Option<i64> {
    text.split_whitespace().next_back()?.parse().ok()
}

/// Plasma writes whole or decimal minutes.
fn parse_minutes(text: &str) -> Option<i64> {
    let minutes: f64 = text.parse().ok()?;
    // A day of minutes at most; a cast of more would be meaningless.
    (0.0..=1_440.0).contains(&minutes).then(|| (minutes * 60.0).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::testing::Machine;

    #[track_caller]
    fn check(machine: &Machine, enabled: Option<bool>, delay_seconds: Option<i64>) {
        assert_eq!(screen_lock(&Context::new(&machine.system())), ScreenLock { enabled, delay_seconds });
    }

    fn gnome_with(forbidden: &str, on: &str, idle: &str, grace: &str) -> Machine {
        Machine::new()
            .seat(1000, "anna", "gnome-shell")
            .in_session("gsettings get org.gnome.desktop.lockdown disable-lock-screen", 0, forbidden)
            .in_session("gsettings get org.gnome.desktop.screensaver lock-enabled", 0, on)
            .in_session("gsettings get org.gnome.desktop.session idle-delay", 0, idle)
            .in_session("gsettings get org.gnome.desktop.screensaver lock-delay", 0, grace)
    }

    #[test]
    fn gnome_adds_idle_and_grace() {
        check(&gnome_with("false\n", "true\n", "uint32 300\n", "uint32 30\n"), Some(true), Some(330));
        check(&gnome_with("false\n", "false\n", "uint32 300\n", "uint32 0\n"), Some(false), Some(-1));
        check(&gnome_with("true\n", "true\n", "uint32 300\n", "uint32 0\n"), Some(false), Some(-1));
    }

    #[test]
    fn trap_9_5_5_a_short_grace_without_idle_time_is_never() {
        check(&gnome_with("false\n", "true\n", "uint32 0\n", "uint32 5\n"), Some(true), Some(-1));
    }

    #[test]
    fn settings_of_a_desktop_that_does_not_run_are_not_read() {
        // `gsettings` answers with defaults anywhere.
        let machine = Machine::new().in_session("gsettings get org.gnome.desktop.screensaver lock-enabled", 0, "true\n");
        check(&machine, None, None);
        check(&machine.seat(1000, "anna", "cosmic-comp"), None, None);
    }

    #[test]
    fn a_key_that_can_not_be_read_leaves_the_fact_out() {
        let machine = Machine::new().seat(1000, "anna", "gnome-shell");
        check(&machine, None, None);
        let machine = machine.in_session("gsettings get org.gnome.desktop.screensaver lock-enabled", 0, "true\n");
        check(&machine, None, None);
    }

    fn plasma_with(program: &str, values: [&str; 4]) -> Machine {
        let keys = ["Autolock", "Timeout", "LockGrace", "RequirePassword"];
        keys.iter().zip(values).fold(Machine::new().seat(1000, "anna", "plasmashell"), |machine, (key, value)| {
            machine.in_session(&format!("{program} --file kscreenlockerrc --group Daemon --key {key}"), 0, value)
        })
    }

    #[test]
    fn plasma_defaults_hold_for_missing_keys() {
        check(&plasma_with("kreadconfig6", ["\n", "\n", "\n", "\n"]), Some(true), Some(305));
        check(&plasma_with("kreadconfig5", ["\n", "10\n", "0\n", "\n"]), Some(true), Some(600));
        check(&plasma_with("kreadconfig6", ["\n", "0.5\n", "0\n", "\n"]), Some(true), Some(30));
        check(&plasma_with("kreadconfig6", ["false\n", "\n", "\n", "\n"]), Some(false), Some(-1));
        check(&plasma_with("kreadconfig6", ["\n", "\n", "\n", "false\n"]), Some(false), Some(-1));
        check(&Machine::new().seat(1000, "anna", "plasmashell"), None, None);
    }

    #[test]
    fn cinnamon_and_mate_read_their_own_schemas_in_their_own_units() {
        let cinnamon = Machine::new()
            .seat(1000, "anna", "cinnamon")
            .in_session("gsettings get org.cinnamon.desktop.screensaver lock-enabled", 0, "true\n")
            .in_session("gsettings get org.cinnamon.desktop.session idle-delay", 0, "uint32 900\n")
            .in_session("gsettings get org.cinnamon.desktop.screensaver lock-delay", 0, "uint32 2\n");
        check(&cinnamon, Some(true), Some(902));
        let mate = |starts: &str| {
            Machine::new()
                .seat(1000, "anna", "mate-session")
                .in_session("gsettings get org.mate.screensaver lock-enabled", 0, "true\n")
                .in_session("gsettings get org.mate.screensaver idle-activation-enabled", 0, starts)
                .in_session("gsettings get org.mate.session idle-delay", 0, "5\n")
                .in_session("gsettings get org.mate.screensaver lock-delay", 0, "1\n")
        };
        check(&mate("true\n"), Some(true), Some(360));
        check(&mate("false\n"), Some(true), Some(-1));
    }

    #[test]
    fn xfce_counts_minutes_and_defaults_hold() {
        let list = "/lock/saver-activation/delay           1\n/saver/idle-activation/delay           10\n/saver/mode                            0\n";
        let machine = Machine::new().seat(1000, "anna", "xfce4-session").in_session(
            "xfconf-query --channel xfce4-screensaver --list --verbose",
            0,
            list,
        );
        check(&machine, None, None);
        check(&machine.process(1000, "xfce4-screensav", ""), Some(true), Some(660));
        assert_eq!(parse_xfce("/lock/enabled  false\n"), ScreenLock { enabled: Some(false), delay_seconds: Some(-1) });
        assert_eq!(parse_xfce("/saver/enabled  false\n"), ScreenLock { enabled: Some(true), delay_seconds: Some(-1) });
    }

    #[test]
    fn bare_compositors_are_read_from_their_idle_watcher() {
        let sway = || Machine::new().seat(1000, "anna", "sway");
        check(
            &sway().process(1000, "swayidle", "swayidle|-w|timeout|300|swaylock -f -c 000000|before-sleep|swaylock -f|"),
            Some(true),
            Some(300),
        );
        check(&sway().process(1000, "swayidle", "swayidle|-w|timeout|600|swaymsg x|"), None, None);
        check(&sway(), None, None);
        let file = "# idle\ntimeout 420 'swaylock -f'\nbefore-sleep 'swaylock -f'\n";
        check(&sway().process(1000, "swayidle", "swayidle|-w|").file("/home/anna/.config/swayidle/config", file), Some(true), Some(420));
        let hyprland = |lock: &str| {
            let idle = "listener {\n  timeout = 300\n  on-timeout = hyprlock\n}\n";
            let machine = Machine::new().seat(1000, "anna", "Hyprland").process(1000, "hypridle", "hypridle|");
            machine.file("/home/anna/.config/hypr/hypridle.conf", idle).file("/home/anna/.config/hypr/hyprlock.conf", lock)
        };
        check(&hyprland(""), Some(true), Some(300));
        check(&hyprland("general {\n  grace = 0\n}\n"), Some(true), Some(300));
        check(&hyprland("general {\n  grace = 30\n}\n"), Some(true), None);
        check(&Machine::new().seat(1000, "anna", "Hyprland"), None, None);
    }
}
