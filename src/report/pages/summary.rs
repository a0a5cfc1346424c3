//! The summary: what a manager understands in a minute.

use std::collections::HashSet;

use super::words;
use crate::domain::check::Severity;
use crate::domain::compliance::MIN_COMPLETENESS_PERCENT;
use crate::error::Result;
use crate::report::content::{CheckResult, ComplianceReport};
use crate::report::layout::{Bar, BarSegment, Cell, Colour, Column, Flow, MARGIN, Style, Table, Tag, WIDTH, ring, stacked_bar, trend};
use crate::report::text::Font;

/// How many of the worst checks are shown.
const WORST: usize = 5;

/// Draws the summary.
pub fn draw(flow: &mut Flow, report: &ComplianceReport) -> Result<()> {
    flow.paragraph(Style::LEAD, &headline(report))?;
    numbers(flow, report)?;
    draw_trend(flow, report)?;
    stacked_bar(flow, &control_bar(report))?;
    stacked_bar(flow, &verdict_bar(report))?;
    worst(flow, report)?;
    flow.paragraph(Style::NOTE, &report.framework.disclaimer)
}

/// Never one number alone.
pub fn headline(report: &ComplianceReport) -> String {
    let (score, coverage) = (&report.result, &report.coverage);
    let touched = coverage.full + coverage.partial;
    let first = match score.score {
        Some(number) => format!("Score {number} of 100, from {} % of the evidence.", score.completeness),
        None if score.counts.applicable() == 0 => "No score: nothing is in scope.".to_owned(),
        None => {
            format!("No score: {} % of the evidence is there, and at least {MIN_COMPLETENESS_PERCENT} % is needed.", score.completeness)
        }
    };
    let fully = match coverage.full {
        0 => "none of them fully".to_owned(),
        full => format!("{full} of them fully"),
    };
    let listed = if report.framework.complete { "" } else { " listed here" };
    format!(
        "{first} Automatic checks touch {touched} of {} controls{listed}, {fully}; the rest needs evidence by people.",
        touched + coverage.out_of_scope
    )
}

fn numbers(flow: &mut Flow, report: &ComplianceReport) -> Result<()> {
    let (top, radius) = (flow.y, 46.0);
    ring(flow, MARGIN + radius + 4.0, top + radius, radius, report.result.score, "score")?;
    let (left, width) = (MARGIN + 2.0 * radius + 36.0, (WIDTH - 2.0 * radius - 36.0) / 2.0);
    for (number, (value, label)) in key_figures(report).into_iter().enumerate() {
        let (x, y) = (left + (number % 2) as f32 * width, top + (number / 2) as f32 * 46.0);
        let big = Style { font: Font::semibold(17.0), leading: 20.0, ..Style::BODY }.in_colour(Colour::ACCENT);
        flow.tagged(Tag::Paragraph, |flow| {
            flow.text_at(x, y + 18.0, big, &value)?;
            flow.text_at(x, y + 32.0, Style::NOTE, &label)
        })?;
    }
    flow.y = top + 2.0 * radius + 14.0;
    Ok(())
}

fn key_figures(report: &ComplianceReport) -> Vec<(String, String)> {
    let counts = &report.result.counts;
    let population = &report.population;
    let change = match (report.result.score, report.previous.as_ref().map(|previous| (previous.score, previous.as_of))) {
        (Some(now), Some((Some(before), at))) => {
            (format!("{:+}", i16::from(now) - i16::from(before)), format!("points since the report of {}", words::day(at)))
        }
        (_, Some((_, at))) => (words::NONE.to_owned(), format!("change since {}: a score was withheld", words::day(at))),
        (_, None) => (words::NONE.to_owned(), "no earlier report of this framework".to_owned()),
    };
    let of_devices = format!("of {} devices in scope report", population.devices_in_scope);
    vec![
        (format!("{} %", report.result.completeness), "of the evidence is there".to_owned()),
        (counts.failed.to_string(), format!("open failures, and {} excepted", counts.excepted)),
        (population.devices_reporting.to_string(), of_devices),
        change,
    ]
}

