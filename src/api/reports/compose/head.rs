//! Who, what, when: the cover's data and the request in words.

use std::sync::Arc;

use chrono::DateTime;

use super::AsSent;
use super::frame::Frame;
use crate::domain::framework::{self, SubjectScope};
use crate::domain::report::Trigger;
use crate::domain::time::Time;
use crate::error::Result;
use crate::report::content::{Framework, Generated, Organisation, Parameter, Period, Request};
use crate::store::{organisation, tenants};

/// Whose report it is; the name is that of the end of the period.
pub(super) fn organisation(frame: &Frame<'_, '_>) -> Result<Organisation> {
    let settings = &frame.rules.settings;
    let name = match &settings.organisation_name {
        Some(name) => name.clone(),
        None => tenants::of(frame.tx)?.name,
    };
    let logo = match settings.logo {
        Some(_) => organisation::logo(frame.tx)?.map(Arc::from),
        None => None,
    };
    Ok(Organisation { name, logo })
}

/// What it is about.
pub(super) fn framework(framework: &framework::Framework) -> Framework {
    Framework {
        id: framework.key.clone(),
        title: framework.name.clone(),
        version: framework.version.clone(),
        publisher: framework.publisher.clone(),
        complete: framework.complete,
        attribution: format!(
            "Identifiers of {} ({}) with wording of our own; terms of its text: {}. Not affiliated with {}, nor endorsed by it.",
            framework.name, framework.publisher, framework.text_license, framework.publisher
        ),
        disclaimer: framework.disclaimer.clone(),
    }
}

/// Its days.
pub(super) fn period(frame: &Frame<'_, '_>) -> Period {
    let range = frame.report.order.range;
    Period {
        start: range.start,
        end: range.end,
        as_of: frame.as_of,
        as_of_local: local(frame.as_of, frame.zone),
        time_zone: frame.zone.name().to_owned(),
        preliminary: frame.period.preliminary,
    }
}

fn local(time: Time, zone: chrono_tz::Tz) -> String {
    // Outside chrono's 262,000 years there is nothing to show.
    let utc = DateTime::from_timestamp(time.0, 0).unwrap_or_default();
    utc.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S %:z").to_string()
}

/// By whom, when and how it was made.
pub(super) fn generated(frame: &Frame<'_, '_>) -> Result<Generated> {
    let order = &frame.report.order;
    let trigger = match order.trigger {
        Trigger::Session => "a person who was signed in",
        Trigger::ApiKey => "the API with a key",
        Trigger::Schedule => "the schedule of the settings",
        Trigger::CommandLine => "the operator's command line",
    };
    Ok(Generated {
        report_id: frame.report.id.clone(),
        at: frame.tx.now,
        by: maker(frame)?,
        role: order.role.clone(),
        trigger: trigger.to_owned(),
        appliance_version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}

/// Who asked for it is called as now: at the end of the period the account may not have been there.
fn maker(frame: &Frame<'_, '_>) -> Result<Option<String>> {
    let Some(id) = &frame.report.created_by else { return Ok(None) };
    Ok(crate::store::evidence::name_at(frame.tx, id, frame.tx.now)?.map(|named| named.name))
}

/// What was asked for.
pub(super) fn request(frame: &Frame<'_, '_>, as_sent: AsSent<'_>, parameters: Vec<Parameter>) -> Request {
    let range = frame.report.order.range;
    let framework = frame.framework;
    let in_words = format!(
        "How the devices and services of the organisation stand against {} at {}, and every deviation from {} to {}, both days included. \
         Everything in the inventory counts; nothing was sampled.",
        framework.name,
        local(frame.as_of, frame.zone),
        range.start,
        range.end
    );
    let mut scope = vec![match &framework.scope_required {
        Some(required) => format!(
            "The framework is about {} only: everything else is out of its scope, and without any such subject nothing is evaluated.",
            required.words()
        ),
        None => "All devices and services of the inventory are in scope.".to_owned(),
    }];
    if framework.controls.iter().any(|control| control.scope != SubjectScope::default()) {
        scope.push("Some controls are about a part of the devices; the scope stands with each of their checks.".to_owned());
    }
    scope.push("Devices that wait for approval are not in the inventory yet and in no count.".to_owned());
    if !framework.categories.is_empty() {
        let chosen = framework.categories.iter().filter(|category| category.always || as_sent.categories.contains(&category.id));
        let titles: Vec<&str> = chosen.map(|category| category.title.as_str()).collect();
        scope.push(format!("Categories of the framework in this report: {}.", titles.join(", ")));
    }
    for (id, decision) in &frame.not_applicable {
        scope.push(format!("Control {id} was declared not applicable: {}", decision.reason.as_deref().unwrap_or_default()));
    }
    Request { in_words, as_sent: as_sent.text.to_owned(), scope, parameters }
}
