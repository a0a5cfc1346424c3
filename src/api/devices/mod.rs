//! Devices: report, lists, one device, its data and its past; changing, recording and retiring. Their rows are in `rows`.

mod answer;
mod document;
pub mod fields;
mod input;
mod rows;
mod security;
#[cfg(test)]
mod tests;
mod windows;

use std::sync::Arc;

pub use self::rows::ROUTES;

use self::rows::{IMPORT_COLUMNS, LIST_COLUMNS};

use self::answer::{DeviceAnswer, DeviceDataAnswer, SectionAnswer, checks, may_see};
use super::answer::{Items, created, json as ok, no_content, page_of};
use super::call::Call;
use super::checks::{Beside, HistoryAnswer, history_span};
use super::export;
use super::import;
use super::input::Fields;
use crate::domain::access::{Credential, Role};
use crate::domain::compliance::Status;
use crate::domain::device::{Approval, DataType, OsType, RetireReason, Source};
use crate::domain::exception::SubjectType;
use crate::domain::inventory::{Device, StoredSection, Verdict};
use crate::domain::time::Time;
use crate::domain::user::{EMAIL_CHARACTERS_MAX, checked_email};
use crate::error::{Error, Result};
use crate::http::Response;
use crate::limits::PAGE_DATA_BYTES_MAX;
use crate::store::devices::{self, Filter, Page, PreparedReport, Recorded, Reported, Reporter, Seen, Sort};
use crate::store::users::Names;
use crate::store::{Tx, sections, settings, users, verdicts};

fn list_visible(call: &Call) -> Result<Response> {
    let caller = call.caller()?;
    match (caller.role, caller.person()) {
        (Role::User, Some(person)) => list_of(call, Some(person.to_owned())),
        (Role::User, None) => list_of(call, Some(String::new())),
        _ => list_of(call, None),
    }
}

fn list_own(call: &Call) -> Result<Response> {
    // A key made on the command line has nobody behind it, hence no devices: no id is the empty text.
    let person = call.caller()?.person().unwrap_or("").to_owned();
    list_of(call, Some(person))
}

fn list_tenant(call: &Call) -> Result<Response> {
    list_of(call, None)
}

/// What was to be heard of the devices; silence begins where the settings of the moment asked about say.
fn seen(call: &Call) -> Result<Option<Seen>> {
    match call.query.text("seen") {
        Some("never") => Ok(Some(Seen::Never)),
        Some(_) => call.read(|tx| {
            let (at, version) = match call.query.time("at") {
                Some(at) => (at, settings::at(tx, at)?),
                None => (tx.now, settings::current(tx)?),
            };
            Ok(Some(Seen::Before(at.plus_days(-version.checks.silent_after_days))))
        }),
        None => Ok(None),
    }
}

/// A page of devices, of `owner` alone if one is given.
fn list_of(call: &Call, owner: Option<String>) -> Result<Response> {
    let wanted = call.query.text("user_id").map(str::to_owned);
    if owner.is_some() && wanted.is_some() && wanted != owner {
        return match export::wanted(call) {
            true => export::file(call, "devices", &LIST_COLUMNS, |_| Ok(())),
            false => Ok(page_of(call, Items::default(), 0)),
        };
    }
    let filter = Filter {
        user_id: owner.or(wanted),
        search: call.query.text("search").map(str::to_owned),
        compliance_status: call.query.text("compliance_status").and_then(Status::parse),
        approval: call.query.text("approval").and_then(Approval::parse),
        os_type: call.query.text("os_type").and_then(OsType::parse),
        failing_check: call.query.text("check_id").map(str::to_owned),
        seen: seen(call)?,
        owned: call.query.text("owned").map(|word| word == "true"),
    };
    let order = call.query.text("sort").unwrap_or("-last_seen");
    let sort = match order.trim_start_matches('-') {
        "device_name" => Sort::DeviceName,
        "compliance_status" => Sort::ComplianceStatus,
        _ => Sort::LastSeen,
    };
    let page = Page { sort, descending: order.starts_with('-'), skip: call.query.integer("skip"), limit: call.query.integer("limit") };
    let (include_data, at) = (call.query.boolean("include_data"), call.query.time("at"));
    if export::wanted(call) {
        return export_list(call, &filter, page, at);
    }
    let (items, total) = call.read(|tx| {
        let (found, total) = match at {
            Some(at) => devices::list_at(tx, &filter, page, at)?,
            None => devices::list(tx, &filter, page)?,
        };
        let (mut items, mut bytes, mut names) = (Items::default(), 0, Names::default());
        for device in found {
            if !include_data {
                items.push(&DeviceAnswer::new(device).with_owner(tx, &mut names)?);
                continue;
            }
            let stored = stored_sections(tx, &device, at)?;
            bytes += stored.iter().map(|section| section.json.len()).sum::<usize>();
            if bytes > PAGE_DATA_BYTES_MAX {
                return Err(Error::invalid(
                    "`limit` asks for more data than one answer may hold; ask for fewer devices, or `include_data=false`",
                ));
            }
            let data = visible(call, &device, stored)?;
            items.push(&DeviceAnswer::new(device).with_owner(tx, &mut names)?.with_data(data));
        }
        Ok((items, total))
    })?;
    Ok(page_of(call, items, total))
}

