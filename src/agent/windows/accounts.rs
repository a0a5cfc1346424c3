//! Accounts: is the person at the screen administrator, is there a guest, does somebody log in by himself.

use std::collections::HashSet;

use super::context::Context;
use super::raw::Read;

/// The group of administrators, in every language.
const ADMINISTRATORS: &str = "S-1-5-32-544";
/// `DomainRole` of a domain controller, which has no accounts of its own.
const DOMAIN_CONTROLLER_ROLES: &[i64] = &[4, 5];

/// Whether the daily user is administrator: named in the group, or member of it through another group.
pub(super) fn local_admin(context: &Context) -> Option<bool> {
    let role = context.state.row("computer")?.integer("DomainRole")?;
    if DOMAIN_CONTROLLER_ROLES.contains(&role) {
        return None;
    }
    let person = context.person()?;
    let members = context.state.rows("administrators").found()?;
    // Somebody administers every Windows: an empty list is one that could not be read.
    if members.is_empty() {
        return None;
    }
    let sids: HashSet<String> = members.iter().map(|row| row.text("sid")).collect::<Option<_>>()?;
    if sids.contains(&person.sid) {
        return Some(true);
    }
    match groups(context, &person.sid) {
        Some(groups) => Some(groups.iter().any(|group| group == ADMINISTRATORS || sids.contains(group))),
        // Without the person's groups the members must all be accounts of this machine, for those are no groups.
        None => {
            let machine = machine_sid(context)?;
            sids.iter().all(|sid| sid.starts_with(&machine)).then_some(false)
        }
    }
}

/// What the identifiers of the machine's own accounts begin with, from its guest account.
fn machine_sid(context: &Context) -> Option<String> {
    let guest = context.state.row("accounts")?.text("SID")?;
    Some(format!("{}-", guest.rsplit_once('-')?.0))
}

/// The groups in the person's token when policy was last applied to it, nested and cloud ones too.
fn groups(context: &Context, sid: &str) -> Option<Vec<String>> {
    let key = context.state.part("settings").part(sid).key("groups");
    let count = usize::try_from(key.integer("Count").found()?).ok().filter(|count| *count > 0)?;
    // A list cut short proves nothing absent.
    (0..count).map(|index| key.text(&format!("Group{index}")).found()).collect()
}

/// Whether the guest account (RID 501) may be used.
pub(super) fn guest_account_enabled(context: &Context) -> Option<bool> {
    let disabled: Option<Vec<bool>> = context.state.rows("accounts").found()?.iter().map(|row| row.flag("Disabled")).collect();
    let disabled = disabled.filter(|accounts| !accounts.is_empty())?;
    Some(disabled.contains(&false))
}

/// Whether Windows logs somebody in at its start.
pub(super) fn auto_login_enabled(context: &Context) -> Option<bool> {
    let state = context.state.part("keys");
    // The key is part of every Windows.
    state.key("version").text("CurrentBuild").found()?;
    match state.key("winlogon").integer("AutoAdminLogon") {
        Read::Found(value) => Some(value != 0),
        Read::Absent => Some(false),
        Read::Failed => None,
    }
}
