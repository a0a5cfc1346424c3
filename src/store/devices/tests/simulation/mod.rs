//! Sixty invented days of a few devices, and the store's answers about them compared with a second computation from the raw events.

mod model;
mod services;
mod year;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use self::model::{Held, Model, State};
use super::support::*;
use crate::domain::access::Role;
use crate::domain::check::{Catalogue, Subject};
use crate::domain::compliance::judge;
use crate::domain::device::{DataType, RetireReason, Source};
use crate::domain::inventory::{Device, DeviceReport, StoredSection};
use crate::domain::time::{DAY, Time};
use crate::domain::volatile;
use crate::store::devices::{self, Patch, Reporter};
use crate::store::{evidence, integrity, settings};

/// A small generator of numbers: the same seed gives the same days.
struct Dice(u64);

impl Dice {
    /// 0 to `sides` - 1.
    fn roll(&mut self, sides: i64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        i64::try_from(self.0 % sides.unsigned_abs()).unwrap()
    }

    fn pick<T: Clone>(&mut self, values: &[T]) -> T {
        values[usize::try_from(self.roll(i64::try_from(values.len()).unwrap())).unwrap()].clone()
    }
}

struct Simulation {
    scene: Scene,
    model: Model,
    dice: Dice,
    now: Time,
    people: Vec<String>,
    /// What each serial would report now, and as which device it is known.
    fleet: Vec<(DeviceReport, Option<String>)>,
    /// Times that the clock went through twice.
    doubled: Vec<(Time, Time)>,
    /// Answers given at the time that they are about.
    given: Vec<(String, Time, String)>,
}

#[test]
fn sixty_days_are_remembered_as_they_were() {
    for seed in 1..=3 {
        let mut simulation = Simulation::new(seed);
        while simulation.now < days(60) {
            simulation.event();
            if simulation.dice.roll(2) == 0 {
                simulation.ask_now();
            }
        }
        simulation.ask_now();
        simulation.compare_everywhere();
        assert!(integrity::check(&simulation.scene.store, simulation.now).unwrap().is_empty(), "seed {seed}");
        assert!(simulation.given.len() > 100, "seed {seed}: {}", simulation.given.len());
        assert!(simulation.scene.count("verdict_past") > 100, "seed {seed}");
    }
}

impl Simulation {
    fn new(seed: u64) -> Simulation {
        let scene = Scene::new();
        let people: Vec<String> = ["ada@example.com", "bob@example.com"].map(|email| scene.add_user(email, Role::User)).into();
        let mut model = Model { settings: vec![(days(-100), Default::default())], ..Model::default() };
        model.active = people.iter().chain([&scene.admin]).map(|id| (id.clone(), true)).collect();
        let fleet = (0..3).map(|number| (DeviceReport { serial_number: format!("SERIAL-{number}"), ..report() }, None)).collect();
        let dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        Simulation { scene, model, dice, now: T0, people, fleet, doubled: Vec::new(), given: Vec::new() }
    }

    fn event(&mut self) {
        let pause = self.dice.pick(&[1, 60, 3_600, 14_400, 43_200, DAY]);
        self.now = self.now.plus_seconds(1 + self.dice.roll(pause));
        match self.dice.roll(100) {
            0..70 => self.report(),
            70..78 => self.patch(),
            78..86 => self.change_settings(),
            86..92 => self.change_account(),
            92..94 => self.retire(),
            94..97 => self.now = self.now.plus_seconds(self.dice.roll(12 * DAY)),
            _ => self.set_clock_back(),
        }
    }

    fn report(&mut self) {
        let place = usize::try_from(self.dice.roll(3)).unwrap();
        if self.dice.roll(2) == 0 {
            self.change_facts(place);
        }
        let age = match self.dice.roll(10) {
            0..6 => 0,
            6..9 => self.dice.roll(DAY + 1),
            _ => self.dice.roll(6 * DAY),
        };
        let mut sent = self.fleet[place].0.clone();
        sent.collected_at = Some(self.now.plus_seconds(-age));
        if self.dice.roll(5) == 0 {
            sent.sections.truncate(1);
        }
        let source = if self.dice.roll(12) == 0 { Source::Integration } else { Source::Agent };
        let reporter = Reporter { source, ..self.scene.agent() };
        let reported = self.scene.report_as(self.now, sent.clone(), reporter).unwrap();
        let id = reported.device.id.clone();
        if reported.created {
            self.model.devices.insert(id.clone(), Vec::new());
            let mut state = blank(&reported.device);
            self.model.report(&mut state, &sent, source, self.now);
            self.model.devices.get_mut(&id).unwrap().push((self.now, state, self.model.active.clone()));
        } else {
            self.model.event(self.now, Some(&id), |model, state| model.report(state, &sent, source, self.now));
        }
        self.fleet[place].1 = Some(id);
    }

