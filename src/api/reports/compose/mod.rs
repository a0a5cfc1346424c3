//! Fills a compliance report from the store, within one read: figures from facts, by the rules in force at the end of its period.

mod appliance;
mod checks;
mod controls;
mod devices;
mod frame;
mod head;
mod integrity;
mod method;
mod population;
mod records;
mod services;
mod subject;
mod summary;
mod tally;
#[cfg(test)]
mod tests;
mod walk;
mod words;

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::domain::compliance::{Counts, ScoreRow, score};
use crate::domain::device::RetireReason;
use crate::domain::framework::Framework;
use crate::domain::framework::evaluate::{Evaluated, Evaluation, Terms};
use crate::domain::report::Report;
use crate::error::Result;
use crate::limits::REPORT_PROGRESS_SUBJECTS;
use crate::report::content::{ComplianceReport, Deviation, Device, EvidenceTally, FORMAT, Service, TrendPoint};
use crate::store::{Tx, evidence, people, settings};

use frame::Frame;
use population::{CameAndWent, Counted, Owners, Present};
use tally::RowTally;

pub use summary::summary;

/// What goes into a report besides what the store holds.
#[derive(Debug, Clone, Copy)]
pub struct AsSent<'s> {
    /// The request as it was sent: method, path and body, or the command line.
    pub text: &'s str,
    /// Chosen categories of the framework besides those that are always in.
    pub categories: &'s [String],
}

/// The report that was ordered as `report`, on `framework`, from what the tenant's store holds. `progress` hears of each percent, once in a
/// while; its error ends the making.
///
/// The figures of a period that is over are the same whenever it is made. Those of one that is not are of now, and preliminary.
pub fn compose(
    tx: &Tx,
    report: &Report,
    framework: &Framework,
    as_sent: AsSent<'_>,
    progress: &mut dyn FnMut(u8) -> Result<()>,
) -> Result<ComplianceReport> {
    let frame = Frame::new(tx, report, framework)?;
    let independent = people::population(tx, frame.as_of)?;
    let (not_applicable, attested) = (frame.reasons(), frame.attested()?);
    let terms = Terms {
        at: frame.as_of,
        categories: as_sent.categories,
        not_applicable: &not_applicable,
        attested: &attested,
        people_without_device: independent.without_device,
    };
    let mut run = Run::new(&frame, terms);
    let device_ids = evidence::device_ids(tx, frame.period.from, frame.as_of)?;
    let service_ids = evidence::service_ids(tx, frame.period.from, frame.as_of)?;
    let mut progress = Progress { report: progress, done: 0, of: device_ids.len() + service_ids.len() };
    devices::add(&mut run, &device_ids, &mut progress)?;
    services::add(&mut run, &service_ids, &mut progress)?;
    let accounts = appliance::add(&mut run)?;
    let lacking = population::lacking_by_day(&frame, &run.owners)?;
    let takes_people = takes_people(&frame, terms);
    let trend = run.trend(&lacking, &takes_people);
    finish(run, as_sent, &accounts, &independent, trend)
}

/// Everything that was gathered becomes the report.
fn finish(
    run: Run<'_, '_, '_>,
    as_sent: AsSent<'_>,
    accounts: &appliance::Accounts,
    independent: &people::Population,
    trend: Vec<TrendPoint>,
) -> Result<ComplianceReport> {
    let Run { frame, evaluation, mut tallies, mut evidence, mut deviations, devices, services, .. } = run;
    let evaluated = evaluation.finish();
    let counted = Counted { present: &run.present, devices: &run.came_and_went, services: &run.services_came_and_went, independent };
    let population = population::figures(frame, &counted)?;
    let people = population::list(frame, &run.present)?;
    let chain = evidence::chain(frame.tx)?;
    // Controls count failing subjects, which then move into the checks.
    let controls = controls::controls(frame, &evaluated, &tallies)?;
    let not_covered = controls::not_covered(frame, &evaluated)?;
    let own = checks::results(frame, &evaluated, &mut tallies, |row| !row.check.subject.enters_score());
    let checks = checks::results(frame, &evaluated, &mut tallies, |row| row.check.subject.enters_score());
    let is_attested = |id: &&String| evaluated.controls.iter().any(|control| control.control.id == **id) || is_uncovered(&evaluated, id);
    evidence.controls_attested = frame.attested()?.keys().filter(is_attested).count() as u64;
    deviations.sort_by(|a, b| {
        b.seconds
            .cmp(&a.seconds)
            .then_with(|| (&a.subject.name, &a.subject.id, &a.check_id, a.from).cmp(&(&b.subject.name, &b.subject.id, &b.check_id, b.from)))
    });
    let device_names = devices.iter().map(|device| (device.id.as_str(), device.name.as_str()));
    let names: HashMap<&str, &str> =
        device_names.chain(services.iter().map(|service| (service.id.as_str(), service.name.as_str()))).collect();
    let (exceptions, attestations) = (records::exceptions(frame, &run.covered, &names)?, records::attestations(frame, &names)?);
    Ok(ComplianceReport {
        format: FORMAT,
        organisation: head::organisation(frame)?,
        framework: head::framework(frame.framework),
        period: head::period(frame),
        generated: head::generated(frame)?,
        request: head::request(frame, as_sent, checks::parameters(frame, &evaluated)),
        basis: integrity::basis(frame, &chain)?,
        result: evaluated.score,
        coverage: controls::coverage(&evaluated),
        evidence,
        previous: summary::previous(frame, &checks)?,
        trend,
        control_tally: controls::tally(&evaluated.tally),
        controls,
        checks_not_in_use: checks::not_in_use(frame, &evaluated),
        checks,
        deviations,
        population,
        people,
        exceptions,
        attestations,
        not_covered,
        appliance: appliance::block(accounts, &run.present, own),
        audit_chain: integrity::audit_chain(frame, &chain)?,
        method: method::texts(frame),
        changes: integrity::changes(frame)?,
        devices,
        services,
    })
}

