//! The rows of the device routes, with the parameters that several share.

use super::answer::{DeviceAnswer, DeviceDataAnswer};
use super::document::{DevicePatch, DeviceRecord, DeviceReportBody};
use super::{approve, data, history, import, list_own, list_tenant, list_visible, patch, record, report, retire, show};
use crate::api::call::Call;
use crate::api::checks::{END_DATE, HistoryAnswer, START_DATE};
use crate::api::export::FORMAT;
use crate::api::import::{Cell, Column, DRY_RUN, IMPORT_BODY_BYTES_MAX, ImportAnswer};
use crate::api::route::{
    Answer, AnswerBody, BODY_BYTES_MAX, LIMIT, Parameter, ParameterKind, REPORT_BODY_BYTES_MAX, Route, SKIP, csv_of, of,
};
use crate::domain::access::{ADMIN, Access, EVERYBODY, REPORTERS};
use crate::domain::check::{Catalogue, Subject};
use crate::domain::compliance::Status;
use crate::domain::device::{Approval, OsType, RetireReason};
use crate::error::Result;
use crate::http::{Lane, Response};

const TAG: &str = "Devices";
const AT_DESCRIPTION: &str = "Answers as of this moment, from what was recorded by then. Single reports are not kept: `last_seen` and \
     `reported_at` may then be up to a day early. Lists take longer the more devices there ever were";
const AT: Parameter = Parameter { name: "at", kind: ParameterKind::PastTime, description: AT_DESCRIPTION };
const INCLUDE_DATA: Parameter =
    Parameter { name: "include_data", kind: ParameterKind::Boolean { default: true }, description: "Include device data" };
const SEARCH: Parameter = Parameter {
    name: "search",
    kind: ParameterKind::Text,
    description: "Part of name, serial number, or the owner's name or email, without regard to case",
};
const STATUS: Parameter = Parameter {
    name: "compliance_status",
    kind: ParameterKind::Choice(|| Status::ALL.iter().map(|status| status.as_str()).collect()),
    description: "Filter by status",
};
const OS_TYPE: Parameter = Parameter {
    name: "os_type",
    kind: ParameterKind::Choice(|| OsType::ALL.iter().map(|os| os.as_str()).collect()),
    description: "Filter by operating system",
};
const APPROVAL: Parameter = Parameter {
    name: "approval",
    kind: ParameterKind::Choice(|| Approval::ALL.iter().map(|approval| approval.as_str()).collect()),
    description: "Filter by approval",
};
const CHECK_ID: Parameter = Parameter {
    name: "check_id",
    kind: ParameterKind::CheckId(|| {
        let device_checks = Catalogue::shipped().checks().iter().filter(|check| check.subject == Subject::Device);
        device_checks.map(|check| check.id.as_str()).collect()
    }),
    description: "Devices that fail this check",
};
const SEEN: Parameter = Parameter {
    name: "seen",
    kind: ParameterKind::Choice(|| vec!["silent", "never"]),
    description: "`silent`: devices that reported once, but not for longer than the setting `silent_after_days`; `never`: that never did",
};
const OWNED: Parameter =
    Parameter { name: "owned", kind: ParameterKind::Choice(|| vec!["true", "false"]), description: "Devices with an owner, or without" };
const SORT: Parameter = Parameter {
    name: "sort",
    kind: ParameterKind::Choice(|| {
        vec!["last_seen", "-last_seen", "device_name", "-device_name", "compliance_status", "-compliance_status"]
    }),
    description: "Order; `-` turns it round. Without it, those that reported last come first",
};
const USER_ID: Parameter = Parameter { name: "user_id", kind: ParameterKind::Text, description: "Filter by user" };

const OWN_LIST: &[Parameter] = &[INCLUDE_DATA, SKIP, LIMIT, SEARCH, STATUS, APPROVAL, OS_TYPE, CHECK_ID, SEEN, SORT, AT, FORMAT];
const LIST: &[Parameter] =
    &[USER_ID, INCLUDE_DATA, SKIP, LIMIT, SEARCH, STATUS, APPROVAL, OS_TYPE, CHECK_ID, SEEN, OWNED, SORT, AT, FORMAT];

/// Columns of the lists as CSV: a device without its data and checks.
pub(super) const LIST_COLUMNS: [&str; 20] = [
    "id",
    "device_name",
    "serial_number",
    "device_type",
    "os_type",
    "os_version",
    "os_distribution",
    "os_edition",
    "last_seen",
    "first_seen",
    "user_id",
    "owner_name",
    "compliance_status",
    "status_since",
    "agent_version",
    "ownership",
    "tags",
    "source",
    "approval",
    "two_machines_since",
];

const fn text(name: &'static str, required: bool) -> Column {
    Column { name, kind: Cell::Text, required }
}

/// Columns of a file that is imported.
pub(super) const IMPORT_COLUMNS: [Column; 9] = [
    text("device_name", true),
    text("serial_number", true),
    text("os_type", true),
    text("device_type", false),
    text("os_version", false),
    text("owner_email", false),
    text("user_id", false),
    text("ownership", false),
    Column { name: "tags", kind: Cell::List, required: false },
];

const fn list_row(
    path: &'static str,
    name: &'static str,
    access: Access,
    query: &'static [Parameter],
    handler: fn(&Call) -> Result<Response>,
    summary: &'static str,
) -> Route {
    Route {
        method: "GET",
        path,
        name,
        access,
        lane: Lane::Large,
        handler,
        summary,
        tag: TAG,
        query,
        request: None,
        body_bytes_max: BODY_BYTES_MAX,
        answer: Answer { status: 200, description: "A page of devices", body: AnswerBody::ListOrCsv(of::<DeviceAnswer>(), &LIST_COLUMNS) },
        errors: &[],
    }
}