    fn change_facts(&mut self, place: usize) {
        let (key, value) = match self.dice.roll(6) {
            0 => ("firewall_enabled", self.dice.pick(&[json!(true), json!(false), Value::Null])),
            1 => ("disk_encryption", self.dice.pick(&[json!(true), json!(false)])),
            2 => ("screen_lock_delay_secs", json!(self.dice.pick(&[300, 600, 1200, -1]))),
            3 => ("last_update_at", json!(self.now.plus_seconds(3_600 - self.dice.roll(40 * DAY)).to_string())),
            4 => ("local_admin", self.dice.pick(&[json!(true), json!(false)])),
            _ => {
                let software =
                    json!({"items": self.dice.pick(&[json!([{"name": "vim"}]), json!([{"name": "vim"}, {"name": "x"}]), json!([])])});
                let changed = with_section(self.fleet[place].0.clone(), DataType::Software, software);
                self.fleet[place].0 = changed;
                return;
            }
        };
        let report = &mut self.fleet[place].0;
        report.sections[0].1.insert(key.to_owned(), value);
        report.os_version = Some(self.dice.pick(&["15.7.1", "15.7.2", "12.1"]).to_owned());
    }

    fn known(&mut self) -> Option<String> {
        let place = usize::try_from(self.dice.roll(3)).unwrap();
        self.fleet[place].1.clone()
    }

    fn patch(&mut self) {
        let Some(id) = self.known() else { return };
        let active: Vec<String> = self.people.iter().filter(|id| self.model.active[*id]).cloned().collect();
        let owner = if active.is_empty() { None } else { Some(self.dice.pick(&active)) };
        let patch = match self.dice.roll(3) {
            0 => Patch { user_id: Some(owner), ..Patch::default() },
            1 => Patch { tags: Some(vec![format!("tag-{}", self.dice.roll(2))]), ..Patch::default() },
            _ => Patch { device_name: Some(self.dice.pick(&[Some("set".to_owned()), None])), ..Patch::default() },
        };
        let (device_id, sent, now) = (id.clone(), patch.clone(), self.now);
        self.scene.write(now, move |tx| devices::patch(tx, &device_id, &sent)).unwrap();
        self.model.event(now, Some(&id), |model, state| {
            let record = &mut state.record;
            if let Some(name) = &patch.device_name {
                record.name_set = name.is_some();
                record.device_name = name.clone().unwrap_or(record.reported_name.clone());
            }
            record.user_id = patch.user_id.clone().unwrap_or(record.user_id.clone());
            record.tags = patch.tags.clone().unwrap_or(record.tags.clone());
            model.judge_from(state, now, now);
        });
    }

    fn change_settings(&mut self) {
        let grace = self.dice.roll(5);
        let state = self.dice.pick(&["baseline", "advice", "off"]);
        let patch = match self.dice.roll(8) {
            5 => json!({"review_due_soon_days": self.dice.pick(&[7, 14, 30])}),
            6 => json!({"checks": {"service.mfa_enforced": {"grace_days": 3 * grace}, "service.sso_enabled": {"state": state}}}),
            7 => json!({"checks": {"service.review_current": {"grace_days": 10 * grace}}}),
            0 => json!({"silent_after_days": 1 + self.dice.roll(14)}),
            1 => json!({"checks": {"device.firewall_enabled": {"grace_days": grace}}}),
            2 => json!({"checks": {"device.no_local_admin": {"state": state, "grace_days": grace}}}),
            3 => json!({"checks": {"device.os_patch_age": {"params": {"max_days": 1 + self.dice.roll(40)}}}}),
            _ => json!({"checks": {"device.no_forbidden_software": {"params": {"forbidden": self.dice.pick(&[json!(["x"]), json!([])])}}}}),
        };
        let (_, current) = self.model.settings.last().unwrap();
        let (patched, changes) = current.patch(&object(patch.clone()), Catalogue::shipped()).unwrap();
        if changes.is_empty() {
            return;
        }
        self.scene.change_settings(self.now, patch);
        // Known to all devices from now on; what was due before was due under the settings of before.
        self.model.event(self.now.plus_seconds(-1), None, |_, _| {});
        self.model.settings.push((self.now, patched));
        let now = self.now;
        self.model.event(now, None, |model, state| model.judge_from(state, now, now));
        if self.dice.roll(2) == 0 {
            self.scene.apply_due(now);
        }
    }

