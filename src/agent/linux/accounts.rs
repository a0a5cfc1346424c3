//! Whether the person at the screen is administrator of the machine.

use super::context::Context;

/// Groups that may do everything by the rules that distributions ship.
const ADMINISTRATORS: &[&str] = &["sudo", "wheel", "admin"];

/// True for a member of an administrators' group or one whom sudo lets do everything; false only when sudo, asked by root, says so.
pub(super) fn local_admin(context: &Context) -> Option<bool> {
    let person = context.person.as_ref()?;
    if person.uid == 0 {
        return Some(true);
    }
    let groups = context.system.output("id", &["-Gn", "--", &person.name])?;
    if groups.split_whitespace().any(|group| ADMINISTRATORS.contains(&group)) {
        return Some(true);
    }
    if !context.root {
        return None;
    }
    // Exit code 1 comes with the sentence that he may not; any other failure says nothing.
    parse_sudo(&context.system.run("sudo", &["-n", "-l", "-U", &person.name])?.text)
}

fn parse_sudo(text: &str) -> Option<bool> {
    if text.contains("is not allowed to run sudo") {
        return Some(false);
    }
    let (defaults, rules) = text.split_once("may run the following commands")?;
    // With these sudo asks for the password of another, which he may not know.
    let defaults: Vec<&str> = defaults.split([',', ' ', '\n']).collect();
    if ["targetpw", "rootpw", "runaspw"].iter().any(|word| defaults.contains(word)) {
        return None;
    }
    let everything = rules.lines().map(str::trim).filter(|line| line.starts_with('(')).any(|line| {
        let commands = line.split_once(')').map_or("", |(_, commands)| commands);
        commands.split([',', ' ']).any(|word| word == "ALL")
    });
    Some(everything)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::testing::Machine;

    fn anna(groups: &str) -> Machine {
        Machine::new().seat(1000, "anna", "gnome-shell").command("id -Gn -- anna", 0, groups)
    }

    #[track_caller]
    fn check(machine: Machine, expected: Option<bool>) {
        assert_eq!(local_admin(&Context::new(&machine.system())), expected);
    }

    const SUDO: &str = "sudo -n -l -U anna";

    #[test]
    fn members_of_the_groups_are_administrators() {
        check(anna("anna adm cdrom sudo\n"), Some(true));
        check(anna("anna wheel\n"), Some(true));
        check(anna("anna sudoku administrators\n"), None);
    }

    #[test]
    fn sudo_has_the_last_word() {
        check(anna("anna\n").command(SUDO, 1, "User anna is not allowed to run sudo on host.\n"), Some(false));
        let all = "Matching Defaults entries for anna on host:\n    env_reset\n\nUser anna may run the following commands on host:\n    (ALL : ALL) NOPASSWD: ALL\n";
        check(anna("anna\n").command(SUDO, 0, all), Some(true));
        let one = "User anna may run the following commands on host:\n    (root) NOPASSWD: /usr/bin/systemctl restart nginx\n";
        check(anna("anna\n").command(SUDO, 0, one), Some(false));
        check(anna("anna\n").command(SUDO, 1, ""), None);
        let target = "Matching Defaults entries for anna on host:\n    always_set_home, env_reset, targetpw\n\nUser anna may run the following commands on host:\n    (ALL) ALL\n";
        check(anna("anna users\n").command(SUDO, 0, target), None);
    }

    #[test]
    fn nobody_at_the_screen_is_unknown() {
        check(Machine::new(), None);
    }
}
