//! The benchmark: `cargo bench` measures the release binary as a client sees it and prints a table.
//!
//! Reports over TLS keep-alive (each durable when it is answered), lists and single devices in inventories of several sizes, sign-ins,
//! start, memory, compliance reports over a year of history; beside bare SQLite, and with `--reference ADDRESS:PORT` beside a reference server in turn (`tests/bench/reference.sh`).
//! The absolute figures hold for one machine and its other load: only ratios measured in one run compare.

mod appliance; // the program under measurement
mod compliance; // compliance reports over a year of history
mod growth; // lists and the dashboard with few devices and with many
mod judging; // the rules alone, and an exception for many
mod load; // connections and requests
mod options; // the command line
mod raw; // the same rows through bare SQLite
mod stock; // files with devices, and what these report
#[allow(dead_code, unused_imports, reason = "made for the tests; the benchmark takes the start of the program and TLS from it")]
#[path = "../support/mod.rs"]
mod support;
mod table; // what is printed

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use appliance::Appliance;
use load::{Load, Measured, Requests, Target, ask};
use options::Options;
use serde_json::Value;
use stock::{ADMIN_EMAIL, ADMIN_PASSWORD, Stock, get, sign_in};
use table::{Line, median, print};

/// The program that this build made.
const PROGRAM: &str = env!("CARGO_BIN_EXE_recoger");
/// Connections of the loads that read.
const READING_CONNECTIONS: usize = 32;
/// Connections of sign-ins: each takes its time on a core.
const SIGN_IN_CONNECTIONS: usize = 4;
/// An address may try to sign in 60 times a minute.
const SIGN_INS_PER_ADDRESS: u64 = 50;
/// Ids to ask for, one after another.
const IDS: usize = 1_000;
/// The admin whom `seed.py` of the reference makes.
const REFERENCE_ADMIN: (&str, &str) = ("admin@example.com", "correct horse battery");

fn main() {
    let options = Options::read();
    let mut lines = Vec::new();
    if options.growth_only {
        growth::measure(&options, &mut lines);
        return print(&lines);
    }
    if options.compliance_only {
        compliance::measure(&options, &mut lines);
        return print(&lines);
    }
    if options.judging_only {
        judging::measure(&options, &mut lines);
        return print(&lines);
    }
    let mut stock = Stock::new();
    let reference = options.reference.map(|address| Reference::meet(Target { address, tls: false }));
    if !options.reports_only {
        for devices in options.inventories() {
            stock.fill(*devices);
            readings(&options, &stock, *devices, reference.as_ref(), &mut lines);
        }
        growth::measure(&options, &mut lines);
        compliance::measure(&options, &mut lines);
        judging::measure(&options, &mut lines);
        // A file of its own, so that reports are not measured in the largest inventory.
        stock = Stock::new();
    }
    stock.fill(options.reporting());
    reports(&options, &stock, reference.as_ref(), &mut lines);
    print(&lines);
}

/// The other server.
struct Reference {
    target: Target,
    token: String,
    ids: Vec<String>,
}

impl Reference {
    fn meet(target: Target) -> Reference {
        let token = access_token(target, REFERENCE_ADMIN);
        let ids = device_ids(target, &token);
        Reference { target, token, ids }
    }
}

fn access_token(target: Target, (email, password): (&str, &str)) -> String {
    let answer: Value = serde_json::from_str(&ask(target, &sign_in(email, password))).unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}

fn device_ids(target: Target, token: &str) -> Vec<String> {
    let mut ids = Vec::new();
    while ids.len() < IDS {
        let page = get(token, &format!("/v1/devices/tenant-devices?include_data=false&limit=100&skip={}", ids.len()));
        let page: Value = serde_json::from_str(&ask(target, &page)).unwrap();
        let found = page.as_array().unwrap().iter().map(|device| device["id"].as_str().unwrap().to_owned());
        let before = ids.len();
        ids.extend(found);
        if ids.len() < before + 100 {
            break;
        }
    }
    ids
}

