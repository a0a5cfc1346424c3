//! Files about records: devices, services, reviews, facts, exceptions, attestations, people, population, what is not covered, rules.

use super::{Archive, json_cell, list, maybe, number, optional, text, time, word};
use crate::error::Result;
use crate::report::content::{Attestation, ComplianceReport};

pub(super) fn write(archive: &mut Archive, report: &ComplianceReport) -> Result<()> {
    devices(archive, report)?;
    services(archive, report)?;
    facts(archive, report)?;
    exceptions(archive, report)?;
    attestations(archive, report)?;
    people(archive, report)?;
    population(archive, report)?;
    rules(archive, report)
}

fn devices(archive: &mut Archive, report: &ComplianceReport) -> Result<()> {
    let columns = [
        "id",
        "serial_number",
        "name",
        "device_type",
        "os_type",
        "os_version",
        "ownership",
        "owner",
        "owner_email",
        "tags",
        "source",
        "agent_version",
        "first_seen",
        "last_seen",
        "retired_at",
        "retired_reason",
        "in_scope",
        "status",
    ];
    archive.table("devices.csv", columns, |rows| {
        report.devices.iter().try_for_each(|device| {
            rows.push([
                text(&device.id),
                text(&device.serial_number),
                text(&device.name),
                text(&device.device_type),
                text(&device.os_type),
                optional(device.os_version.as_ref()),
                text(&device.ownership),
                optional(device.owner.as_ref()),
                optional(device.owner_email.as_ref()),
                list(&device.tags),
                device.source.map_or(text(""), |source| number(source.as_str())),
                optional(device.agent_version.as_ref()),
                number(device.first_seen),
                time(device.last_seen),
                time(device.retired_at),
                optional(device.retired_reason.as_ref()),
                number(device.in_scope),
                word(&device.status),
            ])
        })
    })
}

fn services(archive: &mut Archive, report: &ComplianceReport) -> Result<()> {
    let columns = [
        "id",
        "name",
        "category",
        "owner",
        "owner_email",
        "data_classification",
        "processes_personal_data",
        "data_location",
        "tags",
        "created_at",
        "deleted_at",
        "last_review_date",
        "next_review_date",
        "in_scope",
        "status",
    ];
    archive.table("services.csv", columns, |rows| {
        report.services.iter().try_for_each(|service| {
            rows.push([
                text(&service.id),
                text(&service.name),
                optional(service.category.as_ref()),
                optional(service.owner.as_ref()),
                optional(service.owner_email.as_ref()),
                optional(service.data_classification.as_ref()),
                maybe(service.processes_personal_data),
                list(service.data_location.as_deref().unwrap_or_default()),
                list(&service.tags),
                number(service.created_at),
                time(service.deleted_at),
                maybe(service.last_review_date),
                maybe(service.next_review_date),
                number(service.in_scope),
                word(&service.status),
            ])
        })
    })?;
    let columns = [
        "id",
        "service_id",
        "service",
        "review_date",
        "recorded_at",
        "recorded_late_days",
        "reviewer",
        "outcome",
        "findings",
        "open_findings",
        "next_review_date",
    ];
    archive.table("reviews.csv", columns, |rows| {
        let all = report.services.iter().flat_map(|service| service.reviews.iter().map(move |review| (service, review)));
        all.into_iter().try_for_each(|(service, review)| {
            rows.push([
                text(&review.id),
                text(&service.id),
                text(&service.name),
                number(review.review_date),
                number(review.recorded_at),
                maybe(review.recorded_late_days),
                optional(review.reviewer.as_ref()),
                optional(review.outcome.as_ref()),
                optional(review.findings.as_ref()),
                number(review.open_findings),
                maybe(review.next_review_date),
            ])
        })
    })
}

fn facts(archive: &mut Archive, report: &ComplianceReport) -> Result<()> {
    let devices = report.devices.iter().map(|device| ("device", &device.id, &device.name, &device.facts));
    let services = report.services.iter().map(|service| ("service", &service.id, &service.name, &service.facts));
    archive.table("facts.csv", ["subject_type", "subject_id", "name", "fact", "value", "confirmed_at"], |rows| {
        devices.chain(services).try_for_each(|(kind, id, name, facts)| {
            facts
                .iter()
                .try_for_each(|fact| rows.push([text(kind), text(id), text(name), text(&fact.name), json_cell(&fact.value), time(fact.at)]))
        })
    })
}