/// All devices of the list in one file, without their data.
fn export_list(call: &Call, filter: &Filter, page: Page, at: Option<Time>) -> Result<Response> {
    let ids = call.read(|tx| match at {
        Some(at) => {
            let (found, _) = devices::list_at(tx, filter, Page { skip: 0, limit: i64::MAX, ..page }, at)?;
            Ok(found.into_iter().map(|device| device.id).collect())
        }
        None => devices::ids(tx, filter, page),
    })?;
    export::of_ids(call, "devices", &LIST_COLUMNS, ids, move |tx, id| {
        let device = match at {
            Some(at) => devices::at(tx, id, at),
            None => devices::get(tx, id),
        };
        let Some(device) = export::found(device)? else { return Ok(None) };
        DeviceAnswer::new(device).with_owner(tx, &mut Names::default()).map(Some)
    })
}

fn report(call: &Call) -> Result<Response> {
    let caller = call.caller()?;
    let (source, serial_number) = match &caller.credential {
        Credential::Session { .. } => (Source::Person, None),
        Credential::ApiKey { serial_number: Some(serial), .. } => (Source::Agent, Some(serial.clone())),
        Credential::ApiKey { .. } => (Source::Integration, None),
    };
    let reporter = Reporter { role: caller.role, person: caller.person().map(str::to_owned), serial_number, source };
    // Hashing and packing happen here, before the write begins.
    let prepared = PreparedReport::new(input::report(call.request, call.now)?);
    let (Reported { device, created: is_new }, standing, _prepared) = call.write(move |tx| {
        let reported = devices::report(tx, &prepared, &reporter)?;
        // Read here, where the pages are at hand: a read after the commit would fetch each of them anew.
        let standing = Standing::of(tx, &reported.device)?;
        // The report comes back, so that taking it apart keeps no other write waiting.
        Ok((reported, standing, prepared))
    })?;
    let interval = standing.version.settings.report_interval_seconds;
    let answer = standing.answer(call, device)?.with_report_interval(interval);
    Ok(if is_new { created(&answer) } else { ok(&answer) })
}

fn show(call: &Call) -> Result<Response> {
    let at = call.query.time("at");
    let answer = call.read(|tx| {
        let device = find(call, tx, at)?;
        let version = match at {
            Some(at) => settings::at(tx, at)?,
            None => settings::current(tx)?,
        };
        let sections = stored_sections(tx, &device, at)?;
        let verdicts = match at {
            Some(at) => verdicts::at(tx, &device.id, at)?,
            None => verdicts::present(tx, &device.id)?,
        };
        let moment = at.unwrap_or(call.now);
        let checks = checks(&verdicts, &device, software_confirmed_at(&sections), &version.checks, moment)?;
        let checks = Beside::of(tx, SubjectType::Device, &device.id, &device.tags, &verdicts, moment)?.named_in(checks);
        let data = visible(call, &device, sections)?;
        Ok(DeviceAnswer::new(device).with_owner(tx, &mut Names::default())?.with_data(data).with_checks(checks))
    })?;
    Ok(ok(&answer))
}

fn data(call: &Call) -> Result<Response> {
    let Some(data_type) = DataType::parse(call.path("data_type")) else {
        return Err(Error::invalid("`data_type` must be one of security, hardware, software, network, custom"));
    };
    let at = call.query.time("at");
    let answer = call.read(|tx| {
        let device = find(call, tx, at)?;
        if !may_see(call.caller()?, device.user_id.as_deref(), data_type) {
            return Err(Error::forbidden("Only admins and the device's owner may see this section"));
        }
        let found = stored_sections(tx, &device, at)?.into_iter().find(|section| section.data_type == data_type);
        let section = SectionAnswer::new(found.ok_or_else(|| Error::not_found("Device data"))?)?;
        Ok(DeviceDataAnswer { device_id: device.id, section })
    })?;
    Ok(ok(&answer))
}

fn history(call: &Call) -> Result<Response> {
    let (items, total) = call.read(|tx| {
        let id = call.path("device_id");
        let device = devices::find(tx, id)?.ok_or_else(|| Error::not_found("Device"))?;
        permit(call, &device)?;
        let (from, until) = history_span(call, tx)?;
        let (skip, limit) = (call.query.integer("skip"), call.query.integer("limit"));
        let (found, total) = devices::history(tx, id, from, until, skip, limit)?;
        let mut items = Items::default();
        for item in found {
            items.push(&HistoryAnswer::new(item)?);
        }
        Ok((items, total))
    })?;
    Ok(page_of(call, items, total))
}

