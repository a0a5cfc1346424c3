//! Files: each format as it is downloaded, signed, and valid by what others check it with.

use std::io::Cursor;

use jsonschema::validator_for;
use recoger::credentials::signing::VerifyingKey;
use recoger::domain::audit::hex;
use recoger::domain::report::ReportSeal;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::report;
use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::request::{get, patch, post};
use crate::support::world::{World, full_report};

const OSCAL_SCHEMA: &str = include_str!("../../fixtures/oscal/oscal_assessment-results_schema.json");

/// Some of everything, in names that formats have to quote.
fn filled() -> World {
    let world = World::new();
    world.send(Actor::Admin, patch("/v1/settings", &json!({"organisation_name": "Łódź & Sons <Ltd>"})));
    for (serial, encrypted) in [("A-1", true), ("=B-1", false)] {
        let mut body = full_report(serial);
        body["device_name"] = json!(format!("=laptop {serial}"));
        body["security"]["disk_encryption"] = json!(encrypted);
        assert_eq!(world.send(Actor::User, post("/v1/devices/report", &body)).status, 201);
    }
    let service = world.service_of(Actor::Admin);
    let review = json!({"review_date": "2026-01-01", "findings": "Two accounts"});
    assert_eq!(world.send(Actor::Admin, post(&format!("/v1/services/{service}/reviews"), &review)).status, 201);
    world.appliance.clock.advance(60);
    world
}

fn downloaded(world: &World, format: &str) -> (Value, Answer) {
    let report = report(world, Actor::Admin, &json!({"framework": "iso27001", "format": format}));
    let answer = world.send(Actor::Viewer, get(report["download_url"].as_str().unwrap()));
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("etag").unwrap(), format!("\"{}\"", report["sha256"].as_str().unwrap()));
    assert_eq!(hex(&Sha256::digest(&answer.body)), report["sha256"].as_str().unwrap());
    assert_eq!(report["size_bytes"], answer.body.len());
    (report, answer)
}

#[test]
fn each_format_is_downloaded_as_what_it_is() {
    let world = filled();
    for (format, media_type, begin, end) in [
        ("pdf", "application/pdf", "%PDF-", ".pdf"),
        ("csv", "application/zip", "PK", ".zip"),
        ("json", "application/json", "{\"format\":\"recoger-compliance-report-1\"", ".json"),
        ("oscal", "application/json", "{\"assessment-results\"", ".oscal.json"),
    ] {
        let (_, answer) = downloaded(&world, format);
        assert_eq!(answer.header("content-type"), Some(media_type));
        assert!(answer.body.starts_with(begin.as_bytes()), "{format}");
        let named = answer.header("content-disposition").unwrap().to_owned();
        assert!(named.starts_with("attachment; filename=\"iso27001-") && named.ends_with(&format!("{end}\"")), "{named}");
    }
}

#[test]
fn a_pdf_comes_where_one_is_asked_for() {
    let world = filled();
    let (report, file) = downloaded(&world, "pdf");
    let target = format!("/v1/reports/{}", report["id"].as_str().unwrap());
    let pdf = world.send(Actor::Viewer, get(&target).with_header("accept", "application/pdf"));
    assert!(pdf.status == 200 && pdf.body == file.body);
    assert_eq!(world.send(Actor::Viewer, get(&target)).json()["id"], report["id"]);
    let taken = "SELECT count(*) FROM audit_log WHERE event_name = 'report_downloaded'";
    assert_eq!(world.appliance.rows(taken), ["2"]);
}

#[test]
fn a_generated_report_is_valid_by_nists_schema() {
    let world = filled();
    let document: Value = serde_json::from_slice(&downloaded(&world, "oscal").1.body).unwrap();
    let validator = validator_for(&serde_json::from_str(OSCAL_SCHEMA).unwrap()).unwrap();
    let wrong: Vec<String> = validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).take(5).collect();
    assert_eq!(wrong, [""; 0]);
    let result = &document["assessment-results"]["results"][0];
    assert_eq!(result["local-definitions"]["inventory-items"].as_array().unwrap().len(), 2);
    assert!(result["risks"].as_array().unwrap().iter().any(|risk| risk["title"].as_str().unwrap().contains("laptop =B-1")));
}

#[test]
fn the_zip_has_every_list_and_no_cell_runs() {
    let world = filled();
    let (report, answer) = downloaded(&world, "csv");
    let mut zip = zip::ZipArchive::new(Cursor::new(answer.body.clone())).unwrap();
    let mut text = |name: &str| std::io::read_to_string(zip.by_name(name).unwrap()).unwrap();
    let manifest: Value = serde_json::from_str(&text("manifest.json")).unwrap();
    assert_eq!(manifest["report_id"], report["id"]);
    for file in manifest["files"].as_array().unwrap() {
        assert_eq!(hex(&Sha256::digest(text(file["name"].as_str().unwrap()).as_bytes())), file["sha256"].as_str().unwrap());
    }
    let devices = text("devices.csv");
    assert!(devices.contains(",'=B-1,") && !devices.contains(",=B-1"), "{devices}");
    assert!(text("facts.csv").contains("security.disk_encryption,false,"), "every fact with its value");
    assert_eq!(text("reviews.csv").lines().count(), 2);
}

#[test]
fn the_signature_holds_for_the_file_and_for_no_other() {
    let world = filled();
    let (report, answer) = downloaded(&world, "json");
    let signed = world.send(Actor::Viewer, get(&format!("/v1/reports/{}/signature", report["id"].as_str().unwrap())));
    let (seal, signature) = ReportSeal::parse(&signed.text()).unwrap();
    let pem = world.send(Actor::Stranger, get("/.well-known/recoger-signing-key.pem")).text();
    assert_eq!(signed.json()["public_key"], pem);
    let key = VerifyingKey::from_pem(&pem).unwrap();
    assert!(key.verifies(&seal.message(), &signature));
    assert_eq!((seal.file.size, hex(&seal.file.sha256)), (answer.body.len() as u64, hex(&Sha256::digest(&answer.body))));
    let mut other = seal;
    other.file.size += 1;
    assert!(!key.verifies(&other.message(), &signature));
}