const fn device_row(
    method: &'static str,
    path: &'static str,
    name: &'static str,
    access: Access,
    handler: fn(&Call) -> Result<Response>,
    summary: &'static str,
) -> Route {
    Route {
        method,
        path,
        name,
        access,
        lane: Lane::Quick,
        handler,
        summary,
        tag: TAG,
        query: &[],
        request: None,
        body_bytes_max: BODY_BYTES_MAX,
        answer: Answer { status: 200, description: "The device", body: AnswerBody::Json(of::<DeviceAnswer>()) },
        errors: &[],
    }
}

/// One for each endpoint, special paths before those with an id.
pub static ROUTES: [Route; 12] = [
    list_row(
        "/v1/devices",
        "list_devices",
        EVERYBODY,
        LIST,
        list_visible,
        "List devices. Plain users see their own, all others those of the whole tenant",
    ),
    list_row(
        "/v1/devices/my-devices",
        "list_my_devices",
        EVERYBODY,
        OWN_LIST,
        list_own,
        "List devices owned by the current user. With an API key, those of its maker",
    ),
    list_row("/v1/devices/tenant-devices", "list_tenant_devices", ADMIN, LIST, list_tenant, "List all devices in the tenant"),
    Route {
        request: Some(of::<DeviceRecord>()),
        errors: &[(409, "A device with this `serial_number` exists already")],
        answer: Answer { status: 201, description: "The device", body: AnswerBody::Json(of::<DeviceAnswer>()) },
        ..device_row(
            "POST",
            "/v1/devices",
            "create_device",
            ADMIN,
            record,
            "Record a device that has no agent. What is known of it was declared, not measured",
        )
    },
    Route {
        request: Some(csv_of(
            &IMPORT_COLUMNS,
            "device_name,serial_number,device_type,os_type,owner_email\r\nShelf,5CG1234XYA,desktop,windows,\r\n",
        )),
        query: &[DRY_RUN],
        lane: Lane::Intake,
        body_bytes_max: IMPORT_BODY_BYTES_MAX,
        errors: &[(400, "A line is wrong, which the sentence names; nothing was stored"), (415, "The body is not declared as CSV")],
        answer: Answer { status: 200, description: "What was made", body: AnswerBody::Json(of::<ImportAnswer>()) },
        ..device_row(
            "POST",
            "/v1/devices/import",
            "import_devices",
            ADMIN,
            import,
            "Import devices that have no agent. All rows or none; try it with `dry_run=true` first. The same serial number twice, or one that is \
             known already, is an error",
        )
    },
    Route {
        request: Some(of::<DeviceReportBody>()),
        lane: Lane::Intake,
        body_bytes_max: REPORT_BODY_BYTES_MAX,
        errors: &[(403, "The device belongs to somebody else, or the key is for another serial number, or the role does not allow it")],
        answer: Answer { status: 200, description: "The device with its checks", body: AnswerBody::JsonOrCreated(of::<DeviceAnswer>()) },
        ..device_row(
            "POST",
            "/v1/devices/report",
            "report_device",
            REPORTERS,
            report,
            "Report device data from an agent. Creates or updates the device. A section that is there replaces the stored one whole, one that \
          is absent stays; fields that the appliance does not know are passed over. \
             Rows of osquery are taken in their own words, see `osquery`",
        )
    },
    Route {
        query: &[AT],
        ..device_row(
            "GET",
            "/v1/devices/{device_id}",
            "get_device",
            EVERYBODY,
            show,
            "Get details for a specific device. With its data and with how each check stands",
        )
    },
    Route {
        request: Some(of::<DevicePatch>()),
        ..device_row(
            "PATCH",
            "/v1/devices/{device_id}",
            "update_device",
            ADMIN,
            patch,
            "Update a device. Changes name, owner, ownership or tags; what is left out stays",
        )
    },
    device_row(
        "POST",
        "/v1/devices/{device_id}/approve",
        "approve_device",
        ADMIN,
        approve,
        "Approve a device that was enrolled. From now on it is in all counts; one that is approved already stays as it is",
    ),
    Route {
        query: &[Parameter {
            name: "reason",
            kind: ParameterKind::RequiredChoice(|| RetireReason::ALL.iter().map(|reason| reason.as_str()).collect()),
            description: "Why it leaves the inventory",
        }],
        answer: Answer { status: 204, description: "Retired; its history stays for reports", body: AnswerBody::Empty },
        ..device_row(
            "DELETE",
            "/v1/devices/{device_id}",
            "retire_device",
            ADMIN,
            retire,
            "Retire a device. It leaves all lists; its history stays for reports, and a later report of the same serial number makes a new device",
        )
    },
    Route {
        query: &[AT],
        errors: &[
            (403, "It is software or network and the caller is neither admin nor owner, or the role does not allow it"),
            (404, "No such device, or it never reported such data"),
        ],
        answer: Answer { status: 200, description: "The section", body: AnswerBody::Json(of::<DeviceDataAnswer>()) },
        ..device_row(
            "GET",
            "/v1/devices/{device_id}/data/{data_type}",
            "get_device_data",
            EVERYBODY,
            data,
            "Get device data by type. Software and network are shown to admins and to the device's owner only",
        )
    },
    Route {
        query: &[START_DATE, END_DATE, SKIP, LIMIT],
        answer: Answer { status: 200, description: "Newest first", body: AnswerBody::List(of::<HistoryAnswer>()) },
        ..device_row(
            "GET",
            "/v1/devices/{device_id}/history",
            "list_device_history",
            EVERYBODY,
            history,
            "List every change of a device's status and checks. The newest comes first",
        )
    },
];
