//! Tests of written files: what other programs read in them, odd content, size and memory.

use std::path::PathBuf;
use std::process::{Command, Output};

use super::write;
use crate::report::content::ComplianceReport;
use crate::report::sample::{NAMES, empty, with_devices};

/// A report's file in a folder of its own.
struct File {
    folder: tempfile::TempDir,
}

impl File {
    fn of(report: &ComplianceReport) -> File {
        let file = File { folder: tempfile::tempdir().unwrap() };
        std::fs::write(file.path(), write(report.clone()).unwrap()).unwrap();
        file
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("report.pdf")
    }

    /// What another program says of it; `tests/run` installs these.
    fn run(&self, program: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(program);
        for argument in arguments {
            match *argument {
                "FILE" => command.arg(self.path()),
                other => command.arg(other),
            };
        }
        command.output().unwrap_or_else(|error| panic!("{program}: {error}; tests/run installs it"))
    }

    fn text(&self) -> String {
        String::from_utf8(self.run("pdftotext", &["-layout", "FILE", "-"]).stdout).unwrap()
    }

    fn whole(&self) {
        let output = self.run("qpdf", &["--check", "FILE"]);
        assert!(output.status.success(), "{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn every_name_can_be_selected_and_the_file_is_whole() {
    let file = File::of(&with_devices(60));
    file.whole();
    let text = file.text();
    // The last one has no glyphs: it shows as boxes and is still what it is.
    for name in NAMES {
        assert!(text.contains(name), "{name}");
    }
    for figure in [
        "laptop-00059",
        "C02000000059",
        "4 of 60, oldest 4 days, target 14",
        "Score 78 of 100, from 81 % of the evidence",
        "rpt_0197b2c4d5e6f7a8",
    ] {
        assert!(text.contains(figure), "{figure}");
    }
    let pages = text.matches("Page ").count();
    assert!(text.contains(&format!("Page 1 of {pages}")) && text.contains(&format!("Page {pages} of {pages}")));
}

#[test]
fn the_structure_names_headings_tables_figures_and_links() {
    let mut report = with_devices(3);
    // Reading the structure back takes time that grows with the square of it.
    report.controls.truncate(2);
    report.not_covered.clear();
    report.deviations.clear();
    let file = File::of(&report);
    let structure = String::from_utf8(file.run("pdfinfo", &["-struct", "FILE"]).stdout).unwrap();
    for part in ["H1", "H2", "Table", "THead", "TBody", "TH", "TD", "Figure", "Link"] {
        assert!(structure.lines().any(|line| line.trim_start().starts_with(part)), "{part}");
    }
    let bytes = std::fs::read(file.path()).unwrap();
    for mark in [&b"pdfaid:part>3</"[..], b"pdfaid:conformance>A</", b"pdfuaid:part>1</"] {
        assert!(bytes.windows(mark.len()).any(|window| window == mark), "{}", String::from_utf8_lossy(mark));
    }
}

#[test]
fn the_figures_are_attached() {
    let report = with_devices(5);
    let file = File::of(&report);
    let attached = file.run("qpdf", &["--show-attachment=report.json", "FILE"]).stdout;
    assert_eq!(attached, crate::report::json::write(&report).unwrap());
    let value: serde_json::Value = serde_json::from_slice(&attached).unwrap();
    assert_eq!(value["format"], "recoger-compliance-report-1");
    assert_eq!(value["result"]["score"], 78);
    assert_eq!(value["devices"][4]["serial_number"], "C02000000004");
}

#[test]
fn the_same_content_gives_the_same_bytes() {
    let report = with_devices(20);
    assert_eq!(write(report.clone()).unwrap(), write(report).unwrap());
}

#[test]
fn a_report_on_nothing_is_a_report() {
    let file = File::of(&empty());
    file.whole();
    let text = file.text();
    assert!(text.contains("No score: nothing is in scope."), "{text}");
    assert!(text.contains("the audit chain was not walked"));
}

#[test]
fn odd_content_neither_fails_nor_vanishes() {
    let mut report = with_devices(4);
    let long = "W".repeat(255);
    report.organisation.name = long.clone();
    report.organisation.logo = Some(b"no picture".to_vec().into());
    report.devices[0].name = long.clone();
    report.devices[1].name = "a\u{0}\u{1b}[31m\u{feff}\u{202e}\u{e000}\u{ffff}\u{1f980}\u{200b}\u{301}".to_owned();
    report.devices[2].name = String::new();
    report.devices[3].name = "שלום مرحبا".to_owned();
    report.checks[0].title = long.clone();
    report.controls[0].title = format!("{long} {}", "\n".repeat(20));
    report.services[0].reviews[0].findings = Some("zebra ".repeat(3_000));
    report.request.as_sent = "{".repeat(5_000);
    report.trend.clear();
    report.generated.by = None;
    let file = File::of(&report);
    file.whole();
    let text: String = file.text().split_whitespace().collect();
    assert!(text.matches('W').count() >= 4 * 255);
    assert_eq!(text.matches("zebra").count(), 3_000);
    assert_eq!(text.matches('{').count(), 5_000);
}

#[test]
fn a_large_report_is_shortened_in_print_only() {
    let report = with_devices(10_000);
    let file = File::of(&report);
    // What grows with the printed rows has a bound, and so has the memory that it takes.
    let bytes = std::fs::metadata(file.path()).unwrap().len();
    assert!(bytes < 8 * 1024 * 1024, "{bytes} bytes");
    let text = file.text();
    assert!(text.matches('\u{c}').count() < 250);
    assert!(text.contains("2000 of 10000 devices are printed."), "no note");
    let attached = file.run("qpdf", &["--show-attachment=report.json", "FILE"]).stdout;
    let value: serde_json::Value = serde_json::from_slice(&attached).unwrap();
    assert_eq!(value["devices"].as_array().unwrap().len(), 10_000);
}