fn exceptions(archive: &mut Archive, report: &ComplianceReport) -> Result<()> {
    let columns = [
        "id",
        "subject",
        "check_id",
        "check_title",
        "reason",
        "compensating_measure",
        "requested_by",
        "approved_by",
        "self_approved",
        "from",
        "expires_on",
        "revoked_at",
        "in_force",
        "subjects",
    ];
    archive.table("exceptions.csv", columns, |rows| {
        report.exceptions.iter().try_for_each(|exception| {
            rows.push([
                text(&exception.id),
                text(&exception.subject),
                text(&exception.check_id),
                text(&exception.check_title),
                text(&exception.reason),
                optional(exception.compensating_measure.as_ref()),
                optional(exception.requested_by.as_ref()),
                optional(exception.approved_by.as_ref()),
                number(exception.self_approved),
                number(exception.from),
                number(exception.expires_on),
                time(exception.revoked_at),
                number(exception.in_force),
                number(exception.subjects),
            ])
        })
    })
}

/// Those of the report, and those that stand at a control and not there; each once.
fn attestations(archive: &mut Archive, report: &ComplianceReport) -> Result<()> {
    let of_controls = report.controls.iter().flat_map(|control| &control.attestations);
    let of_others = report.not_covered.iter().flat_map(|group| &group.controls).flat_map(|control| &control.attestations);
    let mut all: Vec<&Attestation> = Vec::new();
    for found in report.attestations.iter().chain(of_controls).chain(of_others) {
        if !all.iter().any(|known| known.id == found.id) {
            all.push(found);
        }
    }
    archive.table("attestations.csv", ["id", "about", "statement", "by", "at", "valid_until", "files"], |rows| {
        all.into_iter().try_for_each(|found| {
            rows.push([
                text(&found.id),
                text(&found.about),
                text(&found.statement),
                optional(found.by.as_ref()),
                number(found.at),
                maybe(found.valid_until),
                list(&found.files),
            ])
        })
    })
}

fn people(archive: &mut Archive, report: &ComplianceReport) -> Result<()> {
    archive.table("people.csv", ["id", "name", "email", "needs_device", "reason", "devices", "left_on"], |rows| {
        report.people.iter().try_for_each(|person| {
            rows.push([
                text(&person.id),
                text(&person.name),
                optional(person.email.as_ref()),
                number(person.needs_device),
                optional(person.reason.as_ref()),
                number(person.devices),
                maybe(person.left_on),
            ])
        })
    })
}

/// Counts by name, then each sum with its lines and total.
fn population(archive: &mut Archive, report: &ComplianceReport) -> Result<()> {
    let population = &report.population;
    let counts = [
        ("Devices registered", population.devices_registered),
        ("Devices in scope", population.devices_in_scope),
        ("Devices reporting", population.devices_reporting),
        ("Devices silent", population.devices_silent),
        ("Devices added within the period", population.devices_added),
        ("Devices retired within the period", population.devices_retired),
        ("People active", population.people_active),
        ("People with a device", population.people_with_device),
        ("People who need a device and have none", population.people_without_device),
        ("People who need no device", population.people_need_none),
        ("Services recorded", population.services_recorded),
        ("Services in scope", population.services_in_scope),
        ("Services without an active owner", population.services_without_owner),
    ];
    archive.table("population.csv", ["sum", "line", "count"], |rows| {
        counts.into_iter().try_for_each(|(line, count)| rows.push([text(""), text(line), number(count)]))?;
        population.reconciliations.iter().try_for_each(|sum| {
            sum.lines.iter().try_for_each(|line| rows.push([text(&sum.title), text(&line.label), number(line.count)]))?;
            rows.push([text(&sum.title), number(format!("Total: {}", sum.total_label)), number(sum.total)])
        })?;
        population.imported_lists.iter().try_for_each(|list| {
            let line = format!("Imported {} by {}", list.at, list.by.as_deref().unwrap_or("the operator"));
            rows.push([text(&list.title), number(line), number(list.rows)])
        })
    })
}

fn rules(archive: &mut Archive, report: &ComplianceReport) -> Result<()> {
    archive.table("not_covered.csv", ["control_id", "title", "status", "reason", "reason_text", "not_applicable_reason"], |rows| {
        let all = report.not_covered.iter().flat_map(|group| group.controls.iter().map(move |control| (group, control)));
        all.into_iter().try_for_each(|(group, control)| {
            rows.push([
                text(&control.id),
                text(&control.title),
                word(&control.status),
                text(&group.reason),
                text(&group.text),
                control.not_applicable.as_ref().map_or(text(""), |found| text(&found.reason)),
            ])
        })
    })?;
    archive.table("parameters.csv", ["check_id", "name", "value", "origin"], |rows| {
        report.request.parameters.iter().try_for_each(|parameter| {
            rows.push([text(&parameter.check_id), text(&parameter.name), json_cell(&parameter.value), text(&parameter.origin)])
        })
    })?;
    archive.table("changes.csv", ["at", "by", "what"], |rows| {
        report.changes.iter().try_for_each(|change| rows.push([number(change.at), optional(change.by.as_ref()), text(&change.what)]))
    })
}
