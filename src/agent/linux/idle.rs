//! Idle watchers of bare compositors: after how many seconds swayidle or hypridle starts a locker.
//!
//! Read are the arguments of the watcher that runs, and the file it was started with. Only timeouts and commands are looked at.

use super::context::Context;

/// Programs that lock the screen. Only those that always ask for a credential.
const LOCKERS: &[&str] = &["swaylock", "hyprlock", "gtklock", "waylock"];
/// What asks the watcher itself to lock, by its own lock command.
const REQUESTS: &[&str] = &["loginctl lock-session", "loginctl lock-sessions"];

/// Seconds of idleness after which the person's watcher locks, with the grace that the locker gives; `None` when it can't be told.
pub(super) fn seconds_until_locked(context: &Context) -> Option<i64> {
    swayidle(context).or_else(|| hypridle(context))
}

fn swayidle(context: &Context) -> Option<i64> {
    let arguments = context.arguments(context.person_runs("swayidle")?)?;
    let given = arguments.iter().any(|word| word == "timeout");
    let words = if given {
        arguments
    } else {
        let named = option(&arguments, &["-C"]);
        let own = || Some(format!("{}/.config/swayidle/config", context.home()?));
        let paths = named.map(|path| vec![path]).unwrap_or_else(|| own().into_iter().chain(["/etc/swayidle/config".to_owned()]).collect());
        let text = paths.iter().find_map(|path| context.system.read(path))?;
        text.lines().filter(|line| !line.trim_start().starts_with('#')).flat_map(shell_words).collect()
    };
    parse_swayidle(&words)
}

/// The shortest `timeout SECONDS COMMAND` whose command locks, by itself or through `lock COMMAND`.
fn parse_swayidle(words: &[String]) -> Option<i64> {
    let on_request = words.windows(2).find(|pair| pair[0] == "lock").and_then(|pair| locker_grace(&pair[1]));
    let timeouts = words.windows(3).filter(|words| words[0] == "timeout");
    shortest(timeouts.map(|words| (words[1].as_str(), words[2].as_str())), on_request)
}

fn hypridle(context: &Context) -> Option<i64> {
    let arguments = context.arguments(context.person_runs("hypridle")?)?;
    let path = match option(&arguments, &["-c", "--config"]) {
        Some(path) => path,
        None => format!("{}/.config/hypr/hypridle.conf", context.home()?),
    };
    parse_hypridle(&context.system.read(&path)?)
}

/// Blocks `general { lock_cmd = … }` and `listener { timeout = SECONDS, on-timeout = … }`, a line for each setting.
fn parse_hypridle(text: &str) -> Option<i64> {
    // What other files or variables say is not known.
    if text.lines().any(|line| line.trim_start().starts_with(['$']) || line.trim_start().starts_with("source")) {
        return None;
    }
    let mut block = "";
    let mut lock_command = None;
    let mut listeners: Vec<(&str, &str)> = Vec::new();
    for line in text.lines().map(|line| line.split('#').next().unwrap_or("").trim()) {
        if let Some(name) = line.strip_suffix('{') {
            block = name.trim();
            listeners.extend((block == "listener").then_some(("", "")));
        } else if let Some((key, value)) = line.split_once('=') {
            let value = value.trim();
            match (block, key.trim(), listeners.last_mut()) {
                ("general", "lock_cmd", _) => lock_command = Some(value),
                ("listener", "timeout", Some(listener)) => listener.0 = value,
                ("listener", "on-timeout", Some(listener)) => listener.1 = value,
                _ => {}
            }
        }
    }
    shortest(listeners.into_iter(), lock_command.and_then(locker_grace))
}

/// Of timeouts with commands the first that locks, with the locker's grace; `on_request` is the grace of the watcher's own lock command.
fn shortest<'a>(timeouts: impl Iterator<Item = (&'a str, &'a str)>, on_request: Option<i64>) -> Option<i64> {
    timeouts
        .filter_map(|(seconds, command)| {
            let seconds = seconds.parse::<i64>().ok().filter(|seconds| *seconds > 0)?;
            let grace = if REQUESTS.contains(&command.trim()) { on_request } else { locker_grace(command) }?;
            seconds.checked_add(grace)
        })
        .min()
}

