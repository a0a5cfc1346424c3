//! Who takes part in the history, and what each step does to the store: the same functions that real people and reports go through.

use std::collections::{HashMap, VecDeque};

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use super::evidence::vouch;
use super::fleet::{LEAVER, Machine, RECORDED};
use super::people::{Colleague, Person, email};
use super::services::{Reviewed, Saas, answer, places};
use crate::domain::access::Role;
use crate::domain::assignment::Assignment;
use crate::domain::check::Catalogue;
use crate::domain::device::{DeviceType, OsType, Ownership, RetireReason, Source};
use crate::domain::review::Statement;
use crate::domain::service::Answers;
use crate::domain::time::Time;
use crate::domain::user::User;
use crate::error::{Error, Result};
use crate::store::devices::{self, Patch, PreparedReport, Recorded, Reporter};
use crate::store::enrollment::{self, NewToken};
use crate::store::users::{self, NewUser};
use crate::store::{Actor, ActorType, WriteRoot, WriteTx, people, reviews, services, settings};

/// Tag of every device of a demo.
const TAG: &str = "demo";
/// Days ahead for which the auditors may look.
const AUDITOR_DAYS: i64 = 90;
/// From the first report of a device until the admin gives it its tags.
const TAGGED_AFTER_SECONDS: i64 = 240;

