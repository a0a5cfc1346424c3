//! What devices install from: the script with everything filled in, and programs by platform.

use recoger::http::Request;
use sha2::{Digest, Sha256};

use crate::support::appliance::{ADDRESS, Appliance, PROGRAM};
use crate::support::request::get;

fn checksum() -> String {
    Sha256::digest(PROGRAM.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn program(header: &'static str, value: &str) -> Request {
    get("/install/agent/linux-x86_64").with_header(header, value)
}

#[test]
fn the_script_names_the_appliance_and_its_programs_and_no_secret() {
    let appliance = Appliance::new();
    let answer = appliance.send(&get("/install"));
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/x-shellscript; charset=utf-8")));
    let text = answer.text();
    let pin = "sha256//WlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlo=";
    for line in [format!("SERVER='{ADDRESS}'"), format!("PIN='{pin}'"), format!("CHECKSUMS='linux-x86_64 {}'", checksum())] {
        assert!(text.contains(&line), "{line}\n{text}");
    }
    assert!(text.starts_with("#!/bin/sh\n") && text.ends_with("main \"$@\"\n"));
    let made_up = get("/install").with_header("host", "evil.example'$(id)");
    assert_eq!(appliance.send(&made_up).text(), text, "a made-up host changes nothing");
}

#[test]
fn the_scripts_for_devices_without_the_program_are_sent_once() {
    let appliance = Appliance::new();
    for path in ["/install/collect/macos.sh", "/install/collect/windows.ps1"] {
        let whole = appliance.send(&get(path));
        assert_eq!(whole.status, 200);
        assert!(whole.text().contains(&format!("'{ADDRESS}'\n")) && !whole.text().contains("@SERVER@"), "{path}");
        let tag = whole.header("etag").unwrap();
        let known = appliance.send(&get(path).with_header("if-none-match", tag));
        assert_eq!((known.status, known.text().as_str(), known.header("etag")), (304, "", Some(tag)), "{path}");
        assert_eq!(appliance.send(&get(path).with_header("if-none-match", "\"x\"")).text(), whole.text());
    }
}

#[test]
fn a_program_comes_whole_or_from_where_it_broke_off() {
    let appliance = Appliance::new();
    let whole = appliance.send(&get("/install/agent/linux-x86_64"));
    assert_eq!((whole.status, whole.text().as_str()), (200, PROGRAM));
    let tag = format!("\"{}\"", checksum());
    for (name, value) in [("x-checksum-sha256", checksum().as_str()), ("etag", &tag), ("content-type", "application/octet-stream")] {
        assert_eq!(whole.header(name), Some(value), "{name}");
    }
    let rest = appliance.send(&program("range", "bytes=2-"));
    assert_eq!((rest.status, rest.text().as_str(), rest.header("content-range")), (206, "program", Some("bytes 2-8/9")));
    let behind = appliance.send(&program("range", "bytes=9-"));
    assert_eq!((behind.status, behind.header("content-range")), (416, Some("bytes */9")));
    assert_eq!(appliance.send(&program("range", "bytes=2-4")).text(), PROGRAM, "a form that is not known is passed over");
    let known = appliance.send(&program("if-none-match", &format!("\"x\", {tag}")));
    assert_eq!((known.status, known.text().as_str(), known.header("etag")), (304, "", Some(tag.as_str())));
}

#[test]
fn a_platform_is_one_of_a_list_and_never_a_file() {
    let appliance = Appliance::new();
    for name in ["linux-aarch64", "beos-x86", "..%2Frecoger.db", "..%2F..%2Fetc%2Fpasswd", "%2Fetc%2Fpasswd", "linux-x86_64%00"] {
        let answer = appliance.send(&get(&format!("/install/agent/{name}")));
        assert_eq!(answer.status, 404, "{name}: {}", answer.text());
    }
}