    fn change_account(&mut self) {
        let id = self.dice.pick(&self.people);
        let now = self.now;
        let active = self.model.active[&id];
        if active {
            self.scene.disable(now, &id);
        } else {
            self.scene.enable(now, &id);
        }
        // Time passes under the account as it was, then it changes.
        self.model.event(now, None, |_, _| {});
        self.model.active.insert(id.clone(), !active);
        self.model.event(now, None, |model, state| {
            if state.record.user_id.as_ref() == Some(&id) {
                model.judge_from(state, now, now);
            }
        });
    }

    fn retire(&mut self) {
        let place = usize::try_from(self.dice.roll(3)).unwrap();
        let Some(id) = self.fleet[place].1.take() else { return };
        let retired = id.clone();
        self.scene.write(self.now, move |tx| devices::retire(tx, &retired, RetireReason::Lost)).unwrap();
        self.model.event(self.now, Some(&id), |_, state| state.retired = true);
    }

    fn set_clock_back(&mut self) {
        let before = self.now;
        self.now = self.now.plus_seconds(-self.dice.roll(3 * 3_600));
        self.doubled.push((self.now, before));
    }

    /// Brings the store up to date and keeps its answers about this very moment.
    fn ask_now(&mut self) {
        self.scene.apply_due(self.now);
        for id in self.model.devices.keys().cloned().collect::<Vec<_>>() {
            let answer = self.answer(&id, self.now);
            self.given.push((id, self.now, answer));
        }
        self.now = self.now.plus_seconds(1);
    }

    /// All that the store says of a device at `at`, but for what is known to a day only.
    fn answer(&self, id: &str, at: Time) -> String {
        let device = self.scene.device_at(id, at).map(|device| (core(&device), device.compliance_status, device.status_since));
        let sections: Vec<_> =
            self.scene.sections_at(id, at).into_iter().map(|section| (section.data_type, section.json, section.source)).collect();
        // A retired device has no answer: its sections are nobody's.
        let sections = device.is_some().then_some(sections);
        format!("{device:?} {:?} {sections:?}", self.scene.verdicts_at(id, at))
    }

    fn clear(&self, at: Time) -> bool {
        self.doubled.iter().all(|(from, until)| at < *from || at > *until)
    }

    fn compare_everywhere(&mut self) {
        for (id, at, answer) in &self.given {
            if self.clear(*at) {
                assert_eq!(&self.answer(id, *at), answer, "asked again, {id} at {at}");
            }
        }
        let some: Vec<Time> = (0..100).map(|_| T0.plus_seconds(self.dice.roll(60 * DAY))).collect();
        for (id, events) in &self.model.devices {
            let around_events = events.iter().flat_map(|(time, ..)| [*time, time.plus_seconds(-1)]);
            let walked = self.walked(id);
            for at in some.iter().copied().chain(around_events).filter(|at| *at < self.now && self.clear(*at)) {
                self.compare(id, at);
                let last = walked.iter().rfind(|(moment, _)| *moment <= at).map(|(_, statuses)| statuses.clone());
                assert_eq!(last.unwrap_or_default(), self.stored_statuses(id, at), "walked through, {id} at {at} ({})", at.0);
            }
        }
    }

    fn compare(&self, id: &str, at: Time) {
        let place = format!("{id} at {at} ({})", at.0);
        let (Some(expected), found) = (self.model.at(id, at), self.scene.device_at(id, at)) else {
            assert_eq!(self.scene.device_at(id, at), None, "{place}");
            return;
        };
        let found = found.unwrap_or_else(|| panic!("not known: {place}"));
        assert_eq!(core(&found), core(&expected.record), "{place}");
        assert_eq!((found.compliance_status, found.status_since), expected.status, "{place}");
        assert_within_a_day(found.last_seen, expected.record.last_seen, &place);
        let sections = self.scene.sections_at(id, at);
        self.compare_own_facts(&found, &sections, &expected, at, &place);
        assert_eq!(sections.len(), expected.held.len(), "{place}");
        for section in sections {
            let held = &expected.held[section.data_type.as_str()];
            assert_eq!(
                (object(serde_json::from_str(&section.json).unwrap()), section.source),
                (held.content.clone(), held.source),
                "{place}"
            );
            assert_within_a_day(Some(section.confirmed_until), Some(held.collected_at), &place);
        }
        self.compare_verdicts(id, &expected, at, &place);
    }