/// Lists, single devices and, in the first inventory, sign-ins, start and memory at rest.
fn readings(options: &Options, stock: &Stock, devices: usize, reference: Option<&Reference>, lines: &mut Vec<Line>) {
    let appliance = Appliance::start(Path::new(PROGRAM), &stock.folder);
    let target = Target { address: appliance.address, tls: true };
    let at_rest = appliance.memory();
    let token = access_token(target, (ADMIN_EMAIL, ADMIN_PASSWORD));
    let ids = device_ids(target, &token);
    // The reference has 10,000 devices.
    let reference = reference.filter(|_| devices == options.reporting());
    let size = format!("{devices} devices, {READING_CONNECTIONS} connections");
    let lists = |token: &str, skip_max: usize, parameters: &'static str| -> Requests {
        let token = token.to_owned();
        Arc::new(move |number, buffer: &mut Vec<u8>| {
            let skip = (number as usize).wrapping_mul(7_919) % skip_max.max(1);
            buffer.extend(get(&token, &format!("/v1/devices/tenant-devices?skip={skip}&limit=50{parameters}")));
        })
    };
    let single = |token: &str, ids: &[String]| -> Requests {
        let requests: Vec<_> = ids.iter().map(|id| get(token, &format!("/v1/devices/{id}"))).collect();
        Arc::new(move |number, buffer: &mut Vec<u8>| buffer.extend_from_slice(&requests[number as usize % requests.len()]))
    };
    let skip_max = devices.saturating_sub(50);
    for (what, ours, theirs) in [
        ("device by id", single(&token, &ids), reference.map(|known| single(&known.token, &known.ids))),
        ("first 50 with data", lists(&token, 0, ""), reference.map(|known| lists(&known.token, 0, ""))),
        (
            "first 50 without data",
            lists(&token, 0, "&include_data=false"),
            reference.map(|known| lists(&known.token, 0, "&include_data=false")),
        ),
        (
            "any 50 without data",
            lists(&token, skip_max, "&include_data=false"),
            reference.map(|known| lists(&known.token, skip_max, "&include_data=false")),
        ),
    ] {
        let theirs = reference.zip(theirs).map(|(known, requests)| (known.target, requests));
        let line = in_turn(options, &appliance, READING_CONNECTIONS, ours, Turns { reference: theirs, ..Turns::default() });
        lines.push(Line { what: what.to_owned(), size: size.clone(), ..line });
    }
    lines.push(figure("memory at rest", devices, format!("{at_rest} MiB")));
    lines.push(figure("memory after reads", devices, format!("{} MiB", appliance.memory())));
    lines.push(figure("start to first answer", devices, format!("{} ms", appliance.start.as_millis())));
    if devices == options.reporting() {
        let constant = |bytes: Vec<u8>| -> Requests { Arc::new(move |_, buffer: &mut Vec<u8>| buffer.extend_from_slice(&bytes)) };
        let theirs = reference.map(|known| (known.target, constant(sign_in(REFERENCE_ADMIN.0, REFERENCE_ADMIN.1))));
        let ours = constant(sign_in(ADMIN_EMAIL, ADMIN_PASSWORD));
        let turns = Turns { reference: theirs, requests_per_address: Some(SIGN_INS_PER_ADDRESS), ..Turns::default() };
        let line = in_turn(options, &appliance, SIGN_IN_CONNECTIONS, ours, turns);
        lines.push(Line { what: "sign-in".to_owned(), size: format!("{SIGN_IN_CONNECTIONS} connections"), ..line });
        lines.push(figure("memory after sign-ins", devices, format!("{} MiB", appliance.memory())));
    }
}

/// Reports at several numbers of connections, with and without changes; memory afterwards.
fn reports(options: &Options, stock: &Stock, reference: Option<&Reference>, lines: &mut Vec<Line>) {
    let (raw_folder, other_folder) = (stock.copy(), stock.copy());
    let appliance = Appliance::start(Path::new(PROGRAM), &stock.folder);
    let other = options.other.as_ref().map(|program| Appliance::start(program, &other_folder));
    let devices = options.reporting();
    for (what, changing) in [("report, facts unchanged", false), ("report, software changed", true)] {
        let ours = stock.reports(devices, &stock.agent_key, changing);
        let theirs = reference.map(|known| (known.target, stock.reports(devices, &known.token, changing)));
        for connections in options.connections.iter().copied() {
            // The reference and another build are asked for the figure of the promise only.
            let promised = options.connections.last() == Some(&connections);
            let mut turns =
                Turns { other: other.as_ref().filter(|_| promised), reference: theirs.clone().filter(|_| promised), ..Turns::default() };
            let raw = || raw::rate(stock, &raw_folder, devices, connections, changing, options.time() / 2);
            turns.raw = Some(&raw);
            let size = format!("{connections} connections");
            let line = in_turn(options, &appliance, connections, ours.clone(), turns);
            lines.push(Line { what: what.to_owned(), size, ..line });
        }
    }
    lines.push(figure("memory after reports", devices, format!("{} MiB", appliance.memory())));
}

