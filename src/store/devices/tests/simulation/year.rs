//! A tenant's whole year, devices and services, and the end of each of its days compared with the second computation.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use chrono_tz::{Europe::Stockholm, Tz};
use serde_json::json;

use super::services::{Past, Said, settings_at};
use super::{DAY, Simulation, Time, days};
use crate::domain::check::{Catalogue, Severity, Subject};
use crate::domain::compliance::{CheckStatus, Status, baseline_score};
use crate::domain::service::{Answers, DataClassification};
use crate::domain::settings::{CheckState, ResolvedChecks};
use crate::domain::time::parse_date;
use crate::store::daily::{self, DailyFigure, DayCounter};
use crate::store::services::{self, Patch};
use crate::store::{integrity, verdicts};

const ZONE: Tz = Stockholm;

struct Year {
    simulation: Simulation,
    /// In the order in which they were recorded: ids are random.
    services: Vec<(String, Past)>,
    recorded: usize,
    reviews_late: usize,
}

#[test]
fn each_day_of_a_year_ended_as_it_is_remembered() {
    let mut year = Year::new(11);
    while year.simulation.now < days(367) {
        year.step();
    }
    year.housekeep();
    year.compare_days();
    let simulation = &year.simulation;
    assert!(integrity::check(&simulation.scene.store, simulation.now).unwrap().is_empty());
    let happened = (simulation.doubled.len(), year.recorded, year.reviews_late);
    assert!(happened.0 > 2 && happened.1 > 3 && happened.2 > 3, "clocks set back, services recorded, late reviews: {happened:?}");
}

impl Year {
    fn new(seed: u64) -> Year {
        let mut simulation = Simulation::new(seed);
        let patch = json!({"time_zone": ZONE.name()});
        let (_, first) = simulation.model.settings.last().unwrap();
        let (patched, _) = first.patch(patch.as_object().unwrap(), Catalogue::shipped()).unwrap();
        simulation.scene.change_settings(days(-50), patch);
        simulation.model.settings.push((days(-50), patched));
        Year { simulation, services: Vec::new(), recorded: 0, reviews_late: 0 }
    }

    /// Something happens to the devices, the accounts or the settings, and then perhaps to a service.
    fn step(&mut self) {
        let pause = self.simulation.dice.roll(3 * DAY / 2);
        self.simulation.now = self.simulation.now.plus_seconds(pause);
        let (settings, active) = (self.simulation.model.settings.len(), self.simulation.model.active.clone());
        self.simulation.event();
        let model = &self.simulation.model;
        let now = self.simulation.now;
        if model.settings.len() != settings || model.active != active {
            for (_, past) in self.services.iter_mut().filter(|(_, past)| !past.latest().deleted) {
                past.event(now, past.latest().clone(), &model.active, &model.settings);
            }
        }
        match self.simulation.dice.roll(12) {
            0..3 => self.review(),
            3..5 => self.say(),
            5 if self.services.iter().filter(|(_, past)| !past.latest().deleted).count() < 3 => self.record(),
            6 if self.simulation.dice.roll(6) == 0 => self.delete(),
            7..9 => self.housekeep(),
            _ => {}
        }
    }

    /// What the housekeeper does, when the appliance is on.
    fn housekeep(&mut self) {
        let now = self.simulation.now;
        self.simulation.scene.apply_due(now);
        for (_, past) in &mut self.services {
            past.advance(now, &self.simulation.model.settings);
        }
        DayCounter::catch_up(&self.simulation.scene.store, now).unwrap();
    }

    fn record(&mut self) {
        self.recorded += 1;
        let (now, name) = (self.simulation.now, format!("service {}", self.recorded));
        let (patch, said) = self.said(Said::default());
        let recorded = name.clone();
        let id = self.simulation.scene.write(now, move |tx| services::create(tx, &recorded, &patch)).unwrap().id;
        let model = &self.simulation.model;
        self.services.push((id, Past::new(&name, now, said, &model.active, &model.settings)));
    }

    fn of(&mut self, id: &str) -> &mut Past {
        &mut self.services.iter_mut().find(|(known, _)| known == id).unwrap().1
    }

    fn event(&mut self, id: &str, now: Time, said: Said) {
        let (_, past) = self.services.iter_mut().find(|(known, _)| known == id).unwrap();
        past.event(now, said, &self.simulation.model.active, &self.simulation.model.settings);
    }

    fn known(&mut self) -> Option<String> {
        let ids: Vec<String> = self.services.iter().filter(|(_, past)| !past.latest().deleted).map(|(id, _)| id.clone()).collect();
        (!ids.is_empty()).then(|| self.simulation.dice.pick(&ids))
    }

