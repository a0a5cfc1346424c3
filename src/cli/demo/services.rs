//! The invented services: what the company uses, who owns it, and how its reviews went. All of it is made up.

use crate::domain::review::ReviewOutcome::{self, Failed, Passed, PassedWithFindings};
use crate::domain::service::DataClassification::{self, Confidential, Internal, Public, Restricted};

/// A service of the company.
pub(super) struct Saas {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    pub(super) category: &'static str,
    pub(super) url: &'static str,
    /// The name of the owner; nobody of that name: none.
    pub(super) owner: &'static str,
    pub(super) data_classification: Option<DataClassification>,
    /// Sign-in over the identity provider, MFA, audit log, encryption: `y`es, `n`o, `?` not answered.
    pub(super) answers: &'static str,
    /// Places of processing, with blanks between.
    pub(super) places: &'static str,
    /// The reviews, the oldest first.
    pub(super) reviews: &'static [Reviewed],
}

/// A review, so many days before today.
pub(super) struct Reviewed {
    pub(super) days_ago: i64,
    /// The answers of the reviewer, as in [`Saas::answers`].
    pub(super) answers: &'static str,
    pub(super) outcome: ReviewOutcome,
    pub(super) findings: &'static str,
}

const fn review(days_ago: i64, answers: &'static str, outcome: ReviewOutcome, findings: &'static str) -> Reviewed {
    Reviewed { days_ago, answers, outcome, findings }
}

