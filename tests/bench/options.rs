//! What may be said on the command line of the benchmark.

use std::net::SocketAddr;
use std::time::Duration;

/// Options with their defaults.
pub struct Options {
    /// Small files and short times: shows that the benchmark works, not how fast anything is.
    pub quick: bool,
    /// The reference server, to be measured in turn.
    pub reference: Option<SocketAddr>,
    /// Only reports: what the hot path is judged by.
    pub reports_only: bool,
    /// How often each figure is taken; the middle one counts.
    pub rounds: usize,
}

impl Options {
    /// Reads the arguments. `--bench` is cargo's own.
    pub fn read() -> Options {
        let mut options = Options { quick: false, reference: None, reports_only: false, rounds: 3 };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().unwrap_or_else(|| panic!("`{argument}` needs a value"));
            match argument.as_str() {
                "--quick" => (options.quick, options.rounds) = (true, 1),
                "--reports" => options.reports_only = true,
                "--reference" => options.reference = Some(value().parse().expect("`--reference` is an address and port")),
                "--rounds" => options.rounds = value().parse::<usize>().expect("`--rounds` is a number").max(1),
                "--bench" => {}
                _ => panic!("unknown option `{argument}`; there are --quick, --reports, --rounds N, --reference ADDRESS:PORT"),
            }
        }
        options
    }

    /// How long one figure is measured.
    pub fn time(&self) -> Duration {
        Duration::from_millis(if self.quick { 500 } else { 5_000 })
    }

    /// Devices in the inventories whose lists are measured.
    pub fn inventories(&self) -> &'static [usize] {
        if self.quick { &[100, 300] } else { &[100, 10_000, 100_000] }
    }

    /// Devices that report.
    pub fn reporting(&self) -> usize {
        if self.quick { 300 } else { 10_000 }
    }
}
