//! What a report is made within: its days and moment, the rules in force at its end, decisions, statements and exceptions, and names.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;

use crate::domain::attestation::{About, Attestation};
use crate::domain::exception::{Exception, ExceptionScope, SubjectType};
use crate::domain::framework::Framework;
use crate::domain::framework::evaluate::{Attested, ExceptionTerm};
use crate::domain::period::Period;
use crate::domain::report::Report;
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::limits::REPORT_EXCEPTIONS_READ_MAX;
use crate::store::applicability::{self, Decision};
use crate::store::evidence::{Named, name_at};
use crate::store::exceptions::{self, Page, Sort};
use crate::store::{Tx, attestations, settings};

/// One report under way, with everything that does not depend on a single subject.
pub(super) struct Frame<'f, 'c> {
    pub(super) tx: &'f Tx<'c>,
    pub(super) report: &'f Report,
    pub(super) framework: &'f Framework,
    /// Its days as far as they have come.
    pub(super) period: Period,
    /// The moment whose state is reported.
    pub(super) as_of: Time,
    /// Where the organisation's days begin.
    pub(super) zone: Tz,
    /// The last moment of each day, up to [`Frame::as_of`].
    pub(super) days: Vec<(NaiveDate, Time)>,
    /// Settings and catalogue in force at [`Frame::as_of`]: the one yardstick for all of the period.
    pub(super) rules: Arc<settings::Version>,
    /// Exceptions in force at some time in the period, as known at its end; the oldest first.
    pub(super) exceptions: Vec<Exception>,
    /// Controls that do not apply, with the decision.
    pub(super) not_applicable: BTreeMap<String, Decision>,
    /// What held at the end about this framework and about subjects, the oldest first.
    pub(super) attestations: Vec<Attestation>,
    by_subject: HashMap<String, Vec<usize>>,
    by_tag: Vec<usize>,
    names: RefCell<HashMap<String, Option<Named>>>,
}

impl<'f, 'c> Frame<'f, 'c> {
    pub(super) fn new(tx: &'f Tx<'c>, report: &'f Report, framework: &'f Framework) -> Result<Frame<'f, 'c>> {
        let range = report.order.range;
        let after = range.end.checked_add_days(Days::new(1)).unwrap_or(range.end);
        let zone = settings::at(tx, Time::start_of(after, Tz::UTC).min(tx.now))?.settings.time_zone;
        // In the very second in which its first day begins nothing of a period has come yet.
        let now = tx.now.max(Time::start_of(range.start, zone).plus_seconds(1));
        let period = Period::new(range.start, range.end, zone, now).ok_or_else(|| Error::invalid("`date_range` has no day"))?;
        let as_of = if period.preliminary { period.until } else { period.until.plus_seconds(-1) };
        let held = Exceptions::read(tx, period.from, as_of)?;
        let decisions = applicability::decisions_at(tx, &framework.key, as_of)?;
        let not_applicable =
            decisions.into_iter().filter(|decision| !decision.applicable).map(|decision| (decision.control_id.clone(), decision)).collect();
        let mut attestations = attestations::valid_at(tx, as_of)?;
        attestations.retain(|attestation| match &attestation.about {
            About::Control { framework_id, .. } => *framework_id == framework.key,
            About::Subject { .. } => true,
        });
        Ok(Frame {
            tx,
            report,
            framework,
            days: days(range.start, range.end, zone, as_of),
            period,
            as_of,
            zone,
            rules: settings::at(tx, as_of)?,
            exceptions: held.all,
            not_applicable,
            attestations,
            by_subject: held.by_subject,
            by_tag: held.by_tag,
            names: RefCell::default(),
        })
    }

    /// What the user or key called `id` was called at the end of the period.
    pub(super) fn named(&self, id: &str) -> Result<Option<Named>> {
        if let Some(known) = self.names.borrow().get(id) {
            return Ok(known.clone());
        }
        let found = name_at(self.tx, id, self.as_of)?;
        self.names.borrow_mut().insert(id.to_owned(), found.clone());
        Ok(found)
    }