    /// The statuses that a walk through the facts of `id` gives, from each moment at which one could change; empty while it is not known.
    fn walked(&self, id: &str) -> Vec<(Time, BTreeMap<String, String>)> {
        self.scene.read(self.now, |tx| {
            let (from, to) = (days(-1), self.now);
            let mut moments = evidence::device_moments(tx, id, from, to)?;
            moments.extend(evidence::judging_moments(tx, from, to)?);
            let (mut states, mut walked) = (evidence::DeviceStates::of(tx, id)?, Vec::new());
            evidence::walk(from, to, moments, |at| {
                let Some(state) = states.at(at)? else {
                    walked.push((at, BTreeMap::new()));
                    return Ok(None);
                };
                let checks = &settings::at(tx, at)?.checks;
                let judged = judge(checks, Subject::Device, &state.facts(checks.os_support), at);
                walked.push((at, judged.verdicts.iter().map(|found| (found.check_id.to_owned(), found.status.to_string())).collect()));
                Ok(judged.changes_at)
            })?;
            Ok(walked)
        })
    }

    fn stored_statuses(&self, id: &str, at: Time) -> BTreeMap<String, String> {
        self.scene.verdicts_at(id, at).into_iter().map(|found| (found.check_id, found.status.to_string())).collect()
    }

    /// The facts that the store gives, uncertain by a day as their confirmations are, must give the verdicts too: reports that use other
    /// parameters rest on them.
    fn compare_own_facts(&self, found: &Device, sections: &[StoredSection], expected: &State, at: Time, place: &str) {
        let held = |section: &StoredSection| {
            let content = object(serde_json::from_str(&section.json).unwrap());
            (section.data_type.as_str(), Held { content, collected_at: section.confirmed_until, source: section.source })
        };
        let state = State { record: found.clone(), held: sections.iter().map(held).collect(), ..expected.clone() };
        let checks = self.model.checks_at(at);
        for verdict in self.model.judged(&state, self.model.active_at(&found.id, at), &checks, at).verdicts {
            assert_eq!(verdict.status, expected.standing[verdict.check_id].0, "{} from its own facts, {place}", verdict.check_id);
        }
    }

    fn compare_verdicts(&self, id: &str, expected: &State, at: Time, place: &str) {
        let verdicts = self.scene.verdicts_at(id, at);
        let checks = self.model.checks_at(at);
        let judged = self.model.judged(expected, self.model.active_at(id, at), &checks, at);
        let found: BTreeMap<&str, _> = verdicts
            .iter()
            .map(|verdict| {
                (verdict.check_id.as_str(), (verdict.status, verdict.observed.clone(), verdict.reason.as_deref(), verdict.since))
            })
            .collect();
        let wanted: BTreeMap<&str, _> = judged
            .verdicts
            .iter()
            .map(|verdict| {
                let rule = &Catalogue::shipped().check(verdict.check_id).unwrap().rule;
                let observed = volatile::stored(rule, verdict.observed.clone());
                let since = expected.standing[verdict.check_id].1;
                (verdict.check_id, (verdict.status, observed, verdict.reason.map(|reason| reason.as_str()), since))
            })
            .collect();
        for (check_id, wanted) in &wanted {
            assert_eq!(found.get(check_id), Some(wanted), "{check_id} {place}");
        }
        assert_eq!(found.len(), wanted.len(), "{place}");
    }
}

/// A device of which nothing is known yet.
fn blank(device: &Device) -> State {
    let record = Device { collected_at: None, last_seen: None, changes_at: None, ..device.clone() };
    let status = (crate::domain::compliance::Status::Unknown, device.first_seen);
    State { record, held: BTreeMap::new(), standing: BTreeMap::new(), status, retired: false }
}

fn core(device: &Device) -> String {
    format!(
        "{} {} {} {:?} {:?} {:?} {:?} {}",
        device.serial_number,
        device.device_name,
        device.reported_name,
        device.os_version,
        device.user_id,
        device.tags,
        device.source,
        device.first_seen
    )
}

/// Single reports are not kept: the store may be up to a day early.
fn assert_within_a_day(found: Option<Time>, expected: Option<Time>, place: &str) {
    let off = expected.unwrap().seconds_since(found.unwrap());
    assert!((0..=DAY).contains(&off), "{off} s off: {place}");
}
