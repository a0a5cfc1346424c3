//! Checks: rule, parameters and counts of each, and what fails, since when, and how to mend it.

use super::{note_shortened, words};
use crate::error::Result;
use crate::limits::REPORT_PRINTED_FAILING_MAX;
use crate::report::content::{CheckResult, ComplianceReport, FailingSubject};
use crate::report::layout::{Cell, Column, Flow, MARGIN, Style, Table};

/// Draws the section.
pub fn draw(flow: &mut Flow, report: &ComplianceReport) -> Result<()> {
    flow.paragraph(
        Style::BODY,
        "Each check judges every device or service that it is for: passed, failed, excepted (failed, with an exception in force), no data, not applicable. \
         The five counts add up to the population. What fails as of the end of the period is listed with how to mend it.",
    )?;
    if report.checks.is_empty() {
        flow.paragraph(Style::BODY, "No check of this framework is in use.")?;
    }
    for check in &report.checks {
        draw_check(flow, check)?;
    }
    not_in_use(flow, report)
}

/// One check with what fails.
pub fn draw_check(flow: &mut Flow, check: &CheckResult) -> Result<()> {
    flow.heading(2, &words::check_title(check), &format!("check {}", check.id))?;
    let top = flow.y;
    let width = words::counts_badge(&check.counts).draw(flow, MARGIN, top)?;
    let about = format!("{} · severity {} · {}", check.id, words::severity(check.severity), words::evidence(check.evidence));
    flow.text_at(MARGIN + width + 10.0, top + 8.4, Style::NOTE, &about)?;
    flow.y = top + 16.0;
    let mut rule = format!("Rule: {}", check.rule);
    for extra in
        [(!check.parameters.is_empty()).then(|| check.parameters.join("; ")), check.scope.as_ref().map(|scope| format!("for {scope}"))]
    {
        rule.extend(extra.map(|extra| format!(" ({extra})")));
    }
    flow.paragraph(Style::BODY.with_after(2.0), &rule)?;
    let population = check.counts.applicable() + check.counts.not_applicable;
    flow.paragraph(Style::BODY.with_after(2.0), &format!("{}, together {population}.", words::counts(&check.counts)))?;
    let sources = &check.sources;
    flow.paragraph(
        Style::NOTE,
        &format!(
            "Facts from agents {}, from other systems {}, from people {}. Open deviations: {}.{} Controls: {}.",
            sources.agent,
            sources.integration,
            sources.person,
            words::deviations(&check.deviations),
            period(check),
            if check.controls.is_empty() { words::NONE.to_owned() } else { check.controls.join(", ") }
        ),
    )?;
    if check.failing.is_empty() {
        return Ok(());
    }
    if !check.remediation.is_empty() {
        flow.paragraph(Style::LABEL, "How to mend it")?;
        flow.bullets(Style::BODY, check.remediation.iter().map(String::as_str))?;
    }
    let columns = [
        Column::left("Failing", 2.4),
        Column::left("Owner", 1.6),
        Column::left("Since", 1.25),
        Column::left("Seen", 1.9),
        Column::left("Grace until", 1.25),
        Column::left("Exception", 1.2),
    ];
    let shown = check.failing.len().min(REPORT_PRINTED_FAILING_MAX);
    Table { summary: "What fails this check", columns: &columns }.draw(flow, check.failing[..shown].iter().map(row))?;
    note_shortened(flow, shown, check.failing.len(), "failing items")
}

fn row(failing: &FailingSubject) -> Vec<Cell> {
    vec![
        Cell::Titled(failing.subject.name.clone(), failing.subject.serial_number.clone().unwrap_or_default()),
        Cell::from(words::text(&failing.subject.owner)),
        Cell::from(words::day(failing.since)),
        Cell::from(words::text(&failing.observed)),
        Cell::from(words::day_or_none(failing.grace_until)),
        match &failing.exception_id {
            Some(id) => Cell::Link(id.clone(), "exceptions".to_owned()),
            None => Cell::from(words::NONE),
        },
    ]
}

fn period(check: &CheckResult) -> String {
    let Some(period) = &check.period else { return String::new() };
    let mend = period.mean_days_to_mend.map_or(String::new(), |days| format!(", mended after {days:.1} days on the average"));
    let longest = period.longest_days.map_or(String::new(), |days| format!(", the longest {days:.1} days"));
    format!(
        " Over the period: passed on {} of {:.0} subject-days, no data on {}; {}{longest}{mend}.",
        words::percent(period.days_passed, period.days_total),
        period.days_total,
        words::percent(period.days_no_data, period.days_total),
        words::counted(period.deviations, "deviation", "deviations")
    )
}

fn not_in_use(flow: &mut Flow, report: &ComplianceReport) -> Result<()> {
    if report.checks_not_in_use.is_empty() {
        return Ok(());
    }
    flow.heading(2, "Checks not in use", "not-in-use")?;
    flow.paragraph(Style::BODY, "These give no data to their controls and enter neither score nor completeness.")?;
    let columns = [Column::left("Check", 3.0), Column::left("Why", 2.6), Column::left("Controls", 2.0)];
    let row = |check: &crate::report::content::NotInUse| {
        vec![
            Cell::Titled(check.title.clone(), check.check_id.clone()),
            Cell::from(check.reason.as_str()),
            Cell::from(check.controls.join(", ")),
        ]
    };
    Table { summary: "Checks not in use", columns: &columns }.draw(flow, report.checks_not_in_use.iter().map(row))
}