fn draw_trend(flow: &mut Flow, report: &ComplianceReport) -> Result<()> {
    let (start, end) = (report.period.start, report.period.end);
    let days = (end - start).num_days().max(1) as f32;
    let points: Vec<(f32, Option<u8>)> =
        report.trend.iter().map(|point| ((point.day - start).num_days() as f32 / days, point.score)).collect();
    let known: Vec<u8> = report.trend.iter().filter_map(|point| point.score).collect();
    flow.paragraph(Style::STRONG.with_after(2.0), "Score day by day")?;
    let (Some(first), Some(last), Some(low), Some(high)) = (known.first(), known.last(), known.iter().min(), known.iter().max()) else {
        return flow.paragraph(Style::NOTE, "No day of the period has a score.");
    };
    let alt = format!("Line chart of the score from {start} to {end}: first {first}, last {last}, lowest {low}, highest {high}.");
    trend(flow, 84.0, &points, &start.to_string(), &end.to_string(), &alt)
}

fn control_bar(report: &ComplianceReport) -> Bar<'static> {
    let tally = &report.control_tally;
    let rows = [
        ("pass", tally.pass, Colour::GREEN),
        ("partial", tally.partial, Colour(0xd2, 0x95, 0x2b)),
        ("fail", tally.fail, Colour::RED),
        ("no data", tally.no_data, Colour::GREY),
        ("manual", tally.manual, Colour(0xbf, 0xc8, 0xce)),
        ("not applicable", tally.not_applicable, Colour(0xe0, 0xe5, 0xe8)),
    ];
    Bar { title: "Controls by status", segments: segments(&rows), unit: "controls" }
}

fn verdict_bar(report: &ComplianceReport) -> Bar<'static> {
    let counts = &report.result.counts;
    let rows = [
        ("passed", counts.passed, Colour::GREEN),
        ("failed", counts.failed, Colour::RED),
        ("excepted", counts.excepted, Colour::VIOLET),
        ("no data", counts.no_data, Colour::GREY),
        ("not applicable", counts.not_applicable, Colour(0xe0, 0xe5, 0xe8)),
    ];
    Bar { title: "Verdicts on devices and services", segments: segments(&rows), unit: "verdicts" }
}

fn segments(rows: &[(&str, u64, Colour)]) -> Vec<BarSegment> {
    rows.iter().map(|(label, count, colour)| BarSegment { label: (*label).to_owned(), count: *count, colour: *colour }).collect()
}

/// The checks with open failures, gravest first.
pub(super) fn worst_checks(report: &ComplianceReport) -> Vec<&CheckResult> {
    let gravity = |severity: Severity| Severity::ALL.iter().position(|known| *known == severity);
    let mut checks: Vec<&CheckResult> = report.checks.iter().filter(|check| check.counts.failed > 0).collect();
    checks.sort_by(|a, b| gravity(a.severity).cmp(&gravity(b.severity)).then(b.counts.failed.cmp(&a.counts.failed)).then(a.id.cmp(&b.id)));
    // A check with several scopes or parameters stands once: with the result that most fail.
    let mut seen = HashSet::new();
    checks.retain(|check| seen.insert(check.id.as_str()));
    checks.truncate(WORST);
    checks
}

fn worst(flow: &mut Flow, report: &ComplianceReport) -> Result<()> {
    let worst = worst_checks(report);
    flow.paragraph(Style::STRONG.with_after(3.0), "What needs attention first")?;
    if worst.is_empty() {
        let text = if report.result.counts.applicable() == 0 {
            "There is nothing to judge."
        } else {
            "No check fails as of the end of the period."
        };
        return flow.paragraph(Style::BODY, text);
    }
    let columns = [Column::left("Check", 3.6), Column::left("Severity", 1.0), Column::left("Open deviations", 2.6)];
    let row = |check: &&CheckResult| {
        vec![
            Cell::Link(check.title.clone(), format!("check {}", check.id)),
            Cell::from(words::severity(check.severity)),
            Cell::from(words::deviations(&check.deviations)),
        ]
    };
    Table { summary: "The gravest failing checks", columns: &columns }.draw(flow, worst.iter().map(row))
}