fn figure(what: &str, devices: usize, figure: String) -> Line {
    Line { what: what.to_owned(), size: format!("{devices} devices"), figure, ..Line::default() }
}

/// What is measured in turn with ours.
#[derive(Default)]
struct Turns<'a> {
    /// Gives the rate of bare SQLite.
    raw: Option<&'a dyn Fn() -> f64>,
    /// Another build, with the same requests.
    other: Option<&'a Appliance>,
    /// The reference, with requests of its own.
    reference: Option<(Target, Requests)>,
    /// See [`Load::requests_per_address`].
    requests_per_address: Option<u64>,
}

/// Measures ours and the others in turn, so that a busy moment of the machine meets them all.
fn in_turn(options: &Options, appliance: &Appliance, connections: usize, requests: Requests, turns: Turns) -> Line {
    let load = Load { connections, time: options.time(), requests, requests_per_address: turns.requests_per_address };
    let tls = |appliance: &Appliance| Target { address: appliance.address, tls: true };
    let (mut ours, mut to_raw, mut to_other, mut to_reference) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..options.rounds {
        let mut before = BTreeMap::new();
        let round = load.run(tls(appliance), || before = appliance.cpu());
        let note = cpu_note(&before, appliance, &round);
        let mut seen = format!("ours {:.0}/s ({note})", round.rate);
        let mut compare = |name: &str, rate: f64, ratios: &mut Vec<f64>| {
            seen.push_str(&format!("; {name} {rate:.0}/s"));
            ratios.push(round.rate / rate);
        };
        if let Some(raw) = turns.raw {
            compare("bare SQLite", raw(), &mut to_raw);
        }
        if let Some(other) = turns.other {
            let mut before = BTreeMap::new();
            let other_round = load.run(tls(other), || before = other.cpu());
            compare(&format!("other ({})", cpu_note(&before, other, &other_round)), other_round.rate, &mut to_other);
        }
        if let Some((target, requests)) = &turns.reference {
            let load = Load { connections, time: options.time(), requests: requests.clone(), requests_per_address: None };
            compare("reference", load.run(*target, || ()).rate, &mut to_reference);
        }
        eprintln!("{connections} connections: {seen}");
        ours.push((round, note));
    }
    ours.sort_by(|(one, _), (other, _)| one.rate.total_cmp(&other.rate));
    let (middle, note) = ours.swap_remove(ours.len() / 2);
    Line {
        figure: format!("{:.0}/s", middle.rate),
        times: Some((middle.p50, middle.p99)),
        to_raw: median(&to_raw),
        to_other: median(&to_other),
        to_reference: median(&to_reference),
        note,
        ..Line::default()
    }
}

/// Microseconds of CPU for each answer by group of threads, and who else was busy meanwhile.
fn cpu_note(before: &BTreeMap<String, u64>, appliance: &Appliance, measured: &Measured) -> String {
    let after = appliance.cpu().into_iter();
    let spent: Vec<(String, u64)> = after
        .map(|(group, micros)| {
            let spent = micros - before.get(&group).copied().unwrap_or_default();
            (group, spent)
        })
        .collect();
    let share = |micros: u64| micros / measured.answers.max(1);
    let parts: Vec<String> =
        spent.iter().filter(|(_, micros)| share(*micros) > 0).map(|(group, micros)| format!("{group} {}", share(*micros))).collect();
    let server_cores = measured.rate * share(spent.iter().map(|(_, micros)| micros).sum()) as f64 / 1e6;
    let others = (measured.machine_cores - measured.client_cores - server_cores).max(0.0);
    format!("{} µs; cores: server {server_cores:.2}, client {:.2}, others {others:.2}", parts.join(", "), measured.client_cores)
}
