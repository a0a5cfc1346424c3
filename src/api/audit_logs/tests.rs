//! The audit log as its readers see it.

use std::io::Write;

use serde_json::json;

use super::*;
use crate::api::call::App;
use crate::credentials::signing::VerifyingKey;
use crate::domain::access::{Allowance, Caller, Credential};
use crate::domain::checkpoint::Checkpoint;
use crate::domain::csv;
use crate::http::{Body, Method, Request};
use crate::store::{Actor, ActorType, Store, test_queries};

const NOW: Time = Time(1_767_225_600); // 2026-01-01T00:00:00Z
const TENANT: &str = "tenant_01";

struct Scene {
    app: App,
    folder: tempfile::TempDir,
}

impl Scene {
    /// Three entries: two by Ada at noon of the last two days of 2025, one by the appliance.
    fn new() -> Scene {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("recoger.db")).unwrap();
        test_queries::add_bare_tenant(&store, TENANT);
        let app = App::new(store, || NOW);
        let scene = Scene { app, folder };
        scene.record(&ada(), "2025-12-30T12:00:00Z", Event::DeviceUpdated, Metadata::new().change_personal("name", "=1+1", "Zoë's \"🦀\""));
        scene.record(&ada(), "2025-12-31T12:00:00Z", Event::UserCreated, Metadata::new().with("text", "\u{1}\u{2028}\u{7f}\\ sha256: é"));
        let nameless = Actor { id: Some(String::new()), user_agent: Some(String::new()), ..Actor::system() };
        scene.record(&nameless, "2025-12-31T12:00:01Z", Event::BackupCreated, Metadata::new().with("sha256", "sha256:00"));
        scene
    }

    fn record(&self, actor: &Actor, at: &str, event: Event, metadata: Metadata) {
        let now = Time::parse(at).unwrap();
        self.app.store.write(TENANT, actor, now, move |tx| record(tx, Entry::new(event, "device", "dev_1", metadata))).unwrap();
    }

    fn get(&self, role: Role, target: &str) -> Result<Response> {
        let request = Request::new(Method::GET, target);
        let route = AUDIT_ROUTES.iter().find(|route| route.path == request.path).unwrap();
        let query = Query::parse(request.query.as_deref(), route.query, NOW)?;
        let credential = Credential::Session { session_id: "s".to_owned(), user_id: "user_9".to_owned() };
        let allowance = Allowance { per_minute: None, per_day: None };
        let caller = Caller { tenant_id: TENANT.to_owned(), role, credential, email: None, allowance, lacks_second_factor: false };
        assert!(route.access.admits(&caller));
        let call = Call { app: &self.app, request: &request, path: Vec::new(), query, caller: Some(caller), actor: ada(), now: NOW };
        (route.handler)(&call)
    }

    fn rows(&self, query: &str) -> Vec<Value> {
        let response = self.get(Role::Admin, &format!("/v1/audit-logs{query}")).unwrap();
        let Value::Array(rows) = json_of(response) else { panic!("a list") };
        rows
    }

    fn csv(&self, query: &str) -> (Response, String) {
        let mut response = self.get(Role::Admin, &format!("/v1/audit-logs?format=csv{query}")).unwrap();
        let body = std::mem::replace(&mut response.body, Body::Static(&[]));
        let Body::Stream(stream) = body else { panic!("a stream") };
        let mut bytes = Vec::new();
        stream(&mut bytes).unwrap();
        (response, String::from_utf8(bytes).unwrap())
    }
}

fn ada() -> Actor {
    Actor {
        actor_type: ActorType::User,
        id: Some("user_1".to_owned()),
        email: Some("Ada@example.org".to_owned()),
        ip_address: Some([192, 0, 2, 7].into()),
        user_agent: Some("=curl/8".to_owned()),
    }
}

fn json_of(response: Response) -> Value {
    let Body::Bytes(bytes) = response.body else { panic!("bytes") };
    serde_json::from_slice(&bytes).unwrap()
}

fn seqs(rows: &[Value]) -> Vec<i64> {
    rows.iter().map(|row| row["seq"].as_i64().unwrap()).collect()
}

