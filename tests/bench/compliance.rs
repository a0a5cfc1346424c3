//! Compliance reports over a year of history: time from the request to the finished file, growth of memory, beside the cost of the SQL alone.

use std::path::Path;
use std::time::{Duration, Instant};

use recoger::domain::time::{DAY, Time};
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use serde_json::{Value, json};

use crate::appliance::{Appliance, data};
use crate::load::{Target, ask};
use crate::options::Options;
use crate::stock::{ADMIN_EMAIL, ADMIN_PASSWORD, Stock, get, post};
use crate::table::{Line, median};
use crate::{PROGRAM, access_token};

/// Weeks of history: each device reports once a week, each report with something new.
const WEEKS: i64 = 52;
/// Users, and services with a review, in each file.
const PEOPLE_AND_SERVICES: usize = 50;
/// Between two looks whether a report is finished: small against what is measured.
const LOOK: Duration = Duration::from_millis(20);
/// What is ordered: format and days.
const ORDERS: [(&str, i64); 4] = [("pdf", 365), ("pdf", 90), ("csv", 365), ("oscal", 365)];

/// Measures each size on a file of its own. Every figure is the middle one of some rounds; memory is the most of all of them.
pub fn measure(options: &Options, lines: &mut Vec<Line>) {
    for devices in options.compliance() {
        let stock = filled(devices);
        let appliance = Appliance::start(Path::new(PROGRAM), &stock.folder);
        let target = Target { address: appliance.address, tls: true };
        let token = access_token(target, (ADMIN_EMAIL, ADMIN_PASSWORD));
        for (format, days) in ORDERS {
            let (mut seconds, mut to_sql, mut growth, mut notes) = (Vec::new(), Vec::new(), 0, String::new());
            for _ in 0..options.rounds.min(3) {
                let before = appliance.memory();
                appliance.forget_peak();
                let cpu_before: u64 = appliance.cpu().values().sum();
                let (took, bytes) = made(target, &token, format, days);
                let cpu = Duration::from_micros(appliance.cpu().values().sum::<u64>().saturating_sub(cpu_before));
                growth = growth.max(appliance.peak_memory().saturating_sub(before));
                let sql = sql_alone(&data(stock.folder.path()));
                let load = std::fs::read_to_string("/proc/loadavg").unwrap();
                let load = load.split(' ').next().unwrap_or_default();
                eprintln!(
                    "{devices} devices, {format}, {days} days: {took:.2?} (CPU {cpu:.2?}, memory +{growth} MiB), SQL alone {sql:.2?}, file {bytes} bytes, load {load}"
                );
                seconds.push(took.as_secs_f64());
                to_sql.push(took.as_secs_f64() / sql.as_secs_f64());
                notes = format!(
                    "CPU {:.2} s; memory +{growth} MiB; SQL alone {:.2} s; file {} KiB; machine's load {load}",
                    cpu.as_secs_f64(),
                    sql.as_secs_f64(),
                    bytes / 1024
                );
            }
            lines.push(Line {
                what: format!("compliance report, {format}, {days} days"),
                size: format!("{devices} devices, {WEEKS} weeks of history"),
                figure: format!("{:.2} s", median(&seconds).unwrap_or_default()),
                to_raw: median(&to_sql),
                note: notes,
                ..Line::default()
            });
        }
    }
}

fn filled(devices: usize) -> Stock {
    let now = Time(chrono::Utc::now().timestamp());
    let mut stock = Stock::since(Time(now.0 - WEEKS * 7 * DAY));
    stock.populate(PEOPLE_AND_SERVICES);
    stock.fill_with_history(devices, WEEKS);
    stock
}

/// Orders a report and waits for it; the time, and the file's size.
fn made(target: Target, token: &str, format: &str, days: i64) -> (Duration, u64) {
    let today = chrono::Utc::now().date_naive();
    let start = today - chrono::Days::new(days.unsigned_abs() - 1);
    let order = json!({"framework": "iso27001", "format": format, "date_range": {"start": start.to_string(), "end": today.to_string()}});
    let begun = Instant::now();
    let answer = ask(target, &post("/v1/reports/compliance", &format!("Authorization: Bearer {token}\r\n"), &order));
    let mut report: Value = serde_json::from_str(&answer).unwrap();
    while report["status"] != "completed" {
        assert_ne!(report["status"], "failed", "{report}");
        std::thread::park_timeout(LOOK);
        let path = format!("/v1/reports/{}", report["id"].as_str().unwrap());
        report = serde_json::from_str(&ask(target, &get(token, &path))).unwrap();
    }
    (begun.elapsed(), report["size_bytes"].as_u64().unwrap())
}

/// Reads every row that a report over all of the history rests on, once, table by table, and does nothing with it.
fn sql_alone(path: &Path) -> Duration {
    const TABLES: [&str; 10] = [
        "device",
        "device_section",
        "device_section_past",
        "section_data",
        "device_presence_past",
        "record_past",
        "service",
        "security_review",
        "person",
        "audit_log",
    ];
    let connection = Connection::open(path).unwrap();
    connection.execute_batch("PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA cache_size = -8192;").unwrap();
    let begun = Instant::now();
    let mut bytes = 0;
    for table in TABLES {
        // SQL: the names of tables are a constant list.
        let mut statement = connection.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..columns {
                bytes += match row.get_ref_unwrap(column) {
                    ValueRef::Text(text) | ValueRef::Blob(text) => text.len(),
                    ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => 8,
                };
            }
        }
    }
    assert!(bytes > 0);
    begun.elapsed()
}
