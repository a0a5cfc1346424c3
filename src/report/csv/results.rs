//! Files about results: the report itself, controls, checks, verdicts, deviations, the trend.

use std::borrow::Cow;

use super::{Archive, json_cell, list, maybe, number, optional, text, time, word};
use crate::error::Result;
use crate::report::content::{CheckResult, ComplianceReport, SubjectResult};

pub(super) fn write(archive: &mut Archive, report: &ComplianceReport) -> Result<()> {
    summary(archive, report)?;
    controls(archive, report)?;
    checks(archive, report)?;
    failing(archive, report)?;
    results(archive, report)?;
    deviations(archive, report)?;
    archive.table("trend.csv", ["day", "score", "completeness"], |rows| {
        report.trend.iter().try_for_each(|point| rows.push([number(point.day), maybe(point.score), number(point.completeness)]))
    })
}

fn summary(archive: &mut Archive, report: &ComplianceReport) -> Result<()> {
    let (period, generated, basis, counts) = (&report.period, &report.generated, &report.basis, &report.result.counts);
    let fields = [
        ("report_id", text(&generated.report_id)),
        ("organisation", text(&report.organisation.name)),
        ("framework", text(&report.framework.id)),
        ("framework_title", text(&report.framework.title)),
        ("framework_version", text(&report.framework.version)),
        ("start", number(period.start)),
        ("end", number(period.end)),
        ("as_of", number(period.as_of)),
        ("as_of_local", text(&period.as_of_local)),
        ("time_zone", text(&period.time_zone)),
        ("preliminary", number(period.preliminary)),
        ("generated_at", number(generated.at)),
        ("generated_by", optional(generated.by.as_ref())),
        ("role", optional(generated.role.as_ref())),
        ("trigger", text(&generated.trigger)),
        ("appliance_version", text(&generated.appliance_version)),
        ("request", text(&report.request.as_sent)),
        ("request_in_words", text(&report.request.in_words)),
        ("scope", list(&report.request.scope)),
        ("score", maybe(report.result.score)),
        ("completeness", number(report.result.completeness)),
        ("passed", number(counts.passed)),
        ("failed", number(counts.failed)),
        ("excepted", number(counts.excepted)),
        ("no_data", number(counts.no_data)),
        ("not_applicable", number(counts.not_applicable)),
        ("controls_covered_full", number(report.coverage.full)),
        ("controls_covered_partial", number(report.coverage.partial)),
        ("controls_not_covered", number(report.coverage.out_of_scope)),
        ("catalogue_sha256", text(&basis.catalogue_sha256)),
        ("framework_sha256", text(&basis.framework_sha256)),
        ("os_support_sha256", optional(basis.os_support_sha256.as_ref())),
        ("settings_version", maybe(basis.settings_version)),
        ("audit_first_seq", maybe(report.audit_chain.first_seq)),
        ("audit_last_seq", maybe(report.audit_chain.last_seq)),
        ("audit_head_hash", optional(report.audit_chain.head_hash.as_ref())),
        ("audit_chain_ok", maybe(report.audit_chain.ok)),
        ("disclaimer", text(&report.framework.disclaimer)),
        ("attribution", text(&report.framework.attribution)),
    ];
    archive
        .table("report.csv", ["field", "value"], |rows| fields.into_iter().try_for_each(|(field, value)| rows.push([text(field), value])))
}

const CONTROL_CHECK_COLUMNS: [&str; 14] = [
    "control_id",
    "check_id",
    "title",
    "required",
    "active",
    "appliance",
    "passed",
    "failed",
    "excepted",
    "no_data",
    "not_applicable",
    "open",
    "oldest_days",
    "target_days",
];

fn controls(archive: &mut Archive, report: &ComplianceReport) -> Result<()> {
    let columns =
        ["control_id", "title", "coverage", "status", "shows", "gap", "attestations", "not_applicable_reason", "not_applicable_by"];
    archive.table("controls.csv", columns, |rows| {
        report.controls.iter().try_for_each(|control| {
            let not_applicable = control.not_applicable.as_ref();
            rows.push([
                text(&control.id),
                text(&control.title),
                word(&control.coverage),
                word(&control.status),
                text(&control.shows),
                text(&control.gap),
                number(control.attestations.len()),
                not_applicable.map_or(text(""), |found| text(&found.reason)),
                not_applicable.map_or(text(""), |found| optional(found.by.as_ref())),
            ])
        })
    })?;
    archive.table("control_checks.csv", CONTROL_CHECK_COLUMNS, |rows| {
        let all = report.controls.iter().flat_map(|control| control.checks.iter().map(move |check| (control, check)));
        all.into_iter().try_for_each(|(control, check)| {
            rows.push([
                text(&control.id),
                text(&check.check_id),
                text(&check.title),
                number(check.required),
                number(check.active),
                number(check.appliance),
                number(check.counts.passed),
                number(check.counts.failed),
                number(check.counts.excepted),
                number(check.counts.no_data),
                number(check.counts.not_applicable),
                number(check.deviations.open),
                maybe(check.deviations.oldest_days),
                maybe(check.deviations.target_days),
            ])
        })
    })
}

/// Checks of the framework, then those about the appliance itself.
fn all_checks(report: &ComplianceReport) -> impl Iterator<Item = (&CheckResult, bool)> {
    report.checks.iter().map(|check| (check, false)).chain(report.appliance.checks.iter().map(|check| (check, true)))
}

