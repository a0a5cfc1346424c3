//! The table that is printed, and the small arithmetic of repeated figures.

use std::time::Duration;

use crate::load::Measured;

/// A line of the table.
#[derive(Debug, Default)]
pub struct Line {
    /// What was measured.
    pub what: String,
    /// Connections or devices.
    pub size: String,
    /// The figure with its unit.
    pub figure: String,
    /// Half and 99 of 100 of the answers took no longer.
    pub times: Option<(Duration, Duration)>,
    /// Times the bare SQLite figure.
    pub to_raw: Option<f64>,
    /// Times the figure of the reference.
    pub to_reference: Option<f64>,
    /// What else is worth knowing: CPU by group of threads.
    pub note: String,
}

/// Prints the table in Markdown.
pub fn print(lines: &[Line]) {
    println!("| what | at | figure | p50 / p99 ms | to bare SQLite | to the reference | CPU of the server |");
    println!("|---|---|---|---|---|---|---|");
    for line in lines {
        let milliseconds = |time: Duration| format!("{:.2}", time.as_secs_f64() * 1_000.0);
        let times = line.times.map_or("".to_owned(), |(p50, p99)| format!("{} / {}", milliseconds(p50), milliseconds(p99)));
        let ratio = |ratio: Option<f64>| ratio.map_or("".to_owned(), |ratio| format!("{ratio:.2}"));
        let (raw, reference) = (ratio(line.to_raw), ratio(line.to_reference));
        println!("| {} | {} | {} | {times} | {raw} | {reference} | {} |", line.what, line.size, line.figure, line.note);
    }
}

/// The middle one of several figures.
pub fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// The measurement with the middle rate.
pub fn middle(measured: &[Measured]) -> Measured {
    let mut sorted = measured.to_vec();
    sorted.sort_by(|one, other| one.rate.total_cmp(&other.rate));
    sorted[sorted.len() / 2]
}
