//! Reports composed from small stores.

mod appliance;
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
    /// The report from 12 January to `end` on the framework's file of then, as made at `now`.
    pub fn at_hand(&self, now: Time, framework: &str, end: &str) -> ComplianceReport {
        let last = Time::start_of(parse_date(end).unwrap(), chrono_tz::Tz::UTC);
        let found = self.read(now, |tx| crate::store::frameworks::find(tx, framework, last)).framework;
        self.composed(now, &found, "2026-01-12", end)
    }

    /// Makes the appliance have had another file of a shipped framework since `since`; its hash.
    pub fn earlier_file(&self, key: &str, since: Time) -> String {
        let (present, text) = Framework::shipped_files().find(|(framework, _)| framework.key == key).unwrap();
        let text = text.replacen("disclaimer = \"", "disclaimer = \"Earlier. ", 1);
        let sha256 = Framework::parse("earlier", &text, Catalogue::shipped()).unwrap().sha256;
        assert_ne!(sha256, present.sha256);
        let values = [key.to_owned(), since.0.to_string(), sha256.clone(), text];
        self.store
            .write_root(since, move |root| {
                let sql = "INSERT INTO shipped_framework (framework_id, version, since, sha256, text) VALUES (?1, 1, CAST(?2 AS INTEGER), ?3, ?4)";
                root.test_execute(sql, &values.iter().map(String::as_str).collect::<Vec<_>>());
                Ok(())
            })
            .unwrap();
        sha256
    }

    /// The report over the days given, as made at `now`; it adds up in itself.
    pub fn composed(&self, now: Time, framework: &Framework, start: &str, end: &str) -> ComplianceReport {
        let order = order(&framework.key, start, end);
        let as_sent = AsSent { text: "report make", categories: &[] };
        let report = self.read(now, |tx| compose(tx, &order, framework, as_sent, &mut |_| Ok(())));
        adds_up(&report);
        crate::report::json::assert_valid(&report);
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
