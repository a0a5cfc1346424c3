//! Scope and population: what was asked, in words and as sent, and who and what there is, with sums that add up.

use super::{note_shortened, printed, words};
use crate::error::Result;
use crate::report::content::{ComplianceReport, Reconciliation};
use crate::report::layout::{Cell, Column, Flow, Style, Table};

/// Draws the section.
pub fn draw(flow: &mut Flow, report: &ComplianceReport) -> Result<()> {
    flow.paragraph(Style::BODY, &report.request.in_words)?;
    flow.bullets(Style::BODY, report.request.scope.iter().map(String::as_str))?;
    flow.paragraph(Style::LABEL, "The request as it was sent")?;
    flow.paragraph(Style::NOTE, &report.request.as_sent)?;
    figures(flow, report)?;
    flow.heading(2, "Sums", "reconciliation")?;
    for sum in &report.population.reconciliations {
        reconciliation(flow, sum)?;
    }
    people(flow, report)?;
    imported(flow, report)
}

fn figures(flow: &mut Flow, report: &ComplianceReport) -> Result<()> {
    let population = &report.population;
    flow.heading(2, "Figures", "figures")?;
    let silent = population.silent_after_days;
    let rows = [
        ("Devices registered", population.devices_registered, "as of the end of the period, without retired ones".to_owned()),
        ("Devices in scope", population.devices_in_scope, "those that this report judges".to_owned()),
        ("Devices reporting", population.devices_reporting, format!("in scope and heard of within {silent} days")),
        ("Devices silent", population.devices_silent, format!("in scope and not heard of for more than {silent} days")),
        ("Devices added", population.devices_added, "registered within the period".to_owned()),
        ("Devices retired", population.devices_retired, "left the inventory within the period; their history is kept".to_owned()),
        ("People active", population.people_active, "as of the end of the period".to_owned()),
        ("People with a device", population.people_with_device, String::new()),
        (
            "People without a device who need one",
            population.people_without_device,
            "each counts as no data in the baseline's checks".to_owned(),
        ),
        ("People who need no device", population.people_need_none, "with a reason on record".to_owned()),
        ("Services recorded", population.services_recorded, "as of the end of the period".to_owned()),
        ("Services in scope", population.services_in_scope, String::new()),
        ("Services without an active owner", population.services_without_owner, String::new()),
    ];
    let columns = [Column::left("What", 2.4), Column::right("Count", 0.8), Column::left("Meaning", 3.6)];
    let row = |(label, count, meaning): (&str, u64, String)| vec![Cell::from(label), Cell::from(count), Cell::from(meaning)];
    Table { summary: "Devices, people and services counted", columns: &columns }.draw(flow, rows.map(row))
}

fn reconciliation(flow: &mut Flow, sum: &Reconciliation) -> Result<()> {
    flow.heading(3, &sum.title, "")?;
    let columns = [Column::left("Line", 5.0), Column::right("Count", 1.0)];
    let mut rows: Vec<Vec<Cell>> =
        sum.lines.iter().map(|line| vec![Cell::from(line.label.as_str()), Cell::from(line.count.to_string())]).collect();
    rows.push(vec![Cell::Strong(sum.total_label.clone()), Cell::Strong(sum.total.to_string())]);
    Table { summary: &sum.title, columns: &columns }.draw(flow, rows)?;
    if sum.adds_up() {
        return Ok(());
    }
    let lines: i64 = sum.lines.iter().map(|line| line.count).sum();
    flow.paragraph(
        Style::STRONG,
        &format!("The lines come to {lines} and not to {}: this sum does not add up and has to be explained.", sum.total),
    )
}

fn people(flow: &mut Flow, report: &ComplianceReport) -> Result<()> {
    let without: Vec<_> = report.people.iter().filter(|person| person.devices == 0 && person.left_on.is_none()).collect();
    if without.is_empty() {
        return Ok(());
    }
    flow.heading(2, "People without a device", "people")?;
    let columns = [Column::left("Person", 2.0), Column::left("Email", 2.4), Column::left("Needs one", 0.9), Column::left("Reason", 2.4)];
    let row = |person: &&crate::report::content::Person| {
        vec![
            Cell::Strong(person.name.clone()),
            Cell::from(words::text(&person.email)),
            Cell::from(if person.needs_device { "yes" } else { "no" }),
            Cell::from(words::text(&person.reason)),
        ]
    };
    let shown = printed(without.len());
    Table { summary: "People without a device", columns: &columns }.draw(flow, without[..shown].iter().map(row))?;
    note_shortened(flow, shown, without.len(), "people without a device")
}

fn imported(flow: &mut Flow, report: &ComplianceReport) -> Result<()> {
    if report.population.imported_lists.is_empty() {
        return flow.paragraph(Style::NOTE, "No list of people or assets was imported to compare the population with.");
    }
    flow.heading(2, "Imported lists", "imported")?;
    let columns = [Column::left("List", 3.0), Column::right("Rows", 0.8), Column::left("Imported", 1.8), Column::left("By", 2.0)];
    let row = |list: &crate::report::content::ImportedList| {
        vec![Cell::from(list.title.as_str()), Cell::from(list.rows), Cell::from(words::moment(list.at)), Cell::from(words::text(&list.by))]
    };
    Table { summary: "Imported lists", columns: &columns }.draw(flow, report.population.imported_lists.iter().map(row))
}
