//! Reports composed from small stores.

mod figures;
mod steady;

use crate::domain::check::Catalogue;
use crate::domain::framework::Framework;
use crate::domain::report::{DateRange, Order, Report, ReportFormat, ReportStatus, Trigger};
use crate::domain::time::{Time, parse_date};
use crate::report::content::{CheckResult, ComplianceReport};
use crate::store::devices::tests::support::*;

use super::{AsSent, compose};

/// An order of `framework` for the days given.
pub fn order(framework: &str, start: &str, end: &str) -> Report {
    let range = DateRange { start: parse_date(start).unwrap(), end: parse_date(end).unwrap() };
    Report {
        id: "rpt_test".to_owned(),
        order: Order {
            framework_id: framework.to_owned(),
            format: ReportFormat::Json,
            range,
            trigger: Trigger::CommandLine,
            role: None,
            request: "report make".to_owned(),
        },
        status: ReportStatus::Running,
        progress: 0,
        error: None,
        created_at: Time(0),
        created_by: None,
        finished_at: None,
        file: None,
        file_removed_at: None,
    }
}

pub fn shipped(key: &str) -> &'static Framework {
    Framework::shipped().iter().find(|framework| framework.key == key).unwrap()
}

/// A framework with these controls.
pub fn mini(head: &str, controls: &str) -> Framework {
    const HEAD: &str = "format = 1\n[framework]\nkey = \"mini\"\nname = \"Mini\"\nversion = \"1\"\npublisher = \"us\"\n\
                        text_license = \"own\"\ndisclaimer = \"None.\"\ncomplete = true\n";
    let controls = controls.replace("\ncoverage", "\ntitle = \"T\"\nshows = \"S\"\ngap = \"G\"\ncoverage");
    Framework::parse("mini.toml", &format!("{HEAD}{head}{controls}"), Catalogue::shipped()).unwrap_or_else(|error| panic!("{error}"))
}

impl Scene {
    /// The report over the days given, as made at `now`; it adds up in itself.
    pub fn composed(&self, now: Time, framework: &Framework, start: &str, end: &str) -> ComplianceReport {
        let order = order(&framework.key, start, end);
        let as_sent = AsSent { text: "report make", categories: &[] };
        let report = self.read(now, |tx| compose(tx, &order, framework, as_sent, &mut |_| Ok(())));
        adds_up(&report);
        report
    }
}

fn adds_up(report: &ComplianceReport) {
    for sum in &report.population.reconciliations {
        assert!(sum.adds_up(), "{sum:?}");
    }
    let sum = |of: fn(&CheckResult) -> u64| report.checks.iter().map(of).sum::<u64>();
    let counts = &report.result.counts;
    assert_eq!(sum(|check| check.counts.passed), counts.passed);
    assert_eq!(sum(|check| check.counts.no_data), counts.no_data);
    for check in &report.checks {
        assert_eq!(check.failing.len() as u64, check.counts.failed + check.counts.excepted, "{}", check.id);
        assert_eq!(check.deviations.open, check.failing.len() as u64);
        assert!(check.failing.is_sorted_by_key(|failing| failing.since));
    }
    let last = report.trend.last().map(|point| (point.score, point.completeness));
    if counts.applicable() > 0 {
        assert_eq!(last, Some((report.result.score, report.result.completeness)), "the trend ends at the result");
    }
}

/// The one check called `id`.
pub fn check<'r>(report: &'r ComplianceReport, id: &str) -> &'r CheckResult {
    let found: Vec<_> = report.checks.iter().filter(|check| check.id == id).collect();
    assert_eq!(found.len(), 1, "{id}");
    found[0]
}