    /// The name alone.
    pub(super) fn name(&self, id: Option<&str>) -> Result<Option<String>> {
        Ok(match id {
            Some(id) => self.named(id)?.map(|named| named.name),
            None => None,
        })
    }

    /// The exceptions that may hold for a subject: its own, and those of any tag.
    pub(super) fn candidates(&self, subject_type: SubjectType, id: &str) -> Vec<&Exception> {
        let own = self.by_subject.get(id).into_iter().flatten();
        let all = own.chain(&self.by_tag).map(|position| &self.exceptions[*position]);
        all.filter(|exception| exception.subject_type == subject_type).collect()
    }

    /// Why controls do not apply, by control.
    pub(super) fn reasons(&self) -> BTreeMap<String, String> {
        self.not_applicable.iter().map(|(id, decision)| (id.clone(), decision.reason.clone().unwrap_or_default())).collect()
    }

    /// Who vouches for which control; of several the latest.
    pub(super) fn attested(&self) -> Result<BTreeMap<String, Attested>> {
        let mut attested = BTreeMap::new();
        for attestation in &self.attestations {
            if let About::Control { control_id, .. } = &attestation.about {
                let by = self.name(attestation.created_by.as_deref())?.unwrap_or_else(|| "the operator".to_owned());
                attested.insert(control_id.clone(), Attested { by, on: attestation.created_at.date_in(self.zone) });
            }
        }
        Ok(attested)
    }
}

/// Of `candidates` those that are for a subject with `tags`, as the engine takes them.
pub(super) fn terms<'e>(candidates: &[&'e Exception], tags: &[String]) -> Vec<ExceptionTerm<'e>> {
    let applies = |exception: &&&Exception| match &exception.scope {
        ExceptionScope::Subject(_) => true,
        ExceptionScope::Tag(tag) => tags.contains(tag),
    };
    let term =
        |exception: &&'e Exception| ExceptionTerm { check_id: &exception.check_id, from: exception.recorded_at, until: exception.until };
    candidates.iter().filter(applies).map(term).collect()
}

/// Exceptions with their places by what they are for.
struct Exceptions {
    all: Vec<Exception>,
    by_subject: HashMap<String, Vec<usize>>,
    by_tag: Vec<usize>,
}

impl Exceptions {
    fn read(tx: &Tx, from: Time, as_of: Time) -> Result<Exceptions> {
        let page = Page { sort: Sort::RecordedAt, descending: false, skip: 0, limit: REPORT_EXCEPTIONS_READ_MAX };
        let (mut all, total) = exceptions::list(tx, &exceptions::Filter::default(), page)?;
        if total > all.len() as u64 {
            return Err(Error::internal(format!("more than {REPORT_EXCEPTIONS_READ_MAX} exceptions")));
        }
        all.retain(|exception| exception.recorded_at <= as_of && exception.until > from);
        // What happened afterwards was not known then: the exception had its last day before it.
        for exception in &mut all {
            exception.revoked = exception.revoked.take().filter(|(at, _)| *at <= as_of);
        }
        let (mut by_subject, mut by_tag) = (HashMap::<String, Vec<usize>>::new(), Vec::new());
        for (position, exception) in all.iter().enumerate() {
            match &exception.scope {
                ExceptionScope::Subject(id) => by_subject.entry(id.clone()).or_default().push(position),
                ExceptionScope::Tag(_) => by_tag.push(position),
            }
        }
        Ok(Exceptions { all, by_subject, by_tag })
    }
}

fn days(first: NaiveDate, last: NaiveDate, zone: Tz, as_of: Time) -> Vec<(NaiveDate, Time)> {
    let end = |day: NaiveDate| day.checked_add_days(Days::new(1)).map_or(as_of, |next| Time::start_of(next, zone).plus_seconds(-1));
    let come = first.iter_days().take_while(|day| *day <= last && Time::start_of(*day, zone) <= as_of);
    come.map(|day| (day, end(day).min(as_of))).collect()
}
