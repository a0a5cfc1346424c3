//! States of accounts: members of the administrators' group in all their ways, guest, automatic login.

use super::*;

#[test]
fn states() {
    let members = |rows: Value| json!({ "state": { "administrators": { "rows": rows } } });
    let domain_admins = json!({ "sid": "S-1-5-21-3623811015-3361044348-30300820-512" });
    let role = json!({ "sid": "S-1-12-1-1234567890-1234567890-1234567890-1234567890" });
    let groups = |list: &[&str]| {
        let mut values: Map<String, Value> = list.iter().enumerate().map(|(index, sid)| (format!("Group{index}"), json!(sid))).collect();
        values.insert("Count".to_owned(), json!(list.len()));
        json!({ "state": { "settings": { PERSON: { "groups": { "values": values } } } } })
    };
    let no_groups = json!({ "state": { "settings": { PERSON: { "groups": { "values": null, "error": NO_KEY } } } } });
    let local = json!({ "sid": "S-1-5-21-1004336348-1177238915-682003330-500" });
    check(vec![
        ("the person is in the group", members(json!([local, { "sid": PERSON }])), json!({ "local_admin": true })),
        ("one member, written as an object", members(json!({ "sid": PERSON })), json!({ "local_admin": true })),
        (
            "member through a group of the domain",
            with(members(json!([local, domain_admins])), groups(&["S-1-1-0", "S-1-5-21-3623811015-3361044348-30300820-512"])),
            json!({ "local_admin": true }),
        ),
        (
            "Entra: administrator by a role of the directory",
            with(members(json!([local, role])), groups(&["S-1-1-0", "S-1-5-32-544"])),
            json!({ "local_admin": true }),
        ),
        ("Entra: roles in the group, the person has none", members(json!([local, role])), json!({})),
        (
            "a group of the domain, and the person's groups are not known",
            with(members(json!([local, domain_admins])), no_groups.clone()),
            json!({ "local_admin": null }),
        ),
        ("only accounts of the machine in the group, and the person's groups are not known", no_groups.clone(), json!({})),
        (
            "an orphan of a domain, and the person's groups are not known",
            with(members(json!([local, { "sid": "S-1-5-21-3623811015-3361044348-30300820-1188" }])), no_groups),
            json!({ "local_admin": null }),
        ),
        ("a member without an identifier", members(json!([local, { "name": "orphan" }])), json!({ "local_admin": null })),
        ("the members can't be listed", failed("administrators", CONSTRAINED), json!({ "local_admin": null })),
        ("an empty list is no list", members(json!([])), json!({ "local_admin": null })),
        (
            "two people at two screens, neither at the machine's own",
            json!({ "state": { "people": { "rows": [{ "sid": PERSON, "console": false }, { "sid": "S-1-5-21-1-2-3-1009", "console": false }] } } }),
            json!({ "local_admin": null }),
        ),
        (
            "a cloud PC: the only person comes by remote desktop",
            json!({ "state": { "people": { "rows": [{ "sid": PERSON, "console": false }] } } }),
            json!({}),
        ),
        (
            "somebody's identifier can't be read",
            json!({ "state": { "people": { "rows": [{ "console": true }] } } }),
            json!({ "local_admin": null }),
        ),
        (
            "a domain controller has no accounts of its own",
            json!({ "state": { "computer": { "rows": [{ "Name": "DC1", "DomainRole": 5 }] }, "accounts": { "rows": [] } } }),
            json!({ "local_admin": null, "guest_account_enabled": null }),
        ),
        (
            "the guest may log in",
            json!({ "state": { "accounts": { "rows": [{ "SID": "S-1-5-21-1-2-3-501", "Disabled": false }] } } }),
            json!({ "guest_account_enabled": true }),
        ),
        ("automatic login", key("winlogon", json!({ "AutoAdminLogon": "1" })), json!({ "auto_login_enabled": true })),
        ("automatic login was never set", key("winlogon", json!({ "AutoAdminLogon": null })), json!({})),
        (
            "the key of Winlogon is closed",
            json!({ "state": { "keys": { "winlogon": { "values": null, "error": KEY_DENIED } } } }),
            json!({ "auto_login_enabled": null }),
        ),
    ]);
}
