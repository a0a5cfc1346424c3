//! The list of services as one CSV file: all pages, the same filters and order.

use std::io::Write;

use crate::api::call::Call;
use crate::domain::csv;
use crate::domain::service::{DataClassification, Service};
use crate::error::{Error, Result};
use crate::http::{Body, Response, StatusCode};
use crate::store::services::{self, Filter, Page};
use crate::store::settings;

/// Bytes sent at once.
const EXPORT_PIECE_BYTES: usize = 32 * 1024;

/// The first row. Lists stand in one cell with blanks (places) or commas (tags) between; what is not answered is empty.
const COLUMNS: [&str; 22] = [
    "id",
    "name",
    "description",
    "category",
    "url",
    "owner_id",
    "data_classification",
    "sso_enabled",
    "mfa_enforced",
    "audit_logging_enabled",
    "encryption_at_rest",
    "data_location",
    "processes_personal_data",
    "review_interval_days",
    "tags",
    "last_review_date",
    "next_review_date",
    "status",
    "status_since",
    "source",
    "created_at",
    "updated_at",
];

/// Answers all services that match, written as they are read; as of a moment if the query names one.
pub(super) fn export(call: &Call, filter: Filter, page: Page) -> Result<Response> {
    let day = call.now.date_in(call.read(settings::current)?.settings.time_zone);
    let (store, tenant_id, actor, now) = (call.app.store.clone(), call.caller()?.tenant_id.clone(), call.actor.clone(), call.now);
    let past = match call.query.time("at") {
        Some(at) => Some(call.read(|tx| services::list_at(tx, &filter, Page { skip: 0, limit: i64::MAX, ..page }, at))?.0),
        None => None,
    };
    let stream = move |out: &mut dyn Write| {
        let mut piece = String::new();
        csv::write_row(&mut piece, COLUMNS);
        let mut each = |service: Service| {
            write_service(&mut piece, &service);
            if piece.len() >= EXPORT_PIECE_BYTES {
                send(out, &piece)?;
                piece.clear();
            }
            Ok(())
        };
        match past {
            Some(past) => past.into_iter().try_for_each(&mut each)?,
            None => services::walk(&store, &tenant_id, &actor, now, &filter, page, &mut each)?,
        }
        send(out, &piece)
    };
    let mut response = Response::empty(StatusCode::OK)
        .with_header("content-type", csv::MEDIA_TYPE)
        .with_header("content-disposition", &format!("attachment; filename=\"services-{day}.csv\""));
    response.body = Body::Stream(Box::new(stream));
    Ok(response)
}

fn send(out: &mut dyn Write, piece: &str) -> Result<()> {
    out.write_all(piece.as_bytes()).map_err(|error| Error::unavailable("The file could not be sent", error))
}

fn write_service(out: &mut String, service: &Service) {
    let record = &service.record;
    let answers = &record.answers;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let switch = |answer: Option<bool>| answer.map(|answer| answer.to_string()).unwrap_or_default();
    let day = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let cells: [String; COLUMNS.len()] = [
        service.id.clone(),
        record.name.clone(),
        text(&record.description),
        text(&record.category),
        text(&record.url),
        text(&record.owner_id),
        record.data_classification.map(DataClassification::as_str).unwrap_or_default().to_owned(),
        switch(answers.sso_enabled),
        switch(answers.mfa_enforced),
        switch(answers.audit_logging_enabled),
        switch(answers.encryption_at_rest),
        answers.data_location.as_ref().map(|places| places.join(" ")).unwrap_or_default(),
        switch(record.processes_personal_data),
        record.interval_days().to_string(),
        record.tags.join(","),
        day(record.last_review_date),
        day(record.next_review_date),
        service.status.as_str().to_owned(),
        service.status_since.to_string(),
        record.source.as_str().to_owned(),
        service.created_at.to_string(),
        service.recorded_at.to_string(),
    ];
    csv::write_row(out, cells.iter().map(String::as_str));
}
