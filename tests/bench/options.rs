//! What may be said on the command line of the benchmark.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Options with their defaults.
pub struct Options {
    /// Small files and short times: shows that the benchmark works, not how fast anything is.
    pub quick: bool,
    /// The reference server, to be measured in turn.
    pub reference: Option<SocketAddr>,
    /// Another build of the program, whose reports are measured in turn: what a change gave.
    pub other: Option<PathBuf>,
    /// Only reports: what the hot path is judged by.
    pub reports_only: bool,
    /// Only page 1 of lists and the dashboard, with few devices and with many.
    pub growth_only: bool,
    /// Only compliance reports.
    pub compliance_only: bool,
    /// Only what a judgement costs.
    pub judging_only: bool,
    /// Connections of the loads of reports.
    pub connections: Vec<usize>,
    /// How often each figure is taken; the middle one counts. Short rounds in turn meet the same moments of a busy machine.
    pub rounds: usize,
}

impl Options {
    /// Reads the arguments. `--bench` is cargo's own.
    pub fn read() -> Options {
        let mut options = Options {
            quick: false,
            reference: None,
            other: None,
            reports_only: false,
            growth_only: false,
            compliance_only: false,
            judging_only: false,
            connections: vec![1, 8, 32],
            rounds: 7,
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().unwrap_or_else(|| panic!("`{argument}` needs a value"));
            match argument.as_str() {
                "--quick" => (options.quick, options.rounds) = (true, 1),
                "--reports" => options.reports_only = true,
                "--compliance" => options.compliance_only = true,
                "--growth" => options.growth_only = true,
                "--judging" => options.judging_only = true,
                "--reference" => options.reference = Some(value().parse().expect("`--reference` is an address and port")),
                "--other" => options.other = Some(PathBuf::from(value())),
                "--connections" => options.connections = vec![value().parse().expect("`--connections` is a number")],
                "--rounds" => options.rounds = value().parse::<usize>().expect("`--rounds` is a number").max(1),
                "--bench" => {}
                _ => panic!(
                    "unknown option `{argument}`; there are --quick, --reports, --growth, --compliance, --judging, --connections N, --rounds N, --other PROGRAM, --reference ADDRESS:PORT"
                ),
            }
        }
        options
    }

    /// How long one figure is measured.
    pub fn time(&self) -> Duration {
        Duration::from_millis(if self.quick { 500 } else { 2_000 })
    }

    /// Devices in the inventories whose lists are measured.
    pub fn inventories(&self) -> &'static [usize] {
        if self.quick { &[100, 300] } else { &[100, 10_000, 100_000] }
    }

    /// Devices in the two inventories that are compared.
    pub fn growth(&self) -> [usize; 2] {
        if self.quick { [100, 300] } else { [1_000, 100_000] }
    }

    /// Devices in the inventories on which compliance reports are made.
    pub fn compliance(&self) -> [usize; 2] {
        if self.quick { [100, 300] } else { [1_000, 10_000] }
    }

    /// Users, and services, in each of the two.
    pub fn people_and_services(&self) -> usize {
        if self.quick { 50 } else { 1_000 }
    }

    /// Devices that report.
    pub fn reporting(&self) -> usize {
        if self.quick { 300 } else { 10_000 }
    }
}
