//! `recoger agent enroll`: a token becomes this device's own key.

use std::io::Read;

use clap::Args;

use super::super::print;
use super::{State, now};
use crate::agent::enroll::{Wishes, enroll};
use crate::agent::identity::{identity, is_root};
use crate::agent::state::StateFolder;
use crate::agent::{self, Options, System};
use crate::domain::enrollment::{EnrollmentToken, TEXT_CHARACTERS_MAX};
use crate::error::{Error, Result};

#[derive(Debug, Args)]
pub(in crate::cli) struct Enroll {
    /// The token, or `-` to read it from standard input, where `ps` does not show it
    #[arg(value_name = "TOKEN", env = "RECOGER_TOKEN", hide_env_values = true)]
    token: String,
    #[command(flatten)]
    state: State,
    /// This is a personal device: report security facts only
    #[arg(long)]
    personal: bool,
    /// Email of the person whose device this is, where the token asks for it
    #[arg(long, value_name = "EMAIL")]
    email: Option<String>,
    /// Show no notification to the person at the screen when a check begins to fail
    #[arg(long)]
    no_notify: bool,
}

pub(super) fn run(command: &Enroll) -> Result<()> {
    let text = match command.token.as_str() {
        "-" => from_stdin()?,
        text => text.to_owned(),
    };
    // First of all: a mistyped token needs no look at the machine.
    let token = EnrollmentToken::parse(&text)?;
    let system = System::this_machine();
    if is_root(&system) == Some(false) {
        eprintln!("This is not run as root: some facts can't be read then and will be missing. Better: sudo recoger agent enroll TOKEN");
    }
    let state = command.state.folder();
    let mut options = Options::new(now());
    state.path().clone_into(&mut options.state_folder);
    let sudo_user = std::env::var("SUDO_USER").ok();
    let identity = identity(&system, &options, sudo_user.as_deref())?;
    eprintln!("{}", agent::notice(command.personal));
    if let Some(user) = &identity.signed_in_user {
        eprintln!("Sent once, to find this device's owner: the login name {}.", print::plain(user));
    }
    let wishes = Wishes { personal: command.personal, notify: !command.no_notify, email: command.email.clone() };
    let enrolled = enroll(&state, &text, &identity, &wishes, now())?;
    let enrollment = enrolled.enrollment;
    if enrollment.personal && !command.personal {
        eprintln!("The appliance knows this device as a personal one: only security facts are collected.");
    }
    if enrolled.waits_for_approval {
        eprintln!("An admin has to approve this device before it counts; it reports already.");
    }
    let trusted = if token.pin.is_some() { "by its public key, which the token names" } else { "by the authorities of this system" };
    print::out(&format!(
        "Enrolled as {} at {}, which is trusted {trusted}.\nThe state lies in {}. A report goes every {}; start with `recoger agent run`, or with the service.",
        print::plain(&enrollment.device_id),
        print::plain(&enrollment.server),
        shown(&state),
        interval(enrollment.report_interval_seconds)
    ))
}

fn shown(state: &StateFolder) -> String {
    print::plain(&state.path().to_string_lossy())
}

/// In the unit that a person would use.
pub(super) fn interval(seconds: u32) -> String {
    let (count, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7200 => (seconds / 60, "minute"),
        _ => (seconds / 3600, "hour"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

fn from_stdin() -> Result<String> {
    let mut text = String::new();
    let limit = TEXT_CHARACTERS_MAX as u64 + 2;
    let read = std::io::stdin().take(limit).read_to_string(&mut text);
    read.map_err(|error| Error::invalid(format!("cannot read the token from standard input: {error}")))?;
    match text.trim() {
        "" => Err(Error::invalid("standard input holds no token; give it as `recoger agent enroll - < FILE`")),
        token => Ok(token.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_read_easily() {
        assert_eq!([1, 60, 3600, 86_400].map(interval), ["1 second", "60 seconds", "60 minutes", "24 hours"]);
    }
}
