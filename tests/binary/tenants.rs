//! A tenant moves from one appliance to another, both serving meanwhile.

use crate::support::binary::{Binary, code};
use crate::support::request::get;

const EMAIL: &str = "ann@example.org";
const PASSWORD: &str = "seven geese crossed the frozen lake";

#[test]
fn a_tenant_moves_and_its_people_and_keys_get_on_as_before() {
    let (old, new) = (Binary::start(), Binary::start());
    let added = old.beside_with_input(&["tenant", "add", "Example Ltd", "--admin", EMAIL, "--password-stdin"], PASSWORD);
    assert_eq!(code(&added), Some(0), "{added:?}");
    let key = old.beside(&["api-key", "add", "--tenant", "Example Ltd", "--role", "admin", "--name", "script"]);
    let key = key.stdout.trim();
    old.sign_in(EMAIL, PASSWORD).unwrap();
    let file = old.data().with_file_name("example.tenant");
    let file = file.to_str().unwrap();
    let exported = old.beside(&["tenant", "export", "example ltd", file]);
    assert_eq!(code(&exported), Some(0), "{exported:?}");
    let again = old.beside(&["tenant", "export", "Example Ltd", file]);
    assert!(code(&again) == Some(1) && again.stderr.contains("exists already"), "{again:?}");
    let missing = old.beside(&["tenant", "export", "nobody", "never.tenant"]);
    assert_eq!(code(&missing), Some(1), "{missing:?}");
    let back = old.beside(&["tenant", "import", file]);
    assert!(code(&back) == Some(1) && back.stderr.contains("here already"), "{back:?}");

    assert!(new.sign_in(EMAIL, PASSWORD).is_err());
    let imported = new.beside(&["tenant", "import", file, "--as", "Example", "--json"]);
    assert_eq!(code(&imported), Some(0), "{imported:?}");
    let token = new.sign_in(EMAIL, PASSWORD).unwrap();
    for credential in [token.as_str(), key] {
        let log = new.send(&get("/v1/audit-logs").with_bearer(credential));
        assert_eq!(log.status, 200, "{}", log.text());
        assert!(log.text().contains("tenant_exported") && log.text().contains("tenant_imported"), "{}", log.text());
    }
    for command in [&["check"][..], &["audit", "verify", "--tenant", "Example"]] {
        let state = new.beside(command);
        assert_eq!(code(&state), Some(0), "{state:?}");
    }
}
