//! People: who works here, with or without an account, and whether a device is needed.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::access::Role;
use super::named::{exact_parse, named_enum};
use super::time::{Time, optional_day};
use crate::error::{Error, Result as Checked};

named_enum! {
    /// Where the record of a person came from last.
    pub enum PersonSource {
        /// With an account that was made.
        Account = "account",
        /// An admin recorded the person.
        Manual = "manual",
        /// A file that was imported.
        Import = "import",
    }
}

exact_parse! { PersonSource }

/// Most characters of a reason.
pub const REASON_CHARACTERS_MAX: usize = 500;

/// What is known of a person: the part that is kept in versions. Its JSON is what the database keeps of earlier ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRecord {
    /// The person's name.
    pub name: String,
    /// In the form of `domain::user::checked_email`; names the person within the tenant.
    pub email: String,
    /// Whether the person should have a device.
    pub needs_device: bool,
    /// Why none is needed.
    pub reason: Option<String>,
    /// The first day; `None`: was always there.
    #[serde(with = "optional_day")]
    pub joined_on: Option<NaiveDate>,
    /// The last day; `None`: is still there.
    #[serde(with = "optional_day")]
    pub left_on: Option<NaiveDate>,
    /// The account, while there is one.
    pub user_id: Option<String>,
    /// Where this came from.
    pub source: PersonSource,
}

impl PersonRecord {
    /// Somebody of whom only name and email are known.
    pub fn new(name: &str, email: &str, source: PersonSource) -> PersonRecord {
        PersonRecord {
            name: name.to_owned(),
            email: email.to_owned(),
            needs_device: true,
            reason: None,
            joined_on: None,
            left_on: None,
            user_id: None,
            source,
        }
    }

    /// Whether the person counts on `day`, a day of the organisation: first and last day included.
    pub fn counts_on(&self, day: NaiveDate) -> bool {
        self.joined_on.is_none_or(|joined| joined <= day) && !self.has_left_by(day)
    }

    /// Whether the last day was before `day`.
    pub fn has_left_by(&self, day: NaiveDate) -> bool {
        self.left_on.is_some_and(|left| left < day)
    }

    /// Checks what the fields say together. `before` is the version that this one replaces.
    ///
    /// Whoever takes somebody out of the count of missing devices has to say why; an account that came without a device stays as it is.
    pub fn check(&self, before: Option<&PersonRecord>) -> Checked<()> {
        if self.joined_on.zip(self.left_on).is_some_and(|(joined, left)| left < joined) {
            return Err(Error::invalid("`left_on` must not be before `joined_on`"));
        }
        if self.needs_device && self.reason.is_some() {
            return Err(Error::invalid("`reason` says why no device is needed, but `needs_device` is true"));
        }
        let newly_spared = !self.needs_device && before.is_none_or(|before| before.needs_device || before.reason.is_some());
        match newly_spared && self.reason.is_none() {
            true => Err(Error::invalid("`reason` is required where `needs_device` is false")),
            false => Ok(()),
        }
    }
}

/// Whether somebody with a new account of this role should have a device, until an admin says otherwise: those who work with the
/// organisation's data do; admins, viewers and auditors may be there for the appliance alone.
pub fn needs_device_by_role(role: Role) -> bool {
    role == Role::User
}

/// A person's record at some moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// `person_…`
    pub id: String,
    /// What is known.
    pub record: PersonRecord,
    /// Whether the person's account owns an approved device that is not retired.
    pub has_device: bool,
    /// When the appliance learned of the person.
    pub created_at: Time,
    /// Begin of this version.
    pub since: Time,
    /// When the appliance learned of this version.
    pub recorded_at: Time,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::parse_date;

    #[test]
    fn first_and_last_day_count_and_the_days_around_do_not() {
        let mut record = PersonRecord::new("Ada", "ada@example.com", PersonSource::Manual);
        assert!(record.counts_on(parse_date("1970-01-01").unwrap()));
        (record.joined_on, record.left_on) = (parse_date("2026-02-03"), parse_date("2026-02-05"));
        for (day, expected) in
            [("2026-02-02", false), ("2026-02-03", true), ("2026-02-04", true), ("2026-02-05", true), ("2026-02-06", false)]
        {
            assert_eq!(record.counts_on(parse_date(day).unwrap()), expected, "{day}");
        }
    }

    #[test]
    fn whoever_is_spared_needs_a_reason_but_for_accounts_that_came_so() {
        let needing = PersonRecord::new("Ada", "ada@example.com", PersonSource::Manual);
        assert!(needing.check(None).is_ok());
        let spared = PersonRecord { needs_device: false, ..needing.clone() };
        assert!(spared.check(None).is_err());
        assert!(spared.check(Some(&needing)).is_err());
        assert!(spared.check(Some(&spared)).is_ok());
        let told = PersonRecord { reason: Some("works on paper".to_owned()), ..spared.clone() };
        assert!(told.check(None).is_ok());
        // A reason that was given can't be taken away again.
        assert!(spared.check(Some(&told)).is_err());
        assert!(PersonRecord { needs_device: true, ..told }.check(None).is_err());
        let day = parse_date;
        assert!(PersonRecord { joined_on: day("2026-02-03"), left_on: day("2026-02-02"), ..needing.clone() }.check(None).is_err());
        assert!(PersonRecord { joined_on: day("2026-02-03"), left_on: day("2026-02-03"), ..needing }.check(None).is_ok());
    }

    #[test]
    fn the_stored_form_reads_back() {
        let record =
            PersonRecord { left_on: parse_date("2026-02-05"), ..PersonRecord::new("Ada", "ada@example.com", PersonSource::Import) };
        assert_eq!(serde_json::from_value::<PersonRecord>(serde_json::to_value(&record).unwrap()).unwrap(), record);
    }
}
