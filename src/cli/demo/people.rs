//! The invented staff. Their addresses are of a domain that is reserved for examples, and nobody knows their passwords.

use crate::domain::access::Role;

/// Somebody who signs in, or could.
pub(super) struct Person {
    pub(super) name: &'static str,
    pub(super) role: Role,
    /// Days before today of the first working day; `None` for those who were there before.
    pub(super) joined_days_ago: Option<i64>,
}

const fn person(name: &'static str, role: Role) -> Person {
    Person { name, role, joined_days_ago: None }
}

const fn joiner(name: &'static str, days_ago: i64) -> Person {
    Person { name, role: Role::User, joined_days_ago: Some(days_ago) }
}

/// Everybody but the admin.
pub(super) const PEOPLE: &[Person] = &[
    // Development.
    person("Jana Petersen", Role::User),
    person("Chidi Okafor", Role::User),
    person("Maren Haverkamp", Role::User),
    person("Luca Ferretti", Role::User),
    person("Aylin Demir", Role::User),
    person("Piotr Kowalczyk", Role::User),
    person("Sanne de Vries", Role::User),
    person("Henrik Lindqvist", Role::User),
    person("Nadia Rahimi", Role::User),
    person("Jonas Brinkmann", Role::User),
    person("Ewa Nowicka", Role::User),
    person("Mateo Alvarez", Role::User),
    person("Frauke Thomsen", Role::User),
    joiner("Ines Carvalho", 61),
    // Laboratory and production.
    person("Uwe Carstens", Role::User),
    person("Birte Lorenzen", Role::User),
    person("Karim Haddad", Role::User),
    person("Silke Voss", Role::User),
    person("Dirk Mahnke", Role::User),
    person("Lena Ahrens", Role::User),
    person("Goran Petrovic", Role::User),
    // Sales and service.
    person("Torben Jessen", Role::User),
    person("Claudia Reimers", Role::User),
    person("Sven Brandt", Role::User),
    person("Amelie Fournier", Role::User),
    person("Rasmus Kjeldsen", Role::User),
    person("Hanna Wulff", Role::User),
    person("Oliver Stamer", Role::User),
    joiner("Yusuf Aksoy", 33),
    person("Katrin Boysen", Role::User),
    // Marketing.
    person("Merle Sievers", Role::User),
    person("Daniel Osei", Role::User),
    // Finance, people, office.
    person("Gesine Hartwig", Role::User),
    person("Marlies Detlefsen", Role::User),
    person("Ingo Paulsen", Role::User),
    person("Svenja Kruse", Role::User),
    person("Anke Behrens", Role::User),
    // Information technology.
    person("Tomasz Wrona", Role::User),
    person("Finja Clausen", Role::User),
    person("Arne Matthiesen", Role::User),
    // Management.
    person("Dr. Heike Nordmann", Role::Viewer),
    person("Stefan Oldenburg", Role::Viewer),
    person("Ragna Sommer", Role::Viewer),
    // The auditor of the certification body, and one from the group.
    person("Beatrix Falk", Role::Auditor),
    person("Joost van Dijk", Role::Auditor),
];

/// Somebody who works here and does not sign in.
pub(super) struct Colleague {
    pub(super) name: &'static str,
    /// Why no device is needed; `None` for those who should have one.
    pub(super) spared: Option<&'static str>,
    /// Days before today of the first working day; `None` for those who were there before.
    pub(super) joined_days_ago: Option<i64>,
    /// Days before today of the last working day.
    pub(super) left_days_ago: Option<i64>,
}

const fn spared(name: &'static str, reason: &'static str) -> Colleague {
    Colleague { name, spared: Some(reason), joined_days_ago: None, left_days_ago: None }
}

/// The people whom the admin records by hand.
pub(super) const COLLEAGUES: &[Colleague] = &[
    spared("Holger Timm", "Works at the shared terminal in production"),
    spared("Rosa Lindner", "Machine operator, no work at a screen"),
    spared("Wiebke Janssen", "On parental leave; the laptop was handed back"),
    // The laptop is ordered.
    Colleague { name: "Ivana Horvat", spared: None, joined_days_ago: Some(9), left_days_ago: None },
    // Had none of her own and is gone: she counts for no day after her last.
    Colleague {
        name: "Ulrike Stein",
        spared: Some("Consultant with a machine of her own firm"),
        joined_days_ago: None,
        left_days_ago: Some(37),
    },
];

impl Colleague {
    /// The address.
    pub(super) fn email(&self) -> String {
        email(self.name)
    }
}

impl Person {
    /// The address: `jana.petersen@example.com`.
    pub(super) fn email(&self) -> String {
        email(self.name)
    }
}

/// The address of whoever is called `name`.
pub(super) fn email(name: &str) -> String {
    let name = name.trim_start_matches("Dr. ").to_lowercase();
    // "Sanne de Vries" is sanne.devries.
    let (first, rest) = name.split_once(' ').unwrap_or((&name, ""));
    format!("{first}.{}@example.com", rest.replace(' ', ""))
}
