//! What a judgement costs: the rules alone over a typical device, and an exception for a tag that every device has.

use std::time::Instant;

use chrono::Days;
use recoger::domain::check::{Catalogue, Subject};
use recoger::domain::compliance::{CheckStanding, StatusInputs, judge, subject_status};
use recoger::domain::device::{DeviceType, OsType, Ownership};
use recoger::domain::exception::{ExceptionScope, SubjectType};
use recoger::domain::facts::{DeviceFacts, Facts, Section};
use recoger::domain::os_support::OsSupport;
use recoger::domain::settings::{ResolvedChecks, Settings};
use recoger::domain::time::Time;
use recoger::store::exceptions::{self, NewException};
use recoger::store::{Actor, Store, devices, score};
use serde_json::{Map, Value};

use crate::appliance::data;
use crate::options::Options;
use crate::stock::{Stock, body};
use crate::table::{Line, median};

/// Judgements in one round.
const JUDGEMENTS: u32 = 20_000;
/// The tag that all devices get.
const TAG: &str = "all";

/// Measures both.
pub fn measure(options: &Options, lines: &mut Vec<Line>) {
    let rounds: Vec<f64> = (0..options.rounds).map(|_| micros_of_a_judgement()).collect();
    lines.push(Line {
        what: "judge one report".to_owned(),
        size: "facts, verdicts, status".to_owned(),
        figure: format!("{:.1} µs of CPU", median(&rounds).unwrap_or_default()),
        ..Line::default()
    });
    let devices = options.reporting();
    let (failing, milliseconds) = exception_by_tag(devices);
    lines.push(Line {
        what: "exception by a tag".to_owned(),
        size: format!("{devices} devices, {failing} fail"),
        figure: format!("{milliseconds:.0} ms"),
        ..Line::default()
    });
}

/// CPU of one judgement: facts from a report with its sections, every check of the catalogue, and the status.
fn micros_of_a_judgement() -> f64 {
    let (settings, now) = (Settings::default(), Time(chrono::Utc::now().timestamp()));
    let checks = ResolvedChecks::with_os_support(Catalogue::shipped(), OsSupport::shipped(), &settings);
    let report = body(1, now);
    let section = |name: &str| -> Map<String, Value> { report[name].as_object().unwrap().clone() };
    let (security, software) = (section("security"), section("software"));
    let begun = cpu_nanoseconds();
    let mut passed = 0_usize;
    for _ in 0..JUDGEMENTS {
        let core = DeviceFacts {
            serial_number: report["serial_number"].as_str().unwrap(),
            device_name: report["device_name"].as_str().unwrap(),
            device_type: DeviceType::Laptop,
            os_type: OsType::Macos,
            os_version: report["os_version"].as_str(),
            os_distribution: None,
            os_edition: None,
            last_seen: Some(now),
            user_id: Some("user_1"),
            owner_active: Some(true),
            ownership: Ownership::Company,
            headless: false,
            tags: &[],
            security: Some(Section { data: &security, confirmed_at: now }),
            software: Some(Section { data: &software, confirmed_at: now }),
        };
        let judgement = judge(&checks, Subject::Device, &Facts::of_device(&core).with_os_support(checks.os_support), now);
        let standings: Vec<CheckStanding> = judgement
            .verdicts
            .iter()
            .map(|verdict| CheckStanding { check_id: verdict.check_id, status: verdict.status, since: now })
            .collect();
        let inputs = StatusInputs { subject: Subject::Device, checks: &standings, last_seen: Some(now), review_due_on: None };
        passed += usize::from(subject_status(&checks, &inputs, now).changes_at.is_some()) + judgement.verdicts.len();
    }
    assert!(std::hint::black_box(passed) > 0);
    (cpu_nanoseconds() - begun) as f64 / 1_000.0 / f64::from(JUDGEMENTS)
}

/// How many devices fail the check that most of them fail, and how long recording an exception for the tag of all of them takes.
fn exception_by_tag(wanted: usize) -> (u64, f64) {
    let mut stock = Stock::new();
    stock.fill(wanted);
    let store = Store::open(&data(stock.folder.path())).unwrap();
    let (tenant, now) = (stock.tenant_id.clone(), stock.now.plus_seconds(60));
    let (ids, check, failing) = store
        .read(&tenant, &Actor::system(), now, |tx| {
            let page = devices::Page { sort: devices::Sort::DeviceName, descending: false, skip: 0, limit: wanted as i64 };
            let tally = score::tally(tx)?;
            let (check, counts) = tally.iter().max_by_key(|(_, counts)| counts.failed).unwrap();
            Ok((devices::ids(tx, &devices::Filter::default(), page)?, check.to_string(), counts.failed))
        })
        .unwrap();
    assert_eq!(ids.len(), wanted);
    let tagged = devices::Patch { tags: Some(vec![TAG.to_owned()]), ..devices::Patch::default() };
    let tag_all = move |tx: &recoger::store::WriteTx| ids.iter().try_for_each(|id| devices::patch(tx, id, &tagged).map(drop));
    store.write_large(&tenant, &Actor::system(), now, tag_all).unwrap();
    let new = NewException {
        subject_type: SubjectType::Device,
        scope: ExceptionScope::Tag(TAG.to_owned()),
        check_id: check,
        reason: "measured".to_owned(),
        compensating_measure: None,
        requested_by: None,
        approver: None,
        expires_on: now.date_in(chrono_tz::Tz::UTC).checked_add_days(Days::new(30)).unwrap(),
    };
    let begun = Instant::now();
    store.write(&tenant, &Actor::system(), now.plus_seconds(60), move |tx| exceptions::create(tx, new)).unwrap();
    (failing, begun.elapsed().as_secs_f64() * 1_000.0)
}

/// What this thread has spent on a core: other load of the machine does not count.
fn cpu_nanoseconds() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux counts it");
    text.split(' ').next().and_then(|number| number.parse().ok()).expect("its first number")
}
