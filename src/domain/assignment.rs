//! Whose device it is that is enrolled: what a token says of that, and how a signed-in name points to a person.

/// How the owner of each device is found. All empty: a device has no owner until an admin gives it one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assignment {
    /// This person, always.
    pub user_id: Option<String>,
    /// Whose email stands beside the device's serial number.
    pub serials: Vec<SerialOwner>,
    /// Whose email is given at the device.
    pub by_email: bool,
    /// Who is signed in at the device.
    pub by_sign_in: bool,
}

/// A line of a list of serial numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SerialOwner {
    /// As the device reports it.
    pub serial_number: String,
    /// Its owner's, in the form that [`super::user::checked_email`] gives.
    pub email: String,
}

/// Accounts that name a function and no person, in lower case.
const SHARED_ACCOUNTS: &[&str] = &[
    "root",
    "admin",
    "administrator",
    "user",
    "guest",
    "system",
    "test",
    "student",
    "owner",
    "default",
    "defaultuser0",
    "localadmin",
    "pi",
];

/// The name of whoever is signed in at a device, as far as it can name a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignedIn {
    /// A whole email address, as directories give it.
    Email(String),
    /// The part before the `@`, perhaps.
    LocalPart(String),
}

impl SignedIn {
    /// Reads `ada`, `ada@example.org`, `CORP\ada` or `AzureAD\ada`, without regard to case; `None` for accounts that many share.
    pub fn parse(text: &str) -> Option<SignedIn> {
        let name = text.rsplit('\\').next().unwrap_or_default().trim().to_lowercase();
        match name.split_once('@') {
            Some(("", _) | (_, "")) => None,
            Some(_) => Some(SignedIn::Email(name)),
            None if name.is_empty() || SHARED_ACCOUNTS.contains(&name.as_str()) => None,
            None => Some(SignedIn::LocalPart(name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signed_in_name_is_an_email_or_its_first_part() {
        for (text, expected) in [
            ("ada", Some(SignedIn::LocalPart("ada".to_owned()))),
            (" CORP\\Ada.Lovelace ", Some(SignedIn::LocalPart("ada.lovelace".to_owned()))),
            ("Ada@Example.org", Some(SignedIn::Email("ada@example.org".to_owned()))),
            ("AzureAD\\ada@example.org", Some(SignedIn::Email("ada@example.org".to_owned()))),
            ("root", None),
            ("PC-7\\Administrator", None),
            ("admin", None),
            ("", None),
            ("CORP\\", None),
            ("@example.org", None),
        ] {
            assert_eq!(SignedIn::parse(text), expected, "{text}");
        }
    }
}