    /// A change, and what is said after it.
    fn said(&mut self, mut said: Said) -> (Patch, Said) {
        let dice = &mut self.simulation.dice;
        let mut patch = Patch::default();
        // Mostly all is well, else nothing would ever be compliant.
        let mut answer = || dice.pick(&[Some(true), Some(true), Some(true), Some(false), None]);
        said.answers = Answers {
            sso_enabled: answer(),
            mfa_enforced: answer(),
            audit_logging_enabled: Some(true),
            encryption_at_rest: answer(),
            data_location: Some(vec!["SE".to_owned()]),
        };
        patch.sso_enabled = Some(said.answers.sso_enabled);
        patch.mfa_enforced = Some(said.answers.mfa_enforced);
        patch.audit_logging_enabled = Some(said.answers.audit_logging_enabled);
        patch.encryption_at_rest = Some(said.answers.encryption_at_rest);
        patch.data_location = Some(said.answers.data_location.clone());
        said.classification = dice.pick(&[Some(DataClassification::Internal), Some(DataClassification::Restricted), None]);
        patch.data_classification = Some(said.classification);
        said.interval_days = dice.pick(&[Some(30), Some(60), None]);
        patch.review_interval_days = Some(said.interval_days);
        let model = &self.simulation.model;
        let accounts = self.simulation.people.iter().chain([&self.simulation.scene.admin]);
        let mut owners: Vec<Option<String>> = accounts.filter(|id| model.active[*id]).cloned().map(Some).collect();
        owners.push(None);
        said.owner_id = self.simulation.dice.pick(&owners);
        patch.owner_id = Some(said.owner_id.clone());
        (patch, said)
    }

    fn say(&mut self) {
        let Some(id) = self.known() else { return };
        let (now, before) = (self.simulation.now, self.of(&id).latest().clone());
        let (patch, said) = self.said(before);
        self.simulation.scene.patch_service(now, &id, patch).unwrap();
        self.event(&id, now, said);
    }

    /// A review, of today or recorded late, sometimes older than the last.
    fn review(&mut self) {
        let Some(id) = self.known() else { return };
        let now = self.simulation.now;
        let dice = &mut self.simulation.dice;
        let ago = dice.pick(&[0, 0, 3, 40]);
        let day = now.date_in(ZONE) - Days::new(ago);
        let agreed = dice.pick(&[None, Some(20), Some(45)]).map(|later| day + Days::new(later));
        let answers = Answers { mfa_enforced: dice.pick(&[Some(true), None, Some(false)]), ..Answers::default() };
        let mut said = self.of(&id).latest().clone();
        self.reviews_late += usize::from(said.due().is_some_and(|due| due < day));
        let agreed_text = agreed.map(|day| day.to_string());
        self.simulation.scene.review_with(now, &id, &day.to_string(), agreed_text.as_deref(), answers.clone()).unwrap();
        if said.review.is_none_or(|(last, _)| last <= day) {
            said.review = Some((day, agreed));
            said.answers.mfa_enforced = answers.mfa_enforced.or(said.answers.mfa_enforced);
        }
        self.event(&id, now, said);
    }

    fn delete(&mut self) {
        let Some(id) = self.known() else { return };
        let (now, gone) = (self.simulation.now, id.clone());
        self.simulation.scene.write(now, move |tx| services::retire(tx, &gone)).unwrap();
        let said = Said { deleted: true, ..self.of(&id).latest().clone() };
        self.event(&id, now, said);
    }

    fn compare_days(&self) {
        let day = |text| parse_date(text).unwrap();
        let (from, until) = (day("2026-01-11"), day("2027-01-11"));
        let figures = self.simulation.scene.read(self.simulation.now, |tx| daily::between(tx, from, until));
        assert_eq!(figures.len(), 365);
        let mut lengths = BTreeMap::<i64, usize>::new();
        let mut compared = 0;
        for figure in &figures {
            let (start, end) = (Time::start_of(figure.day, ZONE), Time::start_of(figure.day.succ_opt().unwrap(), ZONE));
            *lengths.entry(end.seconds_since(start) / 3_600).or_default() += 1;
            let at = end.plus_seconds(-1);
            if self.simulation.clear(at) {
                self.compare_day(figure, at);
                compared += 1;
            }
        }
        assert_eq!(lengths, BTreeMap::from([(23, 1), (24, 363), (25, 1)]));
        assert!(compared > 300, "{compared}");
        let scores: std::collections::BTreeSet<_> = figures.iter().map(|figure| figure.score.score).collect();
        assert!(scores.len() > 5, "{scores:?}");
    }