#[test]
fn an_entry_is_shown_with_all_its_fields_and_its_personal_values() {
    let scene = Scene::new();
    let rows = scene.rows("");
    assert_eq!(seqs(&rows), [3, 2, 1]);
    let mut names: Vec<&str> = rows[2].as_object().unwrap().keys().map(String::as_str).collect();
    let mut expected = EXPORT_COLUMNS[..16].to_vec();
    names.sort_unstable();
    expected.sort_unstable();
    assert_eq!(names, expected);
    assert_eq!(rows[2]["actor_email"], "Ada@example.org");
    assert_eq!(rows[2]["ip_address"], "192.0.2.7");
    assert_eq!(rows[2]["metadata"], json!({"name": {"old": "=1+1", "new": "Zoë's \"🦀\""}}));
    assert_eq!(rows[2]["created_at"], "2025-12-30T12:00:00Z");
    assert_eq!(rows[1]["previous_hash"], rows[2]["hash"]);
    assert_eq!((&rows[0]["actor_email"], &rows[0]["metadata"]["sha256"]), (&Value::Null, &json!("sha256:00")));
}

#[test]
fn filters_narrow_and_days_are_whole() {
    let scene = Scene::new();
    for (query, expected) in [
        ("?event_name=user_created", vec![2]),
        ("?category=device_management", vec![1]),
        ("?resource_type=device&resource_id=dev_1", vec![3, 2, 1]),
        ("?resource_type=service", vec![]),
        ("?actor_id=user_1", vec![2, 1]),
        ("?actor_email=ADA@EXAMPLE.ORG", vec![2, 1]),
        ("?actor_email=ada@example", vec![]),
        ("?ip_address=192.0.2.7&event_name=device_updated", vec![1]),
        ("?actor_email=ada@example.org&ip_address=192.0.2.7&end_date=2025-12-30", vec![1]),
        ("?start_date=2025-12-31", vec![3, 2]),
        ("?start_date=2025-12-30&end_date=2025-12-30", vec![1]),
        ("?start_date=2025-12-31T12:00:00Z&end_date=2025-12-31T12:00:00Z", vec![2]),
        ("?start_date=2026-01-01", vec![]),
        ("?skip=1&limit=1", vec![2]),
    ] {
        assert_eq!(seqs(&scene.rows(query)), expected, "{query}");
    }
    let page = scene.get(Role::Admin, "/v1/audit-logs?limit=1&actor_id=user_1").unwrap();
    assert_eq!(page.headers["x-total-count"], "2");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let scene = Scene::new();
    for query in
        ["event_name=nothing", "category=x", "ip_address=here", "start_date=2026-01-02&end_date=2026-01-01", "format=xml", "who=me"]
    {
        let error = scene.get(Role::Admin, &format!("/v1/audit-logs?{query}")).unwrap_err();
        assert_eq!(error.kind, crate::error::Kind::Invalid, "{query}");
    }
}

#[test]
fn days_are_those_of_the_time_zone() {
    let query = Query::parse(Some("start_date=2026-01-04&end_date=2026-01-04"), FILTERS, NOW).unwrap();
    let filter = filter(&query, Tz::Asia__Tokyo).unwrap();
    assert_eq!(filter.from.unwrap().to_string(), "2026-01-03T15:00:00Z");
    assert_eq!(filter.until.unwrap().to_string(), "2026-01-04T15:00:00Z");
}

#[test]
fn an_auditors_reads_are_logged_and_an_admins_are_not() {
    let scene = Scene::new();
    scene.get(Role::Auditor, "/v1/audit-logs?actor_email=ada@example.org&start_date=2025-12-31").unwrap();
    scene.get(Role::Auditor, "/v1/audit-logs/verify").unwrap();
    scene.get(Role::Admin, "/v1/audit-logs").unwrap();
    scene.get(Role::Admin, "/v1/audit-logs/verify").unwrap();
    let reads = scene.rows("?event_name=audit_read");
    assert_eq!(seqs(&reads), [5, 4]);
    assert_eq!(reads[0]["metadata"], json!({"read": "verification"}));
    assert_eq!(reads[1]["metadata"], json!({"read": "entries", "actor_email": "ada@example.org", "start_date": "2025-12-31"}));
}

#[test]
fn the_verification_says_what_holds() {
    let scene = Scene::new();
    let answer = json_of(scene.get(Role::Admin, "/v1/audit-logs/verify").unwrap());
    let head = scene.rows("?limit=1")[0]["hash"].clone();
    let expected = json!({"chain": TENANT, "intact": true, "entries": 3, "first_seq": 1, "last_seq": 3, "head_hash": head,
                          "anchor": null, "erased_values": 0, "broken": null});
    assert_eq!(answer, expected);
}

