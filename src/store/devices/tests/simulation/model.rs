//! The second computation: devices as the raw events make them, kept whole in memory after every event, judged anew each time.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::domain::check::{Catalogue, Subject};
use crate::domain::compliance::{CheckStanding, CheckStatus, Judgement, Status, StatusInputs, judge, subject_status};
use crate::domain::device::{DataType, Source};
use crate::domain::facts::{DeviceFacts, Facts, Section};
use crate::domain::inventory::{Device, DeviceReport};
use crate::domain::settings::{ResolvedChecks, Settings};
use crate::domain::time::{DAY, Time};

/// A section as last told.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    pub content: Map<String, Value>,
    pub collected_at: Time,
    pub source: Source,
}

/// All that is known of a device at some moment. Of `record` the store's own times of versions and its status mean nothing here.
#[derive(Debug, Clone)]
pub struct State {
    pub record: Device,
    pub held: BTreeMap<&'static str, Held>,
    pub standing: BTreeMap<String, (CheckStatus, Time)>,
    pub status: (Status, Time),
    pub retired: bool,
}

/// Whether each account is active.
pub type Accounts = BTreeMap<String, bool>;

/// Everything that ever happened, as states after each event in the order in which it happened.
#[derive(Default)]
pub struct Model {
    pub settings: Vec<(Time, Settings)>,
    pub active: Accounts,
    /// From when each state was known, and the accounts as they were then.
    pub devices: BTreeMap<String, Vec<(Time, State, Accounts)>>,
}

impl Model {
    /// The state of `id` as it was known at `at`, with what time did since the last event; none before it was known and once retired.
    pub fn at(&self, id: &str, at: Time) -> Option<State> {
        let (_, state, active) = self.devices[id].iter().rev().find(|(known_from, ..)| *known_from <= at)?;
        let mut state = state.clone();
        self.advance(&mut state, active, at);
        (!state.retired).then_some(state)
    }

    /// What the checks say of `state` at `at`, and of nothing else: neither of what was, nor of when it began.
    pub fn judged<'c>(&self, state: &State, active: &Accounts, checks: &'c ResolvedChecks<'static>, at: Time) -> Judgement<'c> {
        judgement(state, active, checks, at)
    }

