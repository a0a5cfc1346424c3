//! What page 1 of each list and the dashboard cost with many devices, times what they cost with few.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::appliance::Appliance;
use crate::load::{Load, Requests, Target};
use crate::options::Options;
use crate::stock::{ADMIN_EMAIL, ADMIN_PASSWORD, Stock, get};
use crate::table::{Line, median};
use crate::{PROGRAM, access_token};

/// Connections of these loads.
const CONNECTIONS: usize = 8;
/// What works by itself meanwhile: it is no part of an answer.
const BACKGROUND: [&str; 2] = ["housekeeper", "checkpoint"];
/// What is asked for.
const TARGETS: [&str; 14] = [
    "/v1/dashboard",
    "/v1/devices",
    "/v1/devices?include_data=false&limit=100",
    "/v1/devices?compliance_status=non_compliant",
    "/v1/devices?sort=device_name",
    "/v1/devices/tenant-devices",
    "/v1/services",
    "/v1/services/my-dashboard",
    "/v1/people",
    "/v1/users",
    "/v1/audit-logs",
    "/v1/exceptions",
    "/v1/api-keys",
    "/v1/enrollment-tokens",
];

/// Measures both sizes in turn, so that a busy moment of the machine meets both. The ratio is that of the CPU time for each answer.
pub fn measure(options: &Options, lines: &mut Vec<Line>) {
    let sizes = options.growth();
    let served: Vec<(Stock, Appliance, String)> = sizes
        .iter()
        .map(|devices| {
            let mut stock = Stock::new();
            stock.populate(options.people_and_services());
            stock.fill(*devices);
            let appliance = Appliance::start(Path::new(PROGRAM), &stock.folder);
            let token = access_token(Target { address: appliance.address, tls: true }, (ADMIN_EMAIL, ADMIN_PASSWORD));
            (stock, appliance, token)
        })
        .collect();
    for target in TARGETS {
        let mut micros: [Vec<f64>; 2] = Default::default();
        let mut ratios = Vec::new();
        for _ in 0..options.rounds {
            let round: Vec<f64> = served.iter().map(|(_, appliance, token)| cpu_of(options, appliance, token, target)).collect();
            ratios.push(round[1] / round[0]);
            micros.iter_mut().zip(round).for_each(|(known, new)| known.push(new));
        }
        let middle = |figures: &[f64]| median(figures).unwrap_or_default();
        lines.push(Line {
            what: format!("GET {target}"),
            size: format!("{} and {} devices", sizes[0], sizes[1]),
            figure: format!("{:.0} and {:.0} µs of CPU, ratio {:.2}", middle(&micros[0]), middle(&micros[1]), middle(&ratios)),
            ..Line::default()
        });
    }
}

/// Microseconds of CPU for each answer.
fn cpu_of(options: &Options, appliance: &Appliance, token: &str, target: &str) -> f64 {
    let bytes = get(token, target);
    let requests: Requests = Arc::new(move |_, buffer: &mut Vec<u8>| buffer.extend_from_slice(&bytes));
    let load = Load { connections: CONNECTIONS, time: options.time() / 2, requests, requests_per_address: None };
    let mut before = BTreeMap::new();
    let measured = load.run(Target { address: appliance.address, tls: true }, || before = foreground(appliance));
    (foreground(appliance).values().sum::<u64>() - before.values().sum::<u64>()) as f64 / measured.answers.max(1) as f64
}

fn foreground(appliance: &Appliance) -> BTreeMap<String, u64> {
    appliance.cpu().into_iter().filter(|(group, _)| !BACKGROUND.iter().any(|name| group.starts_with(name))).collect()
}