#[test]
fn an_export_is_logged_first_and_reads_back_exactly() {
    let scene = Scene::new();
    let (response, text) = scene.csv("&limit=1&skip=2");
    assert_eq!(response.headers["content-type"], "text/csv; charset=utf-8");
    assert_eq!(response.headers["content-disposition"], "attachment; filename=\"audit-log-2026-01-01.csv\"");
    let rows = csv::read_rows(&text).unwrap();
    assert_eq!(rows[0], EXPORT_COLUMNS);
    assert_eq!(rows[1..].iter().map(|row| row[1].as_str()).collect::<Vec<_>>(), ["4", "3", "2", "1"]);
    assert_eq!((rows[1][2].as_str(), rows[1][12].as_str()), ("audit_exported", "{\"format\":\"csv\"}"));
    let shown = &scene.rows("")[3];
    for (column, cell) in EXPORT_COLUMNS[..16].iter().zip(&rows[4]) {
        let expected = shown[column].as_str().map_or_else(|| shown[column].to_string(), str::to_owned);
        assert_eq!(*cell, if shown[column].is_null() { String::new() } else { expected }, "{column}");
    }
}

#[test]
fn an_export_that_nobody_receives_ends_with_an_error() {
    struct Gone;
    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let scene = Scene::new();
    let Body::Stream(stream) = scene.get(Role::Admin, "/v1/audit-logs?format=csv").unwrap().body else { panic!("a stream") };
    assert_eq!(stream(&mut Gone).unwrap_err().kind, crate::error::Kind::Unavailable);
}

/// Where there is no Python, the fixed vectors of `domain::audit_form` hold the format alone.
#[test]
fn another_program_checks_an_export_and_finds_a_change() {
    const SCRIPT: &str = include_str!("../../../tests/verify_audit_csv.py");
    let scene = Scene::new();
    let run = |chain: &str, text: &str| {
        let (script, file) = (scene.folder.path().join("verify.py"), scene.folder.path().join("log.csv"));
        std::fs::write(&script, SCRIPT).unwrap();
        std::fs::write(&file, text).unwrap();
        let output = std::process::Command::new("python3").arg(script).arg(chain).arg(file).env("PYTHONUTF8", "1").output();
        output.map(|output| (output.status.success(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()))
    };
    let (_, text) = scene.csv("");
    let Ok((held, said)) = run(TENANT, &text) else { return };
    assert!(held && said.contains("4 entries hold"), "{said}");
    for (from, to) in [("user_created", "user_updated"), ("'=curl/8", "'=curl/9"), ("=1+1", "=1+2"), ("2025-12-30T", "2025-12-29T")] {
        assert!(text.contains(from));
        let (held, said) = run(TENANT, &text.replacen(from, to, 1)).unwrap();
        assert!(!held && said.contains("was changed"), "{from}: {said}");
    }
    let (held, said) = run("tenant_02", &text).unwrap();
    assert!(!held && said.contains("entry 1 does not follow"), "{said}");
}

#[test]
fn a_checkpoint_is_the_head_signed_with_the_published_key() {
    let scene = Scene::new();
    scene.app.store.write_root(NOW, crate::store::appliance::create_once).unwrap();
    let shown = json_of(scene.get(Role::Auditor, "/v1/audit-logs/checkpoint").unwrap());
    // The auditor's own read is in it.
    let head = &scene.rows("")[0];
    assert_eq!((&shown["seq"], &shown["hash"], &shown["chain"]), (&json!(4), &head["hash"], &json!(TENANT)));
    let (parsed, signature) = Checkpoint::parse(&shown.to_string()).unwrap();
    let pem = scene.get(Role::Admin, "/.well-known/recoger-signing-key.pem").unwrap();
    let Body::Bytes(pem) = pem.body else { panic!("bytes") };
    let key = VerifyingKey::from_pem(&String::from_utf8(pem).unwrap()).unwrap();
    assert!(key.verifies(&parsed.message(), &signature));
    assert!(!key.verifies(&Checkpoint { seq: 3, ..parsed }.message(), &signature));
}