const fn saas(
    [name, description, category, url, owner]: [&'static str; 5],
    data_classification: Option<DataClassification>,
    answers: &'static str,
    places: &'static str,
    reviews: &'static [Reviewed],
) -> Saas {
    Saas { name, description, category, url, owner, data_classification, answers, places, reviews }
}

/// All of them. Confidential and restricted ones are reviewed every 90 days, the others once a year.
#[rustfmt::skip]
pub(super) const SERVICES: &[Saas] = &[
    saas(["Code hosting", "Source code of firmware and tools", "development", "https://code.example.com", "Tomasz Wrona"], Some(Confidential), "yyyy", "US",
        &[review(58, "yyyy", Passed, "Members and deploy keys compared with the list of staff.")]),
    saas(["Continuous integration", "Builds and tests", "development", "https://ci.example.com", "Jana Petersen"], Some(Confidential), "yyyy", "DE",
        &[review(31, "yyyy", Passed, "Secrets of the pipelines were rotated.")]),
    saas(["Error tracking", "Crash reports of the measuring software", "development", "https://errors.example.com", "Chidi Okafor"], Some(Internal), "nyyy", "US",
        &[review(47, "nyyy", PassedWithFindings, "No single sign-on in the present plan.")]),
    saas(["Issue tracker", "Tasks and plans", "development", "https://issues.example.com", "Jana Petersen"], Some(Internal), "yyyy", "EU",
        &[review(82, "yyyy", Passed, "Nothing to mend.")]),
    saas(["Design drawings", "Housings and boards", "development", "https://drawings.example.com", "Aylin Demir"], Some(Confidential), "yyyy", "DE NL",
        &[review(79, "yyyy", Passed, "Guests of two finished projects were removed.")]),
    saas(["Team chat", "Everyday talk", "communication", "https://chat.example.com", "Arne Matthiesen"], Some(Internal), "yyyy", "EU",
        &[review(12, "yyyy", Passed, "Retention is set to one year.")]),
    saas(["Mail and calendar", "Mailboxes of everybody", "communication", "https://mail.example.com", "Tomasz Wrona"], Some(Confidential), "yyyy", "EU",
        &[review(66, "yyyy", Passed, "Forwarding to outside addresses is blocked.")]),
    saas(["Video meetings", "Calls with customers", "communication", "https://meet.example.com", "Claudia Reimers"], Some(Internal), "yy?y", "US",
        &[review(70, "yy?y", PassedWithFindings, "The vendor has not said yet how long its logs are kept.")]),
    saas(["Newsletter", "News for customers", "marketing", "https://news.example.com", "Merle Sievers"], Some(Internal), "nnyy", "US",
        &[review(23, "nnyy", Failed, "Two people share one password and there is no second factor.")]),
    saas(["Web analytics", "Visits to the public pages", "marketing", "https://visits.example.com", "Merle Sievers"], Some(Public), "yyyy", "DE",
        &[review(15, "yyyy", Passed, "Addresses are cut before they are stored.")]),
    saas(["Web hosting", "The public pages", "infrastructure", "https://hosting.example.com", "Arne Matthiesen"], Some(Public), "yyyy", "DE",
        &[review(41, "yyyy", Passed, "Nothing to mend.")]),
    saas(["Virtual machines", "Servers for customers' data", "infrastructure", "https://machines.example.com", "Tomasz Wrona"], Some(Restricted), "yyyy", "DE",
        &[review(89, "nyyy", PassedWithFindings, "Sign-in did not go over the identity provider."), review(9, "yyyy", Passed, "Single sign-on works.")]),
    saas(["Off-site backup", "Copies of all servers", "infrastructure", "https://backup.example.com", "Tomasz Wrona"], Some(Restricted), "yyyy", "DE",
        &[review(28, "yyyy", Passed, "A restore of one server was tried.")]),
    saas(["Domain names", "Registrar", "infrastructure", "https://names.example.com", "Arne Matthiesen"], Some(Internal), "nyyy", "DE",
        &[review(19, "nyyy", PassedWithFindings, "The registrar knows no single sign-on.")]),
    saas(["Password manager", "Shared secrets", "security", "https://passwords.example.com", "Tomasz Wrona"], Some(Restricted), "yyyy", "EU",
        &[review(6, "yyyy", Passed, "Vaults of people who left were taken over.")]),
    saas(["Identity provider", "Sign-in to everything else", "security", "https://login.example.com", "Tomasz Wrona"], Some(Restricted), "yyyy", "EU",
        &[review(53, "yyyy", Passed, "The emergency account was tried.")]),
    saas(["Endpoint protection", "Console of the malware scanner", "security", "https://shield.example.com", "Arne Matthiesen"], Some(Internal), "yyyy", "NL",
        &[review(36, "yyyy", Passed, "Nothing to mend.")]),
    saas(["Bookkeeping", "Ledgers and invoices", "finance", "https://books.example.com", "Gesine Hartwig"], Some(Confidential), "nyyy", "DE",
        &[review(102, "nyyy", PassedWithFindings, "No single sign-on; rights follow the list of staff.")]),
    saas(["Online banking", "Payments", "finance", "https://bank.example.com", "Gesine Hartwig"], Some(Restricted), "?yyy", "DE",
        &[review(33, "?yyy", Passed, "Two people for every payment.")]),
    saas(["Travel expenses", "Receipts", "finance", "https://travel.example.com", "Gesine Hartwig"], Some(Confidential), "yyyy", "IE",
        &[review(137, "yyyy", Passed, "Nothing to mend.")]),
    saas(["Payroll", "Salaries", "hr", "https://payroll.example.com", "Marlies Detlefsen"], Some(Restricted), "nyyy", "DE",
        &[review(44, "nyyy", PassedWithFindings, "No single sign-on; three people have access.")]),
    saas(["Applicants", "Letters and interviews", "hr", "https://jobs.example.com", "Marlies Detlefsen"], Some(Confidential), "yyyy", "EU",
        &[review(21, "yyyy", Passed, "Letters older than six months are gone.")]),
    saas(["Customer relations", "Customers and offers", "productivity", "https://customers.example.com", "Torben Jessen"], Some(Confidential), "yyyy", "EU",
        &[review(61, "yyyy", Passed, "Exports need a second person.")]),
    saas(["Parts catalogue", "Spare parts for customers", "other", "https://parts.example.com", "Sven Brandt"], Some(Public), "yyyy", "DE",
        &[review(50, "yyyy", Passed, "Nothing to mend.")]),
    saas(["Translation", "Manuals in other languages", "productivity", "https://translate.example.com", "Claudia Reimers"], None, "????", "", &[]),
];

/// One answer of a questionnaire.
pub(super) fn answer(answers: &str, place: usize) -> Option<bool> {
    match answers.as_bytes().get(place) {
        Some(b'y') => Some(true),
        Some(b'n') => Some(false),
        _ => None,
    }
}

/// The places of processing, if any are known.
pub(super) fn places(places: &str) -> Option<Vec<String>> {
    let places: Vec<String> = places.split_whitespace().map(str::to_owned).collect();
    (!places.is_empty()).then_some(places)
}
