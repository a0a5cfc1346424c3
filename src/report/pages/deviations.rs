//! Deviations within the period, and what changed in the rules meanwhile: whether it worked over time.

use super::{note_shortened, printed, words};
use crate::error::Result;
use crate::report::content::{CheckResult, ComplianceReport, Deviation};
use crate::report::layout::{Cell, Column, Flow, Style, Table};

/// Draws the section.
pub fn draw(flow: &mut Flow, report: &ComplianceReport) -> Result<()> {
    flow.paragraph(
        Style::BODY,
        "A deviation that was found and mended in time is often the sign of a control that works. Below, how each check fared over the whole period, then \
         every deviation that began, held or ended in it.",
    )?;
    over_the_period(flow, report)?;
    flow.heading(2, "All deviations", "all-deviations")?;
    if report.deviations.is_empty() {
        flow.paragraph(Style::BODY, "There was none.")?;
    } else {
        let columns = [
            Column::left("Subject", 2.3),
            Column::left("Check", 2.5),
            Column::left("From", 1.25),
            Column::left("To", 1.25),
            Column::left("Lasted", 0.95),
            Column::right("Target", 0.75),
            Column::left("Exception", 1.2),
        ];
        let shown = printed(report.deviations.len());
        Table { summary: "Deviations within the period", columns: &columns }.draw(flow, report.deviations[..shown].iter().map(row))?;
        note_shortened(flow, shown, report.deviations.len(), "deviations")?;
    }
    changes(flow, report)
}

fn over_the_period(flow: &mut Flow, report: &ComplianceReport) -> Result<()> {
    let columns = [
        Column::left("Check", 3.4),
        Column::right("Days passed", 1.0),
        Column::right("No data", 0.9),
        Column::right("Deviations", 1.05),
        Column::right("Longest, days", 1.0),
        Column::right("Mean until mended", 1.2),
    ];
    let with_figures = report.checks.iter().filter_map(|check| Some((check, check.period.as_ref()?)));
    let row = |(check, period): (&CheckResult, &crate::report::content::PeriodFigure)| {
        let days = |days: Option<f64>| days.map_or(words::NONE.to_owned(), |days| format!("{days:.1}"));
        vec![
            Cell::Link(words::check_title(check), format!("check {}", check.id)),
            Cell::from(words::percent(period.days_passed, period.days_total)),
            Cell::from(words::percent(period.days_no_data, period.days_total)),
            Cell::from(period.deviations),
            Cell::from(days(period.longest_days)),
            Cell::from(days(period.mean_days_to_mend)),
        ]
    };
    let rows: Vec<Vec<Cell>> = with_figures.map(row).collect();
    if rows.is_empty() {
        return flow.paragraph(Style::BODY, "No check has figures over the period.");
    }
    Table { summary: "How each check fared over the period", columns: &columns }.draw(flow, rows)
}

fn row(deviation: &Deviation) -> Vec<Cell> {
    let late = if deviation.recorded_late { "recorded more than 24 hours late" } else { "" };
    let serial = deviation.subject.serial_number.clone().unwrap_or_default();
    let below = [serial.as_str(), late].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ");
    vec![
        Cell::Titled(deviation.subject.name.clone(), below),
        Cell::from(deviation.check_title.as_str()),
        Cell::from(words::day(deviation.from)),
        Cell::from(deviation.to.map_or("open".to_owned(), words::day)),
        Cell::from(words::span(deviation.seconds)),
        Cell::from(deviation.target_days.map_or(words::NONE.to_owned(), |days| format!("{days} d"))),
        match &deviation.exception_id {
            Some(id) => Cell::Link(id.clone(), "exceptions".to_owned()),
            None => Cell::from(words::NONE),
        },
    ]
}

fn changes(flow: &mut Flow, report: &ComplianceReport) -> Result<()> {
    flow.heading(2, "Rules that changed within the period", "changes")?;
    if report.changes.is_empty() {
        return flow.paragraph(Style::BODY, "Neither settings, nor catalogue, nor framework changed.");
    }
    let columns = [Column::left("When", 1.5), Column::left("By", 1.6), Column::left("What", 4.4)];
    let row = |change: &crate::report::content::SettingsChange| {
        vec![Cell::from(words::moment(change.at)), Cell::from(words::text(&change.by)), Cell::from(change.what.as_str())]
    };
    let shown = printed(report.changes.len());
    Table { summary: "Rules that changed", columns: &columns }.draw(flow, report.changes[..shown].iter().map(row))?;
    note_shortened(flow, shown, report.changes.len(), "changes")
}
