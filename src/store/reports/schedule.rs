//! Reports that are made by themselves: for which periods one is due, each once, however long the program did not run.

use chrono::{Datelike, Months, NaiveDate};
use rusqlite::params;
use serde_json::json;

use super::create;
use crate::domain::report::{DateRange, Order, Report, Trigger};
use crate::domain::settings::{Every, Scheduled};
use crate::domain::time::Time;
use crate::error::{Error, Kind, Result};
use crate::limits::REPORT_SCHEDULE_PERIODS_MAX;
use crate::store::tx::{Actor, Tx, WriteRoot, WriteTx};
use crate::store::{frameworks, settings};

/// Orders what is due for all tenants, and gives the reports.
pub fn order_due(root: &WriteRoot) -> Result<Vec<Report>> {
    let mut statement = root.connection.prepare_cached("SELECT id FROM tenant ORDER BY id")?;
    let tenants = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
    let mut ordered = Vec::new();
    for tenant_id in tenants {
        let tx = root.tenant_write(&tenant_id, Actor::system());
        for (scheduled, range) in due(&tx)? {
            match order(&tx, &scheduled, range) {
                Ok(report) => ordered.push(report),
                // Too many wait or are kept: the next look tries again, and the oldest come first.
                Err(error) if error.kind == Kind::Conflict => {
                    tracing::warn!(tenant = tenant_id, %error, "a scheduled report could not be ordered");
                    break;
                }
                Err(error) => return Err(error),
            }
        }
    }
    Ok(ordered)
}

/// Whether anything is due for anybody; cheap where no tenant has a schedule.
pub fn is_due(root: &crate::store::tx::Root) -> Result<bool> {
    let mut statement = root.connection.prepare_cached("SELECT id FROM tenant ORDER BY id")?;
    let tenants = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
    for tenant_id in tenants {
        if !due(&root.tenant(&tenant_id, Actor::system()))?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What the tenant's schedule wants that was not ordered yet, the oldest first.
fn due(tx: &Tx) -> Result<Vec<(Scheduled, DateRange)>> {
    let settings = &settings::current(tx)?.settings;
    let mut due = Vec::new();
    for scheduled in &settings.report_schedule {
        let offered = match frameworks::get(tx, &scheduled.framework) {
            Ok(offered) => offered,
            Err(error) if matches!(error.kind, Kind::NotFound | Kind::Conflict) => continue,
            Err(error) => return Err(error),
        };
        if !settings.frameworks.get(&scheduled.framework).cloned().unwrap_or_default().is_enabled(&offered.framework) {
            continue;
        }
        let today = tx.now.date_in(settings.time_zone);
        for back in 0..REPORT_SCHEDULE_PERIODS_MAX {
            let Some((range, after)) = ended_period(today, scheduled.every, back) else { break };
            let moment = Time::start_of(after, settings.time_zone);
            // It was in the schedule when the period ended; what is added later is for what comes later.
            let then = settings::at(tx, moment)?;
            if then.since > moment || !then.settings.report_schedule.contains(scheduled) {
                break;
            }
            if !was_ordered(tx, scheduled, range)? {
                due.push((scheduled.clone(), range));
            }
        }
    }
    due.sort_by_key(|(_, range)| range.end);
    Ok(due)
}

/// The period that ended last, or `back` periods before it, and the day after it.
fn ended_period(today: NaiveDate, every: Every, back: u32) -> Option<(DateRange, NaiveDate)> {
    let months = match every {
        Every::Month => 1,
        Every::Quarter => 3,
    };
    let begun = NaiveDate::from_ymd_opt(today.year(), today.month0() / months * months + 1, 1)?;
    let after = begun.checked_sub_months(Months::new(months * back))?;
    Some((DateRange { start: after.checked_sub_months(Months::new(months))?, end: after.pred_opt()? }, after))
}

fn was_ordered(tx: &Tx, scheduled: &Scheduled, range: DateRange) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM report_scheduled
               WHERE tenant_id = ?1 AND framework_id = ?2 AND format = ?3 AND start_date = ?4 AND end_date = ?5)";
    let values = params![tx.tenant_id, scheduled.framework, scheduled.format.as_str(), range.start.to_string(), range.end.to_string()];
    Ok(tx.connection.prepare_cached(sql)?.query_row(values, |row| row.get(0))?)
}