/// Whether a command starts a locker, and after how many more seconds a credential is needed. The locker must be what a part of the command
/// runs, and that part must not wait for the success of another: `pidof hyprlock || hyprlock` locks, `some-check && swaylock` may not.
fn locker_grace(command: &str) -> Option<i64> {
    let mut rest = command;
    while !rest.is_empty() {
        let end = rest.find(['|', '&', ';']).unwrap_or(rest.len());
        let words = shell_words(&rest[..end]);
        let words = words.strip_prefix(&["exec".to_owned()]).unwrap_or(&words);
        let program = words.first().map(|word| word.rsplit('/').next().unwrap_or(word));
        if program.is_some_and(|program| LOCKERS.contains(&program)) {
            return grace(words);
        }
        if rest[end..].starts_with("&&") {
            return None;
        }
        rest = rest[end..].trim_start_matches(['|', '&', ';']);
    }
    None
}

/// The seconds of `--grace`, none by default.
fn grace(words: &[String]) -> Option<i64> {
    let apart = words.windows(2).find(|pair| pair[0] == "--grace").map(|pair| pair[1].as_str());
    let joined = words.iter().find_map(|word| word.strip_prefix("--grace="));
    match apart.or(joined) {
        Some(seconds) => seconds.parse().ok().filter(|seconds| *seconds >= 0),
        None => Some(0),
    }
}

fn option(arguments: &[String], names: &[&str]) -> Option<String> {
    arguments.windows(2).find(|pair| names.contains(&pair[0].as_str())).map(|pair| pair[1].clone())
}

/// Words by blanks, those in quotation marks whole.
fn shell_words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut begun = false;
    for character in line.chars() {
        match (character, quote) {
            ('\'' | '"', None) => (quote, begun) = (Some(character), true),
            (end, Some(open)) if end == open => quote = None,
            (blank, None) if blank.is_whitespace() => {
                if begun {
                    words.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            (other, _) => {
                word.push(other);
                begun = true;
            }
        }
    }
    words.extend(begun.then_some(word));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn sway(line: &str, expected: Option<i64>) {
        assert_eq!(parse_swayidle(&shell_words(line)), expected, "{line}");
    }

    #[test]
    fn swayidle_counts_the_first_timeout_that_locks() {
        sway(
            "swayidle -w timeout 300 'swaylock -f -c 000000' timeout 600 'swaymsg \"output * dpms off\"' before-sleep 'swaylock -f'",
            Some(300),
        );
        sway("swayidle -w timeout 600 'swaymsg x'", None);
        sway("swayidle timeout 300 'loginctl lock-session' lock 'swaylock -f'", Some(300));
        sway("swayidle timeout 300 'loginctl lock-session'", None);
        sway("swayidle timeout 240 'swaylock --grace 10 --fade-in 1' timeout 900 swaylock", Some(250));
        sway("swayidle timeout 300 '/usr/local/bin/my-swaylock-wrapper.sh'", None);
        sway("swayidle timeout 0 swaylock", None);
        sway("swayidle timeout 60 'playerctl pause; exec swaylock --grace=5'", Some(65));
        sway("swayidle timeout 60 'my-check && swaylock'", None);
        sway("swayidle timeout 60 'notify-send \"swaylock comes\"'", None);
        sway("swayidle timeout 120 /run/current-system/sw/bin/swaylock", Some(120));
    }

    #[test]
    fn hypridle_locks_by_itself_or_through_its_lock_command() {
        let listener =
            |timeout: &str, command: &str| format!("listener {{\n    timeout = {timeout} # seconds\n    on-timeout = {command}\n}}\n");
        let general = "general {\n    lock_cmd = pidof hyprlock || hyprlock\n    before_sleep_cmd = loginctl lock-session\n}\n";
        let dim = listener("150", "brightnessctl -s set 10");
        assert_eq!(parse_hypridle(&format!("{general}{dim}{}", listener("300", "loginctl lock-session"))), Some(300));
        assert_eq!(parse_hypridle(&format!("{dim}{}", listener("300", "loginctl lock-session"))), None);
        assert_eq!(parse_hypridle(&listener("600", "hyprlock --grace 5")), Some(605));
        assert_eq!(parse_hypridle(&format!("{general}{dim}")), None);
        assert_eq!(parse_hypridle(&format!("$time = 5\n{}", listener("$time", "hyprlock"))), None);
        assert_eq!(parse_hypridle(&listener("300", "pidof -q hyprlock")), None);
    }
}
