//! The services of the period with their reviews, one after another: walked through, counted, described.

use std::collections::{BTreeSet, HashMap};

use super::frame::{Frame, terms};
use super::subject::About;
use super::walk::{Standing, Subjected, track};
use super::{Progress, Run};
use crate::domain::check::Subject;
use crate::domain::exception::{Exception, SubjectType};
use crate::domain::finding::FindingStatus;
use crate::domain::framework::evaluate::Evaluation;
use crate::domain::review::ReviewOutcome;
use crate::domain::service::DataClassification;
use crate::domain::time::Time;
use crate::error::Result;
use crate::report::content::{Review, Service, SubjectRef};
use crate::store::evidence::{self, ServiceState};
use crate::store::{findings, reviews, services};

/// A service that is asked about moments.
struct Walked<'w, 't, 'c> {
    frame: &'w Frame<'t, 'c>,
    evaluation: &'w Evaluation<'w>,
    id: &'w str,
    begin: Time,
    exceptions: &'w [&'w Exception],
}

impl Subjected for Walked<'_, '_, '_> {
    fn stand(&mut self, at: Time) -> Result<Option<Standing>> {
        let Some(state) = evidence::service_at(self.frame.tx, self.id, at)? else { return Ok(None) };
        let terms = terms(self.exceptions, &state.service.record.tags);
        Ok(Some(self.evaluation.stand_unseen(Subject::Service, &state.facts(), &terms, at).unwrap_or_default()))
    }

    fn moments(&self, from: Time, to: Time) -> Result<BTreeSet<Time>> {
        let mut moments = evidence::service_moments(self.frame.tx, self.id, from, to)?;
        moments.extend(self.exceptions.iter().flat_map(|exception| [exception.recorded_at, exception.until]));
        Ok(moments)
    }

    fn begin(&self) -> Time {
        self.begin
    }
}

/// Adds every service of the period.
pub(super) fn add(run: &mut Run<'_, '_, '_>, ids: &[String], progress: &mut Progress<'_>) -> Result<()> {
    let mut open_findings: HashMap<String, u64> = HashMap::new();
    for finding in findings::all_at(run.frame.tx, run.frame.as_of)? {
        if finding.record.status == FindingStatus::Open {
            *open_findings.entry(finding.review_id).or_default() += 1;
        }
    }
    for id in ids {
        add_one(run, id, &open_findings)?;
        progress.step()?;
    }
    run.services.sort_by_cached_key(|service| (service.name.to_lowercase(), service.id.clone()));
    Ok(())
}

fn add_one(run: &mut Run<'_, '_, '_>, id: &str, open_findings: &HashMap<String, u64>) -> Result<()> {
    let frame = run.frame;
    let Some(record) = services::find(frame.tx, id)? else { return Ok(()) };
    let candidates = frame.candidates(SubjectType::Service, id);
    let left = record.retired_at.filter(|at| *at <= frame.as_of);
    let begin = record.created_at;
    let mut walked = Walked { frame, evaluation: &run.evaluation, id, begin, exceptions: &candidates };
    let track = track(&mut walked, run.tallies.len(), frame.period.from.max(begin), frame.as_of)?;
    let seen_at = left.map_or(frame.as_of, |at| at.plus_seconds(-1));
    let (Some(joined), Some(state)) = (track.joined, evidence::service_at(frame.tx, id, seen_at)?) else { return Ok(()) };
    run.services_came_and_went.count(frame, joined, begin, left.map(|at| (at, ())));
    let stated = &state.service.record;
    let about = About {
        subject: SubjectRef {
            kind: Subject::Service,
            id: id.to_owned(),
            name: stated.name.clone(),
            serial_number: None,
            owner: frame.name(stated.owner_id.as_deref())?,
        },
        begin,
        left,
        os: None,
        source: stated.source,
        review_due_on: stated.next_review_date,
        last_seen: None,
        exceptions: &candidates,
        tags: &stated.tags,
        late: &[],
    };
    run.count_period(&track, &about);
    let described = describe(run, &state, &track, &about, seen_at, open_findings)?;
    run.services.push(described);
    Ok(())
}

fn describe(
    run: &mut Run<'_, '_, '_>,
    state: &ServiceState,
    track: &super::walk::Track,
    about: &About<'_>,
    seen_at: Time,
    open_findings: &HashMap<String, u64>,
) -> Result<Service> {
    let frame = run.frame;
    let (record, facts) = (&state.service.record, state.facts());
    let terms = terms(about.exceptions, &record.tags);
    let standing = run.evaluation.stand(Subject::Service, &facts, &terms, seen_at);
    let in_scope = standing.is_some();
    let (outcomes, _) = standing.unwrap_or_default();
    let values = run.facts(Subject::Service, &outcomes, &facts, seen_at, about.begin);
    let (mut results, mut status) = (Vec::new(), None);
    if about.left.is_none() {
        let counted = run.evaluation.add(Subject::Service, &facts, &terms);
        let (found, stands) = run.count_end(track, about, &counted);
        (results, status) = (found, Some(stands));
        let owner_is_active = facts.get("owner_active", frame.as_of, frame.zone).fact.is_some_and(|fact| fact.value == true);
        run.present.count_service(in_scope, owner_is_active);
    }
    let owner = record.owner_id.as_deref().map(|id| frame.named(id)).transpose()?.flatten();
    Ok(Service {
        id: state.service.id.clone(),
        name: record.name.clone(),
        category: record.category.clone(),
        owner: owner.as_ref().map(|named| named.name.clone()),
        owner_email: owner.and_then(|named| named.email),
        data_classification: record.data_classification.map(|class: DataClassification| class.to_string()),
        processes_personal_data: record.processes_personal_data,
        data_location: record.answers.data_location.clone(),
        tags: record.tags.clone(),
        created_at: about.begin,
        deleted_at: about.left,
        last_review_date: record.last_review_date,
        next_review_date: record.next_review_date,
        in_scope,
        status,
        results,
        facts: values,
        reviews: reviews_of(frame, &state.service.id, open_findings)?,
    })
}

/// The reviews that were recorded in the period, and the last one before it.
fn reviews_of(frame: &Frame<'_, '_>, id: &str, open_findings: &HashMap<String, u64>) -> Result<Vec<Review>> {
    let (mut all, _) = reviews::list(frame.tx, id, 0, i64::MAX)?;
    all.retain(|review| review.created_at <= frame.as_of);
    all.sort_by(|a, b| (b.created_at, &b.id).cmp(&(a.created_at, &a.id)));
    let within = all.partition_point(|review| review.created_at >= frame.period.from);
    all.truncate(within + 1);
    let said = |review: crate::domain::review::Review| {
        Ok(Review {
            review_date: review.statement.review_date,
            recorded_at: review.created_at,
            recorded_late_days: Some(review.recorded_late_days).filter(|days| *days > 0),
            reviewer: frame.name(review.created_by.as_deref())?,
            outcome: review.statement.outcome.map(|outcome: ReviewOutcome| outcome.to_string()),
            findings: review.statement.findings,
            open_findings: open_findings.get(&review.id).copied().unwrap_or_default(),
            next_review_date: Some(review.next_review_date),
            id: review.id,
        })
    };
    all.into_iter().map(said).collect()
}
