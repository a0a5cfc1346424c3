//! What several facts rest on: the raw state, the services, the people with a desktop.

use crate::domain::time::Time;

use super::raw::{Raw, Read, Row};

/// `ProductType` of a domain controller and of any other server.
const SERVER_TYPES: &[i64] = &[2, 3];

/// What was found, with what is needed again and again.
pub(super) struct Context<'a> {
    /// Who the machine is, and its security settings.
    pub state: Raw<'a>,
    /// Updates.
    pub updates: Raw<'a>,
    /// The moment of the look.
    pub now: Time,
    /// The services that the script asks for.
    pub services: Services,
    /// The people with a desktop; `None` when they are not all known.
    pub people: Option<Vec<Person>>,
}

/// The services that the script asks for; what it does not name is not installed.
pub(super) struct Services(Option<Vec<Service>>);

struct Service {
    name: String,
    started: Option<bool>,
    disabled: bool,
}

/// Somebody with a desktop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person {
    /// The security identifier of the account.
    pub sid: String,
    /// At the machine's own screen.
    pub console: bool,
}

impl<'a> Context<'a> {
    /// Reads what is common.
    pub fn new(state: Raw<'a>, updates: Raw<'a>, now: Time) -> Context<'a> {
        Context { services: Services::of(state), people: people(state), state, updates, now }
    }

    /// The person whose daily machine it is: the one at its own screen, else the only one there.
    pub fn person(&self) -> Option<&Person> {
        let people = self.people.as_ref()?;
        let mut console = people.iter().filter(|person| person.console);
        match (console.next(), console.next(), &people[..]) {
            (Some(person), None, _) => Some(person),
            (None, _, [person]) => Some(person),
            _ => None,
        }
    }

    /// Whether it is a server; unknown when Windows did not say.
    pub fn server(&self) -> Option<bool> {
        let kind = self.state.row("os")?.integer("ProductType")?;
        Some(SERVER_TYPES.contains(&kind))
    }

    /// What the security center lists, which servers do not have. On any other Windows it belongs there, so missing it is damaged.
    pub fn security_center(&self, class: &str) -> Read<Vec<Row<'a>>> {
        match self.state.rows(class) {
            Read::Absent if self.server() != Some(true) => Read::Failed,
            read => read,
        }
    }

    /// The edition, such as `Professional` or `Core` (Home).
    pub fn edition(&self) -> Option<String> {
        self.state.part("keys").key("version").text("EditionID").found()
    }
}

impl Services {
    fn of(state: Raw) -> Services {
        let Read::Found(rows) = state.rows("services") else { return Services(None) };
        let service = |row: &Row| {
            let disabled = row.text("StartMode").is_some_and(|mode| mode == "Disabled");
            Some(Service { name: row.text("Name")?, started: row.flag("Started"), disabled })
        };
        Services(rows.iter().map(service).collect())
    }

    /// Whether a service runs; one that is not installed does not.
    pub fn started(&self, name: &str) -> Option<bool> {
        self.find(name).map_or_else(|| self.0.as_ref().map(|_| false), |service| service.started)
    }

    /// Whether a service may not be started by anything.
    pub fn disabled(&self, name: &str) -> Option<bool> {
        self.0.as_ref().map(|_| self.find(name).is_some_and(|service| service.disabled))
    }

    /// Whether a service is installed.
    pub fn installed(&self, name: &str) -> Option<bool> {
        self.0.as_ref().map(|_| self.find(name).is_some())
    }

    fn find(&self, name: &str) -> Option<&Service> {
        self.0.as_ref()?.iter().find(|service| service.name.eq_ignore_ascii_case(name))
    }
}

/// Each person once; somebody without an identifier makes the list incomplete.
fn people(state: Raw) -> Option<Vec<Person>> {
    let mut people: Vec<Person> = Vec::new();
    for row in state.rows("people").found()? {
        let (sid, console) = (row.text("sid")?, row.flag("console")?);
        match people.iter_mut().find(|person| person.sid == sid) {
            Some(known) => known.console |= console,
            None => people.push(Person { sid, console }),
        }
    }
    Some(people)
}
