//! Services: what people say of one, the questionnaire, when its next review is due, and the facts that checks judge.

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::compliance::Status;
use super::device::Source;
use super::facts::Facts;
use super::named::{exact_parse, named_enum};
use super::time::{Time, optional_day};

named_enum! {
    /// How confidential the data in a service are.
    pub enum DataClassification {
        /// Anybody may know them.
        Public = "public",
        /// For everybody inside the organisation.
        Internal = "internal",
        /// For those who need them.
        Confidential = "confidential",
        /// For named persons.
        Restricted = "restricted",
    }
}

exact_parse! { DataClassification }

/// Shortest and longest interval between reviews, days; the longest is that of the check `service.review_frequency`.
pub const REVIEW_INTERVAL_DAYS: std::ops::RangeInclusive<u32> = 1..=1096;
/// Interval for confidential and restricted data, days.
const REVIEW_INTERVAL_CONFIDENTIAL_DAYS: u32 = 90;
/// Interval for all others, days.
const REVIEW_INTERVAL_OTHER_DAYS: u32 = 365;

/// The questionnaire. `None` is not answered, which is no data and never off.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Answers {
    /// Sign-in runs over the central identity provider.
    pub sso_enabled: Option<bool>,
    /// Multi-factor authentication is enforced.
    pub mfa_enforced: Option<bool>,
    /// The service records who did what.
    pub audit_logging_enabled: Option<bool>,
    /// Stored data are encrypted.
    pub encryption_at_rest: Option<bool>,
    /// Where data are stored and processed: ISO 3166 country codes, `EU`, `EEA`.
    pub data_location: Option<Vec<String>>,
}

impl Answers {
    /// Takes over what `given` answers; what it leaves open stays.
    pub fn update(&mut self, given: &Answers) {
        self.sso_enabled = given.sso_enabled.or(self.sso_enabled);
        self.mfa_enforced = given.mfa_enforced.or(self.mfa_enforced);
        self.audit_logging_enabled = given.audit_logging_enabled.or(self.audit_logging_enabled);
        self.encryption_at_rest = given.encryption_at_rest.or(self.encryption_at_rest);
        if given.data_location.is_some() {
            self.data_location.clone_from(&given.data_location);
        }
    }
}

/// What is known of a service: the part that is kept in versions. Its JSON is what the database keeps of earlier ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Unique within the tenant without regard to case.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Free text; the interface suggests some.
    pub category: Option<String>,
    /// Where it is.
    pub url: Option<String>,
    /// Who decides on access and reviews it.
    pub owner_id: Option<String>,
    /// How confidential its data are.
    pub data_classification: Option<DataClassification>,
    /// The questionnaire.
    #[serde(flatten)]
    pub answers: Answers,
    /// Whether it processes personal data.
    pub processes_personal_data: Option<bool>,
    /// Days between reviews; `None`: by the classification.
    pub review_interval_days: Option<u32>,
    /// Tags, in the order given.
    pub tags: Vec<String>,
    /// The latest day on which it was reviewed.
    #[serde(with = "optional_day")]
    pub last_review_date: Option<NaiveDate>,
    /// When the next review is due; `None` until the first review.
    #[serde(with = "optional_day")]
    pub next_review_date: Option<NaiveDate>,
    /// Whether the last review named that day; else it follows from the interval.
    pub next_review_agreed: bool,
    /// The least of those who vouch for it.
    pub source: Source,
}

impl Record {
    /// A service of which nothing is known but the name.
    pub fn new(name: &str, source: Source) -> Record {
        Record {
            name: name.to_owned(),
            description: None,
            category: None,
            url: None,
            owner_id: None,
            data_classification: None,
            answers: Answers::default(),
            processes_personal_data: None,
            review_interval_days: None,
            tags: Vec::new(),
            last_review_date: None,
            next_review_date: None,
            next_review_agreed: false,
            source,
        }
    }

    /// Days between reviews: as set, else 90 for confidential and restricted data and 365 for all others.
    pub fn interval_days(&self) -> u32 {
        self.review_interval_days.unwrap_or(default_interval_days(self.data_classification))
    }

    /// The day on which a review is due after one on `day`.
    pub fn due_after(&self, day: NaiveDate) -> Option<NaiveDate> {
        day.checked_add_days(Days::new(u64::from(self.interval_days())))
    }

    /// Brings the due day in line with the interval, unless a review named one.
    pub fn follow_interval(&mut self) {
        if !self.next_review_agreed {
            self.next_review_date = self.last_review_date.and_then(|day| self.due_after(day));
        }
    }

    /// Takes over a review of `day` with its `answers`, which named `agreed` as the next day or none. One that is older than the last
    /// review says nothing of the present: it changes nothing here.
    pub fn take_review(&mut self, day: NaiveDate, agreed: Option<NaiveDate>, answers: &Answers) {
        if self.last_review_date.is_some_and(|last| last > day) {
            return;
        }
        self.answers.update(answers);
        self.last_review_date = Some(day);
        self.next_review_agreed = agreed.is_some();
        self.next_review_date = agreed;
        self.follow_interval();
    }