const CHECK_COLUMNS: [&str; 27] = [
    "check_id",
    "title",
    "subject",
    "appliance",
    "in_use",
    "rule",
    "parameters",
    "scope",
    "severity",
    "evidence",
    "passed",
    "failed",
    "excepted",
    "no_data",
    "not_applicable",
    "from_agent",
    "from_integration",
    "from_person",
    "subject_days_passed",
    "subject_days_failed",
    "subject_days_no_data",
    "subject_days_total",
    "deviations",
    "mean_days_to_mend",
    "longest_days",
    "controls",
    "not_in_use_reason",
];

fn checks(archive: &mut Archive, report: &ComplianceReport) -> Result<()> {
    archive.table("checks.csv", CHECK_COLUMNS, |rows| {
        for (check, appliance) in all_checks(report) {
            let (counts, period) = (&check.counts, check.period.as_ref());
            rows.push([
                text(&check.id),
                text(&check.title),
                word(&check.subject),
                number(appliance),
                number(true),
                text(&check.rule),
                list(&check.parameters),
                optional(check.scope.as_ref()),
                word(&check.severity),
                word(&check.evidence),
                number(counts.passed),
                number(counts.failed),
                number(counts.excepted),
                number(counts.no_data),
                number(counts.not_applicable),
                number(check.sources.agent),
                number(check.sources.integration),
                number(check.sources.person),
                maybe(period.map(|period| period.days_passed)),
                maybe(period.map(|period| period.days_failed)),
                maybe(period.map(|period| period.days_no_data)),
                maybe(period.map(|period| period.days_total)),
                maybe(period.map(|period| period.deviations)),
                maybe(period.and_then(|period| period.mean_days_to_mend)),
                maybe(period.and_then(|period| period.longest_days)),
                list(&check.controls),
                text(""),
            ])?;
        }
        report.checks_not_in_use.iter().try_for_each(|unused| {
            let mut cells: [Cow<str>; 27] = std::array::from_fn(|_| text(""));
            (cells[0], cells[1], cells[4]) = (text(&unused.check_id), text(&unused.title), number(false));
            (cells[25], cells[26]) = (list(&unused.controls), text(&unused.reason));
            rows.push(cells)
        })
    })
}

fn failing(archive: &mut Archive, report: &ComplianceReport) -> Result<()> {
    let columns = [
        "check_id",
        "subject_type",
        "subject_id",
        "name",
        "serial_number",
        "owner",
        "since",
        "observed",
        "remediation",
        "grace_until",
        "exception_id",
    ];
    archive.table("failing.csv", columns, |rows| {
        let all = all_checks(report).flat_map(|(check, _)| check.failing.iter().map(move |failing| (check, failing)));
        all.into_iter().try_for_each(|(check, failing)| {
            rows.push([
                text(&check.id),
                word(&failing.subject.kind),
                text(&failing.subject.id),
                text(&failing.subject.name),
                optional(failing.subject.serial_number.as_ref()),
                optional(failing.subject.owner.as_ref()),
                number(failing.since),
                optional(failing.observed.as_ref()),
                optional(failing.remediation.as_ref()),
                time(failing.grace_until),
                optional(failing.exception_id.as_ref()),
            ])
        })
    })
}

fn results(archive: &mut Archive, report: &ComplianceReport) -> Result<()> {
    let columns = ["subject_type", "subject_id", "name", "in_scope", "check_id", "status", "since", "observed", "source"];
    let devices = report.devices.iter().map(|device| ("device", &device.id, &device.name, device.in_scope, &device.results));
    let services = report.services.iter().map(|service| ("service", &service.id, &service.name, service.in_scope, &service.results));
    archive.table("results.csv", columns, |rows| {
        devices.chain(services).try_for_each(|(kind, id, name, in_scope, results)| {
            results.iter().try_for_each(|result: &SubjectResult| {
                rows.push([
                    text(kind),
                    text(id),
                    text(name),
                    number(in_scope),
                    text(&result.check_id),
                    word(&result.status),
                    time(result.since),
                    json_cell(&result.observed),
                    result.source.map_or(text(""), |source| number(source.as_str())),
                ])
            })
        })
    })
}

fn deviations(archive: &mut Archive, report: &ComplianceReport) -> Result<()> {
    let columns = [
        "check_id",
        "check_title",
        "severity",
        "subject_type",
        "subject_id",
        "name",
        "serial_number",
        "owner",
        "from",
        "to",
        "seconds",
        "target_days",
        "exception_id",
        "recorded_late",
    ];
    archive.table("deviations.csv", columns, |rows| {
        report.deviations.iter().try_for_each(|deviation| {
            rows.push([
                text(&deviation.check_id),
                text(&deviation.check_title),
                word(&deviation.severity),
                word(&deviation.subject.kind),
                text(&deviation.subject.id),
                text(&deviation.subject.name),
                optional(deviation.subject.serial_number.as_ref()),
                optional(deviation.subject.owner.as_ref()),
                number(deviation.from),
                time(deviation.to),
                number(deviation.seconds),
                maybe(deviation.target_days),
                optional(deviation.exception_id.as_ref()),
                number(deviation.recorded_late),
            ])
        })
    })
}