/// What has come of the days so far.
pub(super) struct Cast {
    tenant_id: String,
    admin: Actor,
    /// By email.
    users: HashMap<String, String>,
    /// By name.
    devices: HashMap<&'static str, String>,
    /// By name.
    services: HashMap<&'static str, String>,
    /// New devices that have no tags yet, and when they get them; earliest first.
    untagged: VecDeque<(Time, &'static Machine, String)>,
}

/// Something that happens at a moment.
pub(super) enum Step {
    Settings,
    Join(&'static Person, String),
    Employ(&'static Colleague),
    Part(&'static Colleague),
    Vouch,
    Report(&'static Machine, Box<PreparedReport>),
    Record,
    Retire(&'static Machine, RetireReason),
    Service(&'static Saas),
    Review(&'static Saas, &'static Reviewed, NaiveDate),
    Token,
    Leave,
}

impl Cast {
    /// The admin alone, before the first day.
    pub(super) fn new(tenant_id: &str, admin: Actor) -> Cast {
        let (users, devices, services) = (HashMap::new(), HashMap::new(), HashMap::new());
        Cast { tenant_id: tenant_id.to_owned(), admin, users, devices, services, untagged: VecDeque::new() }
    }

    /// Devices in the inventory.
    pub(super) fn device_count(&self) -> usize {
        self.devices.len()
    }

    /// Does what is left to do on a day.
    pub(super) fn end_day(&mut self, root: &WriteRoot) -> Result<()> {
        self.tag_until(root, Time(i64::MAX))
    }

    /// Does `step`, and before it whatever was due.
    pub(super) fn take(&mut self, root: &WriteRoot, moment: Time, step: Step) -> Result<()> {
        self.tag_until(root, moment)?;
        let by = |actor: Actor| root.tenant_write(&self.tenant_id, actor).at(moment);
        let admin = by(self.admin.clone());
        match step {
            Step::Settings => first_settings(&admin),
            Step::Join(person, password_hash) => {
                let user = join(&admin, person, password_hash)?;
                self.users.insert(user.email, user.id);
                Ok(())
            }
            Step::Employ(colleague) => employ(&admin, colleague),
            Step::Part(colleague) => match people::find_by_email(&admin, &colleague.email())? {
                Some(person) => people::mark_left(&admin, &person.id).map(drop),
                None => Ok(()),
            },
            Step::Vouch => vouch(&admin),
            Step::Report(machine, prepared) => {
                let agent = by(Actor { actor_type: ActorType::Agent, ..Actor::system() });
                let person = self.users.get(&email(machine.owner)).cloned();
                let serial_number = Some(machine.serial_number());
                let reporter = Reporter { role: Role::Agent, person, serial_number, source: Source::Agent };
                let reported = devices::report(&agent, &prepared, &reporter)?;
                if reported.created {
                    self.untagged.push_back((moment.plus_seconds(TAGGED_AFTER_SECONDS), machine, reported.device.id.clone()));
                    self.devices.insert(machine.name, reported.device.id);
                }
                Ok(())
            }
            Step::Record => {
                let id = record(&admin, self.users.get(&email(RECORDED.2)).cloned())?;
                self.devices.insert(RECORDED.1, id);
                Ok(())
            }
            Step::Retire(machine, reason) => match self.devices.remove(machine.name) {
                Some(id) => devices::retire(&admin, &id, reason),
                None => Ok(()),
            },
            Step::Service(saas) => {
                let id = self.record_service(&admin, saas)?;
                self.services.insert(saas.name, id);
                Ok(())
            }
            Step::Review(saas, reviewed, day) => {
                let Some(id) = self.services.get(saas.name) else { return Ok(()) };
                // Whoever owns it reviews it, else the admin.
                let email = email(saas.owner);
                let reviewer = match self.users.get(&email) {
                    Some(user_id) => by(Actor { id: Some(user_id.clone()), email: Some(email), ..self.admin.clone() }),
                    None => admin,
                };
                review(&reviewer, id, saas, reviewed, day)
            }
            Step::Token => token(&admin),
            Step::Leave => self.leave(&admin),
        }
    }

    /// Gives tags to the devices whose turn comes up to `moment`, so that the log is written in the order of its times.
    fn tag_until(&mut self, root: &WriteRoot, moment: Time) -> Result<()> {
        while self.untagged.front().is_some_and(|(at, ..)| *at <= moment) {
            let Some((at, machine, id)) = self.untagged.pop_front() else { break };
            let admin = root.tenant_write(&self.tenant_id, self.admin.clone()).at(at.min(root.now));
            tag(&admin, &id, machine)?;
        }
        Ok(())
    }

    fn record_service(&self, admin: &WriteTx, saas: &Saas) -> Result<String> {
        let patch = services::Patch {
            description: Some(Some(saas.description.to_owned())),
            category: Some(Some(saas.category.to_owned())),
            url: Some(Some(saas.url.to_owned())),
            owner_id: Some(self.users.get(&email(saas.owner)).cloned()),
            data_classification: Some(saas.data_classification),
            sso_enabled: Some(answer(saas.answers, 0)),
            mfa_enforced: Some(answer(saas.answers, 1)),
            audit_logging_enabled: Some(answer(saas.answers, 2)),
            encryption_at_rest: Some(answer(saas.answers, 3)),
            data_location: Some(places(saas.places)),
            tags: Some(vec![TAG.to_owned()]),
            ..services::Patch::default()
        };
        services::create(admin, saas.name, &patch).map(|service| service.id)
    }

    /// Somebody leaves; the machine goes to a colleague.
    fn leave(&self, admin: &WriteTx) -> Result<()> {
        let user = |name: &str| self.users.get(&email(name)).cloned().ok_or_else(|| Error::internal(format!("{name} is not there")));
        users::disable(admin, &user(LEAVER.0)?)?;
        if let Some(person) = people::find_by_email(admin, &email(LEAVER.0))? {
            people::mark_left(admin, &person.id)?;
        }
        let Some(device) = self.devices.get(LEAVER.2) else { return Ok(()) };
        let owner = Some(Some(user(LEAVER.3)?));
        devices::patch(admin, device, &Patch { user_id: owner, ..Patch::default() }).map(drop)
    }
}

/// The organisation's own settings: where its days begin, and a week to install updates that are overdue.
fn first_settings(admin: &WriteTx) -> Result<()> {
    let wanted = json!({"time_zone": "Europe/Berlin", "checks": {"device.os_patch_age": {"grace_days": 7}}});
    let wanted: &Map<String, Value> = wanted.as_object().ok_or_else(|| Error::internal("settings are an object"))?;
    let current = settings::current(admin)?;
    let (settings, changes) = current.settings.patch(wanted, Catalogue::shipped())?;
    settings::replace(admin, current.version, &settings, &changes)
}

/// A token for the next laptops. Its secret is kept by nobody, so that no device ever comes in with it.
fn token(admin: &WriteTx) -> Result<()> {
    let new = NewToken {
        name: Some("Laptops of the autumn intake".to_owned()),
        created_by: admin.actor.id.clone(),
        as_admin: true,
        assignment: Assignment { by_sign_in: true, ..Assignment::default() },
        ownership: Ownership::Company,
        device_limit: 8,
        expires_at: admin.now.plus_days(30),
    };
    enrollment::add(admin, &new).map(drop)
}

/// Records a review. One of before the appliance was there is recorded late, on its first day.
fn review(reviewer: &WriteTx, id: &str, saas: &Saas, reviewed: &Reviewed, review_date: NaiveDate) -> Result<()> {
    let answers = Answers {
        sso_enabled: answer(reviewed.answers, 0),
        mfa_enforced: answer(reviewed.answers, 1),
        audit_logging_enabled: answer(reviewed.answers, 2),
        encryption_at_rest: answer(reviewed.answers, 3),
        data_location: places(saas.places),
    };
    let statement = Statement {
        review_date,
        next_review_date: None,
        findings: Some(reviewed.findings.to_owned()),
        outcome: Some(reviewed.outcome),
        finding_items: Vec::new(),
        answers,
    };
    reviews::create(reviewer, id, statement, &[], None).map(drop)
}

fn join(admin: &WriteTx, person: &Person, password_hash: String) -> Result<User> {
    let expires_at = (person.role == Role::Auditor).then(|| admin.now.plus_days(AUDITOR_DAYS * 2));
    let user = NewUser { email: person.email(), name: person.name.to_owned(), role: person.role, password_hash, expires_at };
    users::add(admin, &user)
}

/// Records somebody who does not sign in. Those who come now have a first day.
fn employ(admin: &WriteTx, colleague: &Colleague) -> Result<()> {
    let change = people::Change {
        needs_device: Some(colleague.spared.is_none()),
        reason: Some(colleague.spared.map(str::to_owned)),
        joined_on: colleague.joined_days_ago.map(|_| people::day_of(admin, admin.now)).transpose()?.map(Some),
        ..people::Change::default()
    };
    people::create(admin, colleague.name, &colleague.email(), &change).map(drop)
}

fn tag(admin: &WriteTx, device_id: &str, machine: &Machine) -> Result<()> {
    let place = match machine.name {
        name if name.starts_with("NLI-LAB") => "laboratory",
        _ if matches!(machine.model.kind, DeviceType::Server) => "server-room",
        _ => "office",
    };
    let patch = Patch {
        tags: Some(vec![TAG.to_owned(), place.to_owned()]),
        ownership: machine.is_personal().then_some(Ownership::Personal),
        ..Patch::default()
    };
    devices::patch(admin, device_id, &patch).map(drop)
}

fn record(admin: &WriteTx, user_id: Option<String>) -> Result<String> {
    let recorded = Recorded {
        serial_number: RECORDED.0.to_owned(),
        device_name: RECORDED.1.to_owned(),
        device_type: DeviceType::Desktop,
        os_type: OsType::Windows,
        os_version: None,
        user_id,
        ownership: Ownership::Company,
        tags: vec![TAG.to_owned(), "laboratory".to_owned()],
    };
    devices::record(admin, &recorded).map(|device| device.id)
}
