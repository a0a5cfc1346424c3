//! The rows of the routes about reports.

use super::document::{DiffAnswer, ReportAnswer, ReportCreate, SignatureAnswer};
use super::{compare, create, delete, file, list, show, signature};
use crate::api::route::{Answer, AnswerBody, BODY_BYTES_MAX, LIMIT, Parameter, ParameterKind, Route, SKIP, of};
use crate::domain::access::{ADMIN, Access, EVERYBODY};
use crate::domain::report::{ReportFormat, ReportStatus};
use crate::error::Result;
use crate::http::{Lane, Response};

const TAG: &str = "Reports";
const NOT_COMPLETED: (u16, &str) = (409, "The report is not completed, or retention took its file");

const fn read(
    path: &'static str,
    name: &'static str,
    lane: Lane,
    handler: fn(&crate::api::call::Call) -> Result<Response>,
    summary: &'static str,
    answer: Answer,
) -> Route {
    Route {
        method: "GET",
        path,
        name,
        access: EVERYBODY,
        lane,
        handler,
        summary,
        tag: TAG,
        query: &[],
        request: None,
        body_bytes_max: 0,
        answer,
        errors: &[],
    }
}

const fn write(method: &'static str, path: &'static str, name: &'static str, access: Access, summary: &'static str) -> Route {
    let answer = Answer { status: 204, description: "Deleted", body: AnswerBody::Empty };
    Route { method, access, ..read(path, name, Lane::Quick, delete, summary, answer) }
}

/// The rows of this file.
pub static ROUTES: [Route; 7] = [
    Route {
        lane: Lane::Report,
        handler: create,
        request: Some(of::<ReportCreate>()),
        body_bytes_max: BODY_BYTES_MAX,
        answer: Answer {
            status: 201,
            description: "The report: completed, or `pending` where there is much to do",
            body: AnswerBody::Json(of::<ReportAnswer>()),
        },
        errors: &[(409, "Too many reports wait already, or are kept")],
        ..write(
            "POST",
            "/v1/reports/compliance",
            "create_compliance_report",
            ADMIN,
            "Generate a compliance report. Its figures are those of the period, from history: the same request gives the same figures at any \
             later time. With many devices or days it is made in the background, one at a time: ask for it until `status` is `completed`",
        )
    },
    Route {
        query: &[
            Parameter { name: "framework", kind: ParameterKind::Text, description: "Those on this framework" },
            Parameter {
                name: "format",
                kind: ParameterKind::Choice(|| ReportFormat::ALL.iter().map(|format| format.as_str()).collect()),
                description: "Those written so",
            },
            Parameter {
                name: "status",
                kind: ParameterKind::Choice(|| ReportStatus::ALL.iter().map(|status| status.as_str()).collect()),
                description: "Those so far",
            },
            SKIP,
            LIMIT,
        ],
        ..read(
            "/v1/reports",
            "list_reports",
            Lane::Quick,
            list,
            "List reports. The newest comes first",
            Answer { status: 200, description: "A page of reports", body: AnswerBody::List(of::<ReportAnswer>()) },
        )
    },
    Route {
        errors: &[(409, "A PDF was asked for, and the report is not completed or its file is gone")],
        ..read(
            "/v1/reports/{report_id}",
            "get_report",
            Lane::Download,
            show,
            "Get a report. How far it is and where its file lies; with `Accept: application/pdf` the file itself, if it is a PDF",
            Answer { status: 200, description: "The report", body: AnswerBody::JsonOrFile(of::<ReportAnswer>(), &["application/pdf"]) },
        )
    },
    write(
        "DELETE",
        "/v1/reports/{report_id}",
        "delete_report",
        ADMIN,
        "Delete a report with its file. The audit log keeps that it was there, with the file's SHA-256",
    ),
    Route {
        errors: &[NOT_COMPLETED],
        ..read(
            "/v1/reports/{report_id}/download",
            "download_report",
            Lane::Download,
            file::download,
            "Download a report's file. `ETag` is its SHA-256; CSV comes as a zip. Each download is in the audit log",
            Answer {
                status: 200,
                description: "The file",
                body: AnswerBody::Files(&["application/pdf", "application/zip", "application/json"]),
            },
        )
    },
    Route {
        errors: &[NOT_COMPLETED],
        ..read(
            "/v1/reports/{report_id}/signature",
            "get_report_signature",
            Lane::Quick,
            signature,
            "Get the signature of a report's file. Anybody can check it offline: `recoger report verify FILE SIGNATURE --public-key FILE`. \
             `signature` is Ed25519 over `recoger-report-v1`, a line feed, and the JSON array of report_id, sha256, size_bytes and \
             completed_at without white space",
            Answer { status: 200, description: "The signature", body: AnswerBody::Json(of::<SignatureAnswer>()) },
        )
    },
    Route {
        errors: &[(400, "The reports are on different frameworks"), (409, "One of them is not completed")],
        ..read(
            "/v1/reports/{report_id}/diff/{other_id}",
            "diff_reports",
            Lane::Quick,
            compare,
            "Compare a report with an earlier one on the same framework. What became better and worse from `other_id` to `report_id`: score, \
             controls, checks, and subjects that newly fail or were mended",
            Answer { status: 200, description: "The differences", body: AnswerBody::Json(of::<DiffAnswer>()) },
        )
    },
];
