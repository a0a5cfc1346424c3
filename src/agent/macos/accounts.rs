//! Whether the person at the screen is administrator of the machine.

use super::context::Context;

/// What Directory Services say of the group `admin`, nested groups and directories included.
pub(super) fn local_admin(context: &Context) -> Option<bool> {
    let person = context.person.as_ref()?;
    parse(&context.system.run("/usr/sbin/dseditgroup", &["-o", "checkmember", "-m", &person.name, "admin"])?.text)
}

/// `yes anna is a member of admin`, `no anna is NOT a member of admin`.
fn parse(text: &str) -> Option<bool> {
    let text = text.trim();
    match text.split(' ').next()? {
        "yes" if text.ends_with(" is a member of admin") => Some(true),
        "no" if text.ends_with(" is NOT a member of admin") => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::testing::Machine;

    #[test]
    fn the_person_at_the_screen_is_asked_about() {
        let local_admin = |person: &str, answer: &str, code: i32| {
            let name = person.split(' ').nth(1).unwrap();
            let machine = Machine::new().command("/usr/bin/stat -f %u %Su /dev/console", 0, person).command(
                &format!("/usr/sbin/dseditgroup -o checkmember -m {name} admin"),
                code,
                answer,
            );
            super::local_admin(&Context::new(&machine.system()))
        };
        assert_eq!(local_admin("501 anna", "yes anna is a member of admin\n", 0), Some(true));
        assert_eq!(local_admin("501 anna", "no anna is NOT a member of admin\n", 67), Some(false));
        assert_eq!(local_admin("501 anna", "oui anna est membre de admin\n", 0), None);
        assert_eq!(local_admin("501 anna", "Record was not found.\n", 64), None);
        // The login screen.
        assert_eq!(local_admin("0 root", "yes root is a member of admin\n", 0), None);
    }
}