fn order(tx: &WriteTx, scheduled: &Scheduled, range: DateRange) -> Result<Report> {
    let entry = json!({"framework": scheduled.framework, "format": scheduled.format.as_str(), "every": scheduled.every.as_str()});
    let report = create(
        tx,
        Order {
            framework_id: scheduled.framework.clone(),
            format: scheduled.format,
            range,
            trigger: Trigger::Schedule,
            role: None,
            request: format!("report_schedule {entry}"),
        },
    )?;
    let sql =
        "INSERT INTO report_scheduled (tenant_id, framework_id, format, start_date, end_date, ordered_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let values =
        params![tx.tenant_id, scheduled.framework, scheduled.format.as_str(), range.start.to_string(), range.end.to_string(), tx.now.0];
    tx.connection.prepare_cached(sql)?.execute(values).map_err(Error::from)?;
    Ok(report)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::domain::check::Catalogue;
    use crate::domain::time::parse_date;
    use crate::store::devices::tests::support::Scene;

    fn time(text: &str) -> Time {
        Time::parse(text).unwrap()
    }

    fn set(scene: &Scene, at: Time, body: Value) {
        let body = body.as_object().unwrap().clone();
        scene
            .write(at, move |tx| {
                let current = settings::current(tx)?;
                let (patched, changes) = current.settings.patch(&body, Catalogue::shipped())?;
                settings::replace(tx, current.version, &patched, &changes)
            })
            .unwrap();
    }

    fn ranges(scene: &Scene, at: &str) -> Vec<String> {
        let ordered = scene.store.write_root(time(at), order_due).unwrap();
        ordered.iter().map(|report| format!("{} to {}", report.order.range.start, report.order.range.end)).collect()
    }

    #[test]
    fn periods_are_those_of_the_calendar() {
        let period = |today: &str, every, back| {
            let (range, after) = ended_period(parse_date(today).unwrap(), every, back).unwrap();
            format!("{} {} {after}", range.start, range.end)
        };
        assert_eq!(period("2026-03-01", Every::Month, 0), "2026-02-01 2026-02-28 2026-03-01");
        assert_eq!(period("2026-03-31", Every::Month, 2), "2025-12-01 2025-12-31 2026-01-01");
        assert_eq!(period("2026-04-01", Every::Quarter, 0), "2026-01-01 2026-03-31 2026-04-01");
        assert_eq!(period("2026-03-31", Every::Quarter, 0), "2025-10-01 2025-12-31 2026-01-01");
    }

    #[test]
    fn each_period_is_ordered_once_from_the_tenants_midnight_on_also_after_downtime() {
        let scene = Scene::new();
        let begin = time("2031-01-15T12:00:00Z");
        let schedule = json!([{"framework": "iso27001", "format": "json", "every": "month"}]);
        set(&scene, begin, json!({"time_zone": "America/New_York", "report_schedule": schedule}));
        assert_eq!(ranges(&scene, "2031-01-15T12:00:01Z"), [""; 0], "no report on the month before the schedule");
        assert_eq!(ranges(&scene, "2031-02-01T04:59:59Z"), [""; 0], "it is still January there");
        assert!(scene.store.read_root(time("2031-02-01T05:00:00Z"), is_due).unwrap());
        assert_eq!(ranges(&scene, "2031-02-01T05:00:00Z"), ["2031-01-01 to 2031-01-31"]);
        assert_eq!(ranges(&scene, "2031-02-01T05:00:30Z"), [""; 0]);
        assert_eq!(ranges(&scene, "2031-04-20T00:00:00Z"), ["2031-02-01 to 2031-02-28", "2031-03-01 to 2031-03-31"]);
        set(&scene, time("2031-04-21T00:00:00Z"), json!({"frameworks": {"iso27001": {"enabled": false}}}));
        assert_eq!(ranges(&scene, "2031-05-02T00:00:00Z"), [""; 0], "one that is off is not reported on");
    }
}
