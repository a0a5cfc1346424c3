//! Devices, and services with their reviews.

use super::{note_shortened, printed, words};
use crate::domain::compliance::CheckStatus;
use crate::error::Result;
use crate::report::content::{ComplianceReport, Device, Review, Service, SubjectResult};
use crate::report::layout::{Cell, Column, Flow, Style, Table};

/// Draws the devices of the period.
pub fn draw_devices(flow: &mut Flow, report: &ComplianceReport) -> Result<()> {
    if report.devices.is_empty() {
        return flow.paragraph(Style::BODY, "No device was registered in the period.");
    }
    let about = format!(
        "{} in the period, retired ones included. Every fact of each, with its time, is in the attached figures.",
        words::counted(report.devices.len() as u64, "device", "devices")
    );
    flow.paragraph(Style::BODY, &about)?;
    let columns = [
        Column::left("Device", 2.15),
        Column::left("Kind and system", 1.6),
        Column::left("Owner", 1.6),
        Column::left("Status", 1.6),
        Column::left("Checks", 1.3),
        Column::left("First seen", 1.32),
        Column::left("Last seen", 1.32),
    ];
    let shown = printed(report.devices.len());
    Table { summary: "Devices of the period", columns: &columns }.draw(flow, report.devices[..shown].iter().map(device_row))?;
    note_shortened(flow, shown, report.devices.len(), "devices")
}

fn device_row(device: &Device) -> Vec<Cell> {
    let system = [Some(words::system(&device.os_type)), device.os_version.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let ownership = if device.ownership == "personal" { ", personal" } else { "" };
    let last = match (device.retired_at, &device.retired_reason) {
        (Some(at), reason) => format!("retired {} ({})", words::day(at), words::text(reason)),
        (None, _) => words::day_or_none(device.last_seen),
    };
    vec![
        Cell::Titled(device.name.clone(), device.serial_number.clone()),
        Cell::from(format!("{}{ownership}, {system}", device.device_type)),
        Cell::from(words::text(&device.owner)),
        Cell::Badge(words::status_badge(device.status)),
        Cell::from(tally(&device.results, device.in_scope)),
        Cell::from(words::day(device.first_seen)),
        Cell::from(last),
    ]
}

/// `7 passed, 1 failed` over the checks that are for the subject.
fn tally(results: &[SubjectResult], in_scope: bool) -> String {
    if !in_scope {
        return "not in scope".to_owned();
    }
    let count = |status: CheckStatus| results.iter().filter(|result| result.status == status).count();
    let parts = [
        (CheckStatus::Pass, "passed"),
        (CheckStatus::Fail, "failed"),
        (CheckStatus::Excepted, "excepted"),
        (CheckStatus::NoData, "no data"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .map(|(status, word)| (count(status), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    if parts.is_empty() { words::NONE.to_owned() } else { parts.join(", ") }
}

/// Draws the services and their reviews.
pub fn draw_services(flow: &mut Flow, report: &ComplianceReport) -> Result<()> {
    if report.services.is_empty() {
        return flow.paragraph(Style::BODY, "No service was recorded in the period.");
    }
    flow.paragraph(Style::BODY, "What is said of services is declared by people: the appliance does not look into them.")?;
    let columns = [
        Column::left("Service", 1.8),
        Column::left("Owner", 1.6),
        Column::left("Data", 1.7),
        Column::left("Status", 1.6),
        Column::left("Checks", 1.3),
        Column::left("Last review", 1.32),
        Column::left("Next review", 1.32),
    ];
    let shown = printed(report.services.len());
    Table { summary: "Services of the period", columns: &columns }.draw(flow, report.services[..shown].iter().map(service_row))?;
    note_shortened(flow, shown, report.services.len(), "services")?;
    reviews(flow, report)
}

fn service_row(service: &Service) -> Vec<Cell> {
    let below = match service.deleted_at {
        Some(at) => format!("deleted {}", words::day(at)),
        None => service.category.clone().unwrap_or_default(),
    };
    let personal = match service.processes_personal_data {
        Some(true) => Some("personal data".to_owned()),
        Some(false) | None => None,
    };
    let places = service.data_location.as_ref().filter(|places| !places.is_empty()).map(|places| places.join(", "));
    let data: Vec<String> = [service.data_classification.clone(), personal, places].into_iter().flatten().collect();
    vec![
        Cell::Titled(service.name.clone(), below),
        Cell::from(words::text(&service.owner)),
        Cell::from(if data.is_empty() { words::NONE.to_owned() } else { data.join("; ") }),
        Cell::Badge(words::status_badge(service.status)),
        Cell::from(tally(&service.results, service.in_scope)),
        Cell::from(words::or_none(service.last_review_date)),
        Cell::from(words::or_none(service.next_review_date)),
    ]
}

fn reviews(flow: &mut Flow, report: &ComplianceReport) -> Result<()> {
    flow.heading(2, "Reviews", "reviews")?;
    let rows: Vec<Vec<Cell>> =
        report.services.iter().flat_map(|service| service.reviews.iter().map(move |review| review_row(service, review))).collect();
    if rows.is_empty() {
        return flow.paragraph(Style::BODY, "No review is on record.");
    }
    let columns = [
        Column::left("Service", 1.8),
        Column::left("Reviewed", 1.32),
        Column::left("Recorded", 1.3),
        Column::left("By", 1.5),
        Column::left("Outcome", 1.4),
        Column::left("Findings", 3.0),
    ];
    let (shown, total) = (printed(rows.len()), rows.len());
    Table { summary: "Reviews of services", columns: &columns }.draw(flow, rows.into_iter().take(shown))?;
    note_shortened(flow, shown, total, "reviews")
}

fn review_row(service: &Service, review: &Review) -> Vec<Cell> {
    let late = review.recorded_late_days.filter(|days| *days > 0).map_or(String::new(), |days| format!(", {days} days later"));
    let open = match review.open_findings {
        0 => String::new(),
        open => format!("; {open} still open"),
    };
    let outcome = review.outcome.as_ref().map_or(words::NONE.to_owned(), |outcome| outcome.replace('_', " "));
    vec![
        Cell::Strong(service.name.clone()),
        Cell::from(review.review_date.to_string()),
        Cell::from(format!("{}{late}", words::day(review.recorded_at))),
        Cell::from(words::text(&review.reviewer)),
        Cell::from(format!("{outcome}{open}")),
        Cell::from(words::text(&review.findings)),
    ]
}
