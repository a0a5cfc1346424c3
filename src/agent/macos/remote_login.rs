//! Remote login: SSH, screen sharing or Apple's remote management.

use super::context::Context;

/// Jobs of `launchd` that are there only while the service is switched on.
const JOBS: &[&str] = &["com.openssh.sshd", "com.apple.screensharing"];
/// Exit code of `launchctl print` for a job that is not there.
const NO_SUCH_JOB: i32 = 113;
/// Written by remote management when it is switched on.
const REMOTE_MANAGEMENT: &str = "/Library/Application Support/Apple/Remote Desktop/RemoteManagement.launchd";

/// True when one is on; false when all are known to be off.
pub(super) fn remote_login_enabled(context: &Context) -> Option<bool> {
    let overrides = context.system.output("/bin/launchctl", &["print-disabled", "system"]);
    let jobs: Vec<Option<bool>> = JOBS.iter().map(|job| enabled(context, job, overrides.as_deref())).collect();
    if jobs.contains(&Some(true)) || context.system.read(REMOTE_MANAGEMENT).is_some_and(|text| text == "enabled") {
        return Some(true);
    }
    jobs.iter().all(|job| *job == Some(false)).then_some(false)
}

fn enabled(context: &Context, job: &str, overrides: Option<&str>) -> Option<bool> {
    match context.system.run("/bin/launchctl", &["print", &format!("system/{job}")])?.code {
        0 => Some(true),
        // Switched on, but not there: it may come back with the next start.
        NO_SUCH_JOB if switched_on(overrides?, job) => None,
        NO_SUCH_JOB => Some(false),
        _ => None,
    }
}

/// A line `"com.openssh.sshd" => enabled`; before macOS 13 the same is written `=> false` (not disabled).
fn switched_on(overrides: &str, job: &str) -> bool {
    let line = overrides.lines().find_map(|line| line.trim().strip_prefix(&format!("\"{job}\" => ")));
    line.is_some_and(|state| matches!(state, "enabled" | "false"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::testing::Machine;

    fn mac(ssh: i32, sharing: i32, overrides: &str) -> Machine {
        Machine::new()
            .command("/bin/launchctl print system/com.openssh.sshd", ssh, "")
            .command("/bin/launchctl print system/com.apple.screensharing", sharing, "")
            .command("/bin/launchctl print-disabled system", 0, &format!("disabled services = {{\n{overrides}}}\n"))
    }

    #[track_caller]
    fn check(machine: Machine, expected: Option<bool>) {
        assert_eq!(remote_login_enabled(&Context::new(&machine.system())), expected);
    }

    #[test]
    fn a_job_that_is_there_is_on_and_all_must_be_known_to_be_off() {
        check(mac(0, 113, ""), Some(true));
        check(mac(113, 0, ""), Some(true));
        check(mac(113, 113, ""), Some(false));
        check(mac(113, 113, "\t\"com.openssh.sshd\" => disabled\n\t\"com.apple.screensharing\" => disabled\n"), Some(false));
        check(mac(113, 113, "\t\"com.openssh.sshd\" => true\n"), Some(false));
        check(mac(113, 1, ""), None);
        check(Machine::new(), None);
    }

    #[test]
    fn switched_on_but_not_there_is_unknown() {
        check(mac(113, 113, "\t\"com.openssh.sshd\" => enabled\n"), None);
        // As it was written before macOS 13: not disabled.
        check(mac(113, 113, "\t\"com.apple.screensharing\" => false\n"), None);
    }

    #[test]
    fn remote_management_counts() {
        check(mac(113, 113, "").file(REMOTE_MANAGEMENT, "enabled\n"), Some(true));
    }
}