    /// The checks in force at `at`.
    pub fn checks_at(&self, at: Time) -> ResolvedChecks<'static> {
        ResolvedChecks::new(Catalogue::shipped(), self.settings_at(at).1)
    }

    pub fn active_at(&self, id: &str, at: Time) -> &Accounts {
        &self.devices[id].iter().rev().find(|(known_from, ..)| *known_from <= at).unwrap().2
    }

    /// Lets time pass for every device and then `change` the one called `id`; `None` is all of them.
    pub fn event(&mut self, now: Time, id: Option<&str>, change: impl Fn(&Model, &mut State)) {
        let ids: Vec<String> = self.devices.keys().filter(|known| id.is_none_or(|id| id == *known)).cloned().collect();
        for id in ids {
            let (_, mut state, active) = self.devices[&id].last().unwrap().clone();
            if state.retired {
                continue;
            }
            self.advance(&mut state, &active, now);
            change(self, &mut state);
            self.devices.get_mut(&id).unwrap().push((now, state, self.active.clone()));
        }
    }

    /// Takes a report in, as the contract has it.
    pub fn report(&self, state: &mut State, report: &DeviceReport, source: Source, now: Time) {
        let collected_at = report.collected_at.unwrap_or(now).min(now);
        let begin = if now.seconds_since(collected_at) > DAY { now } else { collected_at };
        let record = &mut state.record;
        if record.collected_at.is_none_or(|known| known <= collected_at || known > now) {
            record.os_version = report.os_version.clone();
            record.reported_name = report.device_name.clone();
            record.device_name = if record.name_set { record.device_name.clone() } else { report.device_name.clone() };
            record.source = source;
        }
        let known = record.collected_at.filter(|known| *known <= now);
        record.collected_at = Some(known.unwrap_or(collected_at).max(collected_at));
        record.last_seen = Some(now);
        for (data_type, content) in &report.sections {
            let known = state.held.get(data_type.as_str());
            if known.is_none_or(|known| known.collected_at <= collected_at || known.collected_at > now) {
                state.held.insert(data_type.as_str(), Held { content: content.clone(), collected_at, source });
            }
        }
        self.judge_from(state, begin, now);
    }

    /// Judges by what holds from `begin` on and was learned of now.
    pub fn judge_from(&self, state: &mut State, begin: Time, now: Time) {
        let (since, _) = self.settings.last().unwrap();
        let newest = state.held.values().map(|held| held.collected_at).max().unwrap_or(begin);
        let mut at = begin.max(*since).max(newest).min(now);
        let number = self.settings.len() - 1;
        while let Some(next) = self.step(state, &self.active, number, at, now).filter(|next| *next <= now) {
            at = next;
        }
    }

    fn advance(&self, state: &mut State, active: &Accounts, to: Time) {
        let mut next = state.record.changes_at;
        while let Some(at) = next.filter(|next| *next <= to) {
            let (number, _) = self.settings_at(at);
            next = self.step(state, active, number, at, at);
        }
    }

    fn settings_at(&self, at: Time) -> (usize, &Settings) {
        let number = self.settings.iter().rposition(|(since, _)| *since <= at).unwrap_or(0);
        (number, &self.settings[number].1)
    }

    /// One judgement; gives the next moment at which time alone changes something.
    fn step(&self, state: &mut State, active: &Accounts, settings: usize, at: Time, learned_at: Time) -> Option<Time> {
        let checks = ResolvedChecks::new(Catalogue::shipped(), &self.settings[settings].1);
        let judgement = judgement(state, active, &checks, at);
        let mut standing = BTreeMap::new();
        for verdict in &judgement.verdicts {
            let since = match state.standing.get(verdict.check_id) {
                Some((status, since)) if *status == verdict.status => *since,
                Some((_, since)) => at.max(*since),
                None => at,
            };
            standing.insert(verdict.check_id.to_owned(), (verdict.status, since.min(learned_at)));
        }
        state.standing = standing;
        let standings: Vec<CheckStanding> =
            state.standing.iter().map(|(check_id, (status, since))| CheckStanding { check_id, status: *status, since: *since }).collect();
        let last_seen = state.record.last_seen.map(|last_seen| last_seen.min(at));
        let inputs = StatusInputs { subject: Subject::Device, checks: &standings, last_seen, review_due_on: None };
        let outcome = subject_status(&checks, &inputs, at);
        let (status, since) = state.status;
        let since = if outcome.status == status { since } else { at.max(since) };
        state.status = (outcome.status, since.min(learned_at));
        let later = self.settings[settings + 1..].iter().map(|(since, _)| *since).filter(|since| *since > at).min();
        state.record.changes_at = [judgement.changes_at, outcome.changes_at, later].into_iter().flatten().min();
        state.record.changes_at
    }
}

fn judgement<'c>(state: &State, active: &Accounts, checks: &'c ResolvedChecks<'static>, at: Time) -> Judgement<'c> {
    let section = |data_type: DataType| {
        let held = state.held.get(data_type.as_str())?;
        Some(Section { data: &held.content, confirmed_at: held.collected_at })
    };
    let record = &state.record;
    let facts = Facts::of_device(&DeviceFacts {
        serial_number: &record.serial_number,
        device_name: &record.device_name,
        device_type: record.device_type,
        os_type: record.os_type,
        os_version: record.os_version.as_deref(),
        os_distribution: record.os_distribution.as_deref(),
        os_edition: record.os_edition.as_deref(),
        last_seen: record.last_seen.map(|last_seen| last_seen.min(at)),
        user_id: record.user_id.as_deref(),
        owner_active: record.user_id.as_ref().map(|user_id| active[user_id]),
        ownership: record.ownership,
        headless: record.headless.unwrap_or(false),
        tags: &record.tags,
        security: section(DataType::Security),
        software: section(DataType::Software),
    });
    judge(checks, Subject::Device, &facts, at)
}
