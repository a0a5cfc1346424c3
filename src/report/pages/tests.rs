//! Tests of what the pages say.

use super::{lay_out, population, summary, words};
use crate::domain::compliance::{Counts, Score};
use crate::domain::time::Time;
use crate::report::content::{DeviationSummary, Reconciliation, ReconciliationLine};
use crate::report::layout::{Drawing, Flow, Item, Pages};
use crate::report::sample::{empty, with_devices};
use crate::report::text::Shaper;

fn text(pages: &Pages) -> String {
    let text = |item: &Item| match item {
        Item::Draw { what: Drawing::Text { run, .. }, .. } => Some(run.text.trim_end().to_owned()),
        _ => None,
    };
    pages.pages.iter().flatten().filter_map(text).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_headline_never_gives_one_number_alone() {
    let mut report = with_devices(60);
    let told = "Score 78 of 100, from 81 % of the evidence. Automatic checks touch 32 of 93 controls, none of them fully; the rest needs evidence by people.";
    assert_eq!(summary::headline(&report), told);
    report.coverage.full = 4;
    report.framework.complete = false;
    assert!(summary::headline(&report).contains("touch 36 of 97 controls listed here, 4 of them fully"));
    report.result = Score { score: None, completeness: 69, counts: Counts { passed: 69, no_data: 31, ..Counts::default() } };
    assert!(summary::headline(&report).starts_with("No score: 69 % of the evidence is there, and at least 70 % is needed."));
}

#[test]
fn a_sum_that_does_not_add_up_says_so() {
    let mut report = empty();
    let line = |count| ReconciliationLine { label: "Devices".to_owned(), count };
    let sum = |total| Reconciliation { title: "Sum".to_owned(), lines: vec![line(7), line(-2)], total_label: "All".to_owned(), total };
    for (total, loud) in [(5, false), (6, true)] {
        report.population.reconciliations = vec![sum(total)];
        let mut shaper = Shaper::new().unwrap();
        let mut flow = Flow::new(&mut shaper);
        population::draw(&mut flow, &report).unwrap();
        let said = text(&flow.finish("", "").unwrap());
        assert_eq!(said.contains("come to 5 and not to 6"), loud, "{said}");
    }
}

#[test]
fn every_link_leads_somewhere() {
    let pages = lay_out(&with_devices(60)).unwrap();
    let mut links = 0;
    for item in pages.pages.iter().flatten() {
        if let Item::Link { target, .. } = item {
            links += 1;
            assert!(pages.anchors.contains_key(target), "`{target}`");
        }
    }
    assert!(links > 100, "{links}");
    assert_eq!(pages.outline.iter().filter(|entry| entry.level == 1).count(), 15);
}

#[test]
fn a_preliminary_period_is_called_so_on_every_page() {
    let mut report = empty();
    report.period.preliminary = true;
    let pages = lay_out(&report).unwrap();
    let said = text(&pages);
    assert!(said.matches("· preliminary").count() >= pages.pages.len() - 1, "{said}");
    assert!(said.contains("the period has not ended"));
}

#[test]
fn values_are_said_in_words() {
    let time = Time::parse("2026-11-24T22:59:59Z").unwrap();
    assert_eq!(words::moment(time), "2026-11-24 22:59 UTC");
    assert_eq!(words::day(time), "2026-11-24");
    let spans = [(59, "0 minutes"), (3_600, "1 hour"), (86_399, "23 hours"), (86_400, "1 day"), (4 * 86_400, "4 days"), (-5, "0 minutes")];
    for (seconds, said) in spans {
        assert_eq!(words::span(seconds), said);
    }
    let mut summary = DeviationSummary { open: 1, of: 60, oldest_days: Some(4), target_days: Some(14) };
    assert_eq!(words::deviations(&summary), "1 of 60, oldest 4 days, target 14");
    summary.open = 0;
    assert_eq!(words::deviations(&summary), "0 of 60, target 14");
    assert_eq!(words::percent(1.0, 0.0), "–");
}

#[test]
fn what_needs_attention_first_names_each_check_once_and_the_gravest_first() {
    let mut report = with_devices(60);
    let mut narrower = report.checks[0].clone();
    (narrower.scope, narrower.counts.failed) = (Some("servers".to_owned()), 1);
    report.checks.insert(0, narrower);
    let worst: Vec<_> = summary::worst_checks(&report).iter().map(|check| (check.id.as_str(), check.scope.is_some())).collect();
    assert_eq!(worst.len(), 5);
    assert_eq!(worst[0], ("device.disk_encryption", false), "of two results the one that more fail");
    assert_eq!(worst.iter().filter(|(id, _)| *id == "device.disk_encryption").count(), 1);
}