    /// What checks judge; `owner_active` is `None` without an owner.
    pub fn facts(&self, owner_active: Option<bool>) -> Facts<'static> {
        let day = |day: Option<NaiveDate>| json!(day.map(|day| day.to_string()));
        let answers = &self.answers;
        Facts::from_fields(vec![
            ("name", json!(self.name)),
            ("category", json!(self.category)),
            ("owner_id", json!(self.owner_id)),
            ("owner_active", json!(owner_active)),
            ("data_classification", json!(self.data_classification)),
            ("sso_enabled", json!(answers.sso_enabled)),
            ("mfa_enforced", json!(answers.mfa_enforced)),
            ("audit_logging_enabled", json!(answers.audit_logging_enabled)),
            ("encryption_at_rest", json!(answers.encryption_at_rest)),
            ("processes_personal_data", json!(self.processes_personal_data)),
            ("data_location", json!(answers.data_location)),
            ("last_review_date", day(self.last_review_date)),
            ("next_review_date", day(self.next_review_date)),
            ("tags", json!(self.tags)),
        ])
    }

    /// The fields with their values in `self` and `new` that differ, by name.
    pub fn changes_to(&self, new: &Record) -> Vec<(String, Value, Value)> {
        let (old, mut new) = (self.fields(), new.fields());
        let differing = old.into_iter().filter_map(|(field, old)| {
            let new = new.remove(&field).unwrap_or_default();
            (old != new).then_some((field, old, new))
        });
        differing.collect()
    }

    /// Every field as JSON.
    fn fields(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(fields)) => fields,
            // A struct with texts for keys is always an object.
            _ => Map::new(),
        }
    }
}

/// A service at some moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// `svc_…`
    pub id: String,
    /// What is known of it.
    pub record: Record,
    /// When it was recorded first.
    pub created_at: Time,
    /// Begin of this version of the record.
    pub since: Time,
    /// When the appliance learned of this version.
    pub recorded_at: Time,
    /// How it stands.
    pub status: Status,
    /// Since when.
    pub status_since: Time,
    /// When the appliance learned of that.
    pub status_recorded_at: Time,
    /// When time alone changes a verdict or the status next.
    pub changes_at: Option<Time>,
    /// When it left the inventory.
    pub retired_at: Option<Time>,
}

/// Days between reviews where none are set.
pub fn default_interval_days(classification: Option<DataClassification>) -> u32 {
    use DataClassification::{Confidential, Restricted};
    match classification {
        Some(Confidential | Restricted) => REVIEW_INTERVAL_CONFIDENTIAL_DAYS,
        _ => REVIEW_INTERVAL_OTHER_DAYS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::check::Subject;
    use crate::domain::facts::kind_of;
    use crate::domain::time::parse_date;

    fn day(text: &str) -> NaiveDate {
        parse_date(text).unwrap()
    }

    fn service() -> Record {
        Record::new("GitHub", Source::Person)
    }

    #[test]
    fn the_interval_is_as_set_else_by_the_classification() {
        let interval =
            |classification, set| Record { data_classification: classification, review_interval_days: set, ..service() }.interval_days();
        use DataClassification::{Confidential, Internal, Public, Restricted};
        assert_eq!([None, Some(Public), Some(Internal)].map(|classification| interval(classification, None)), [365; 3]);
        assert_eq!([Confidential, Restricted].map(|classification| interval(Some(classification), None)), [90; 2]);
        assert_eq!(interval(Some(Restricted), Some(30)), 30);
    }

    #[test]
    fn the_due_day_follows_the_interval_unless_a_review_named_one() {
        let mut record = service();
        record.follow_interval();
        assert_eq!((record.last_review_date, record.next_review_date), (None, None));
        record.take_review(day("2026-01-04"), None, &Answers::default());
        assert_eq!(record.next_review_date, Some(day("2027-01-04")));
        record.data_classification = Some(DataClassification::Restricted);
        record.follow_interval();
        assert_eq!(record.next_review_date, Some(day("2026-04-04")));
        record.take_review(day("2026-02-01"), Some(day("2026-12-24")), &Answers::default());
        record.review_interval_days = Some(7);
        record.follow_interval();
        assert_eq!(record.next_review_date, Some(day("2026-12-24")));
        record.take_review(day("2026-02-01"), None, &Answers::default());
        assert_eq!(record.next_review_date, Some(day("2026-02-08")));
    }

    #[test]
    fn a_review_changes_what_it_answers_and_an_older_one_nothing() {
        let mut record = service();
        record.answers.sso_enabled = Some(false);
        let given = Answers { mfa_enforced: Some(true), data_location: Some(vec!["DE".into()]), ..Answers::default() };
        record.take_review(day("2026-02-01"), None, &given);
        assert_eq!(record.answers, Answers { sso_enabled: Some(false), ..given });
        let before = record.clone();
        record.take_review(day("2026-01-31"), Some(day("2030-01-01")), &Answers { sso_enabled: Some(true), ..Answers::default() });
        assert_eq!(record, before);
    }

    #[test]
    fn every_fact_is_known_to_the_rules_and_what_is_not_said_is_absent() {
        let facts = service().facts(None);
        let said: Vec<&str> = [
            "name",
            "category",
            "owner_id",
            "owner_active",
            "data_classification",
            "sso_enabled",
            "mfa_enforced",
            "audit_logging_enabled",
            "encryption_at_rest",
            "processes_personal_data",
            "data_location",
            "last_review_date",
            "next_review_date",
            "tags",
        ]
        .into_iter()
        .filter(|name| {
            assert!(kind_of(Subject::Service, name).is_some(), "{name}");
            facts.get(name, Time(0), chrono_tz::UTC).fact.is_some()
        })
        .collect();
        assert_eq!(said, ["name", "tags"]);
    }

    #[test]
    fn a_version_reads_back_and_differences_are_by_field() {
        let mut record = service();
        record.take_review(day("2026-02-01"), None, &Answers { data_location: Some(vec!["EU".into()]), ..Answers::default() });
        assert_eq!(serde_json::from_value::<Record>(serde_json::to_value(&record).unwrap()).unwrap(), record);
        let other = Record { category: Some("development".into()), ..record.clone() };
        assert_eq!(record.changes_to(&other), [("category".to_owned(), Value::Null, json!("development"))]);
        assert_eq!(record.changes_to(&record), []);
    }
}