    /// What the store says of the day that ended with `at`: each device, each service, each check, and the figures.
    fn compare_day(&self, figure: &DailyFigure, at: Time) {
        let simulation = &self.simulation;
        let (mut devices, mut services) = (daily::no_counts(), daily::no_counts());
        let (mut statuses, mut owners) = (Vec::new(), Vec::new());
        for id in simulation.model.devices.keys() {
            simulation.compare(id, at);
            let Some(state) = simulation.model.at(id, at) else { continue };
            *devices.entry(state.status.0).or_default() += 1;
            statuses.extend(state.standing.iter().map(|(id, (status, _))| (id.clone(), *status)));
            owners.extend(state.record.user_id);
        }
        for (id, past) in &self.services {
            let expected = past.at(at, &simulation.model.settings);
            self.compare_service(id, expected.as_ref(), at);
            let Some((status, standing)) = expected else { continue };
            *services.entry(status).or_default() += 1;
            statuses.extend(standing.into_iter().map(|(id, (status, _))| (id, status)));
        }
        assert_eq!((&figure.devices, &figure.services), (&devices, &services), "{}", figure.day);
        let without = simulation.people.iter().filter(|id| !owners.contains(id)).count();
        self.compare_score(figure, &statuses, without, at);
    }

    fn compare_service(&self, id: &str, expected: Option<&(Status, super::services::Standing)>, at: Time) {
        let scene = &self.simulation.scene;
        let found = scene.service_at(id, at);
        assert_eq!(found.map(|service| service.status), expected.map(|(status, _)| *status), "{id} at {at}");
        let found = scene.read(at, |tx| verdicts::at(tx, id, at)).into_iter().map(|found| (found.check_id, (found.status, found.since)));
        let found: super::services::Standing = found.collect();
        let Some((_, expected)) = expected else {
            assert!(found.is_empty(), "{id} at {at}");
            return;
        };
        let statuses = |standing: &super::services::Standing| -> BTreeMap<String, CheckStatus> {
            standing.iter().map(|(id, (status, _))| (id.clone(), *status)).collect()
        };
        assert_eq!(statuses(&found), statuses(expected), "{id} at {at}");
        for (check_id, (_, since)) in expected.iter().filter(|(_, (_, since))| self.simulation.clear(*since)) {
            assert_eq!(found[check_id].1, *since, "since when {check_id} of {id} stands so at {at}");
        }
    }

    /// floor(100 · Σ w·P/n ÷ Σ w) in whole numbers over a common denominator, against the kept figure and the engine's own function.
    fn compare_score(&self, figure: &DailyFigure, statuses: &[(String, CheckStatus)], without_device: usize, at: Time) {
        // Divisible by every n up to 12: more subjects there are not.
        const COMMON: u64 = 27_720;
        let checks = ResolvedChecks::new(Catalogue::shipped(), settings_at(&self.simulation.model.settings, at));
        let (mut earned, mut possible, mut answered, mut applicable) = (0, 0, 0, 0);
        for resolved in checks.iter().filter(|resolved| resolved.state == CheckState::Baseline) {
            let of_check =
                |wanted: CheckStatus| statuses.iter().filter(|(id, status)| *id == resolved.check.id && *status == wanted).count() as u64;
            let (passed, failed) = (of_check(CheckStatus::Pass), of_check(CheckStatus::Fail));
            let lacking = if resolved.check.subject == Subject::Device { without_device as u64 } else { 0 };
            let all = passed + failed + of_check(CheckStatus::NoData) + lacking;
            if all > 0 {
                let weight = match resolved.severity {
                    Severity::Critical => 10,
                    Severity::High => 5,
                    Severity::Medium => 3,
                    Severity::Low => 1,
                };
                assert_eq!(COMMON % all, 0);
                (earned, possible) = (earned + weight * passed * COMMON / all, possible + weight * COMMON);
                (answered, applicable) = (answered + passed + failed, applicable + all);
            }
        }
        let completeness = (100 * answered).checked_div(applicable).unwrap_or(0);
        let expected = (completeness >= 70).then(|| u8::try_from(100 * earned / possible).unwrap());
        let kept = &figure.score;
        assert_eq!((kept.score, u64::from(kept.completeness)), (expected, completeness), "{}", figure.day);
        let mut tally = crate::domain::compliance::Tally::new();
        for (id, status) in statuses {
            tally.entry(id.clone()).or_default().add(*status);
        }
        assert_eq!(baseline_score(&checks, &tally, without_device as u64), *kept, "{}", figure.day);
    }
}

#[test]
fn the_two_odd_days_are_those_of_stockholm() {
    let hours = |day: &str| {
        let day: NaiveDate = parse_date(day).unwrap();
        Time::start_of(day.succ_opt().unwrap(), ZONE).seconds_since(Time::start_of(day, ZONE)) / 3_600
    };
    assert_eq!((hours("2026-03-29"), hours("2026-10-25"), hours("2026-06-01")), (23, 25, 24));
}