fn patch(call: &Call) -> Result<Response> {
    let patch = input::patch(call.request)?;
    let id = call.path("device_id").to_owned();
    let device = call.write(move |tx| devices::patch(tx, &id, &patch))?;
    Ok(ok(&with_checks(call, device)?))
}

fn approve(call: &Call) -> Result<Response> {
    let id = call.path("device_id").to_owned();
    let device = call.write(move |tx| devices::approve(tx, &id))?;
    Ok(ok(&with_checks(call, device)?))
}

fn record(call: &Call) -> Result<Response> {
    let recorded = input::recorded(Fields::of(call.request)?)?;
    let device = call.write(move |tx| devices::record(tx, &recorded))?;
    Ok(created(&with_checks(call, device)?))
}

/// Devices without an agent from a file; whose owner is named by email, as people know each other.
fn import(call: &Call) -> Result<Response> {
    let read = |mut fields: Fields| {
        let owner = fields.text("owner_email", 1, EMAIL_CHARACTERS_MAX)?;
        let owner = owner.map(|email| checked_email("owner_email", &email)).transpose()?;
        let recorded = input::recorded(fields)?;
        match (&owner, &recorded.user_id) {
            (Some(_), Some(_)) => Err(Error::invalid("`owner_email` can't stand beside `user_id`")),
            _ => Ok((owner, recorded)),
        }
    };
    import::run(call, &IMPORT_COLUMNS, read, |tx, (owner, recorded)| {
        let user_id = match owner {
            Some(email) => Some(users::active_by_email(tx, &email)?),
            None => recorded.user_id.clone(),
        };
        devices::record(tx, &Recorded { user_id, ..recorded }).map(drop)
    })
}

/// The answer to a change: the device with its checks. They are read after the commit, so that they keep no other write waiting.
fn with_checks(call: &Call, device: Device) -> Result<DeviceAnswer> {
    call.read(|tx| Standing::of(tx, &device))?.answer(call, device)
}

/// How the checks of a device stand, as stored.
struct Standing {
    version: Arc<settings::Version>,
    verdicts: Vec<Verdict>,
    beside: Beside,
    software_confirmed_at: Option<Time>,
}

impl Standing {
    fn of(tx: &Tx, device: &Device) -> Result<Standing> {
        let verdicts = verdicts::present(tx, &device.id)?;
        Ok(Standing {
            version: settings::current(tx)?,
            beside: Beside::of(tx, SubjectType::Device, &device.id, &device.tags, &verdicts, tx.now)?,
            verdicts,
            software_confirmed_at: sections::confirmed_until(tx, &device.id, DataType::Software)?,
        })
    }

    fn answer(&self, call: &Call, device: Device) -> Result<DeviceAnswer> {
        let checks = checks(&self.verdicts, &device, self.software_confirmed_at, &self.version.checks, call.now)?;
        Ok(DeviceAnswer::new(device).with_checks(self.beside.named_in(checks)))
    }
}

fn retire(call: &Call) -> Result<Response> {
    let Some(reason) = call.query.text("reason").and_then(RetireReason::parse) else {
        return Err(Error::invalid("`reason` is required: lost, sold, broken, replaced, left or error"));
    };
    let id = call.path("device_id").to_owned();
    call.write(move |tx| devices::retire(tx, &id, reason))?;
    Ok(no_content())
}

/// The device of the path, as of `at` if given, if the caller may see it.
fn find(call: &Call, tx: &Tx, at: Option<Time>) -> Result<Device> {
    let id = call.path("device_id");
    let device = match at {
        Some(at) => devices::at(tx, id, at)?,
        None => devices::get(tx, id)?,
    };
    permit(call, &device)?;
    Ok(device)
}

/// Plain users see their own devices.
fn permit(call: &Call, device: &Device) -> Result<()> {
    let caller = call.caller()?;
    if caller.role == Role::User && (device.user_id.is_none() || device.user_id.as_deref() != caller.person()) {
        return Err(Error::forbidden("This device is not yours"));
    }
    Ok(())
}

fn stored_sections(tx: &Tx, device: &Device, at: Option<Time>) -> Result<Vec<StoredSection>> {
    match at {
        Some(at) => sections::all_at(tx, &device.id, at),
        None => sections::all(tx, &device.id),
    }
}

fn software_confirmed_at(sections: &[StoredSection]) -> Option<Time> {
    sections.iter().find(|section| section.data_type == DataType::Software).map(|section| section.confirmed_until)
}

/// Of `sections` those that the caller may see, in the order of the contract.
fn visible(call: &Call, device: &Device, mut sections: Vec<StoredSection>) -> Result<Vec<SectionAnswer>> {
    let caller = call.caller()?;
    sections.retain(|section| may_see(caller, device.user_id.as_deref(), section.data_type));
    sections.sort_by_key(|section| DataType::ALL.iter().position(|known| *known == section.data_type));
    sections.into_iter().map(SectionAnswer::new).collect()
}