fn needs_lists(check: &crate::domain::check::Check) -> bool {
    let leaves = check.rule.leaves().into_iter().chain(check.applies.iter().flat_map(crate::domain::rule::Rule::leaves));
    leaves.into_iter().any(|leaf| matches!(leaf.fact.as_str(), "software.items" | "software.names"))
}

fn is_uncovered(evaluated: &Evaluated<'_>, id: &str) -> bool {
    evaluated.uncovered.iter().any(|control| control.control.id == id)
}

/// Which rows count a person without a device: the engine says it of a population of one.
fn takes_people(frame: &Frame<'_, '_>, terms: Terms<'_>) -> Vec<bool> {
    let one = Evaluation::new(frame.framework, &frame.rules.checks, Terms { people_without_device: 1, ..terms }).finish();
    one.rows.iter().map(|row| row.counts.no_data > 0).collect()
}

/// A report under way.
struct Run<'r, 't, 'c> {
    frame: &'r Frame<'t, 'c>,
    evaluation: Evaluation<'r>,
    /// ResultRow by row.
    tallies: Vec<RowTally>,
    evidence: EvidenceTally,
    deviations: Vec<Deviation>,
    devices: Vec<Device>,
    services: Vec<Service>,
    present: Present,
    came_and_went: CameAndWent<RetireReason>,
    services_came_and_went: CameAndWent<()>,
    owners: Owners,
    /// Subjects that each exception covers as of the end.
    covered: HashMap<String, u64>,
    texts: RefCell<HashSet<Arc<str>>>,
    /// Whether any row in use judges by what lists of software hold.
    takes_lists: bool,
}

impl<'r, 't, 'c> Run<'r, 't, 'c> {
    fn new(frame: &'r Frame<'t, 'c>, terms: Terms<'r>) -> Run<'r, 't, 'c> {
        let evaluation = Evaluation::new(frame.framework, &frame.rules.checks, terms);
        let takes_lists = evaluation.rows().iter().any(|row| row.is_active() && needs_lists(row.check));
        let tallies = evaluation.rows().iter().map(|_| RowTally::new(frame.days.len())).collect();
        Run {
            frame,
            evaluation,
            tallies,
            evidence: EvidenceTally::default(),
            deviations: Vec::new(),
            devices: Vec::new(),
            services: Vec::new(),
            present: Present::default(),
            came_and_went: CameAndWent::default(),
            services_came_and_went: CameAndWent::default(),
            owners: Owners::default(),
            covered: HashMap::new(),
            texts: RefCell::default(),
            takes_lists,
        }
    }

    fn rules(&self) -> &'r settings::Version {
        &self.frame.rules
    }

    /// The score at the end of each day on which anything was in scope.
    fn trend(&self, lacking: &[u64], takes_people: &[bool]) -> Vec<TrendPoint> {
        let rows = self.evaluation.rows();
        let point = |(place, (day, _)): (usize, &(chrono::NaiveDate, _))| {
            let counts = |position: usize| {
                let mut counts: Counts = self.tallies[position].days[place];
                counts.no_data += if takes_people[position] { lacking[place] } else { 0 };
                counts
            };
            let active = rows.iter().enumerate().filter(|(_, row)| row.is_active());
            let score_row = |(position, row): (usize, &crate::domain::framework::evaluate::ResultRow<'_>)| ScoreRow {
                subject: row.check.subject,
                severity: row.severity,
                counts: counts(position),
            };
            let score = score(&self.rules().checks.catalogue.weights, active.map(score_row));
            (score.counts.applicable() > 0).then_some(TrendPoint { day: *day, score: score.score, completeness: score.completeness })
        };
        self.frame.days.iter().enumerate().filter_map(point).collect()
    }
}

/// How far it is, told once in a while.
struct Progress<'p> {
    report: &'p mut dyn FnMut(u8) -> Result<()>,
    done: usize,
    of: usize,
}

impl Progress<'_> {
    /// One more subject is done.
    fn step(&mut self) -> Result<()> {
        self.done += 1;
        if !self.done.is_multiple_of(REPORT_PROGRESS_SUBJECTS) {
            return Ok(());
        }
        // At most 100.
        (self.report)((100 * self.done / self.of.max(1)).min(100) as u8)
    }
}
