//! Every list in its file, whole, with a manifest that holds.

use std::collections::BTreeMap;
use std::io::Read;

use zip::ZipArchive;

use super::*;
use crate::report::sample;

fn unpacked(bytes: &[u8]) -> BTreeMap<String, String> {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let names: Vec<String> = zip.file_names().map(|name| name.unwrap().into_owned()).collect();
    names
        .into_iter()
        .map(|name| {
            let mut text = String::new();
            zip.by_name(&name).unwrap().read_to_string(&mut text).unwrap();
            (name, text)
        })
        .collect()
}

#[test]
fn every_row_is_there_and_the_manifest_counts_and_hashes_them() {
    let report = sample::with_devices(60);
    let files = unpacked(&write(&report).unwrap());
    let manifest: Value = serde_json::from_str(&files[MANIFEST_NAME]).unwrap();
    assert_eq!(manifest["report_id"], report.generated.report_id.as_str());
    let listed = manifest["files"].as_array().unwrap();
    assert_eq!(listed.len() + 1, files.len());
    for file in listed {
        let text = &files[file["name"].as_str().unwrap()];
        let rows = csv::read_rows(text).unwrap();
        assert_eq!(file["rows"], rows.len() - 1, "{}", file["name"]);
        assert_eq!(file["size_bytes"], text.len(), "{}", file["name"]);
        assert_eq!(file["sha256"], hex(&Sha256::digest(text.as_bytes())).as_str(), "{}", file["name"]);
        assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{}", file["name"]);
    }
    let rows = |name: &str| csv::read_rows(&files[name]).unwrap().len() - 1;
    assert_eq!((rows("devices.csv"), rows("facts.csv"), rows("controls.csv")), (60, 60, 32));
    assert_eq!(rows("results.csv"), report.devices.iter().map(|device| device.results.len()).sum::<usize>() + report.services.len());
    assert_eq!((rows("services.csv"), rows("reviews.csv"), rows("deviations.csv")), (12, 12, report.deviations.len()));
}

#[test]
fn the_same_report_is_the_same_file_and_an_empty_one_has_all_heads() {
    let report = sample::with_devices(3);
    assert_eq!(write(&report).unwrap(), write(&report).unwrap());
    let (few, none) = (unpacked(&write(&report).unwrap()), unpacked(&write(&sample::empty()).unwrap()));
    assert!(few.keys().eq(none.keys()));
    for (name, text) in &none {
        assert_eq!(text.lines().next(), few[name].lines().next(), "{name}");
    }
}

#[test]
fn a_name_that_is_a_formula_is_not_run_and_can_be_read_back() {
    let mut report = sample::with_devices(1);
    report.devices[0].name = "=HYPERLINK(\"https://evil.example\")".to_owned();
    let files = unpacked(&write(&report).unwrap());
    assert!(files["devices.csv"].contains("\"'=HYPERLINK(\"\"https"), "{}", files["devices.csv"]);
    assert_eq!(csv::read_rows(&files["devices.csv"]).unwrap()[1][2], report.devices[0].name);
}
