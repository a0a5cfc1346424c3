//! The scripts for devices that are to get no program: address and public key of this appliance are filled in. They hold no secret.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::super::call::Call;
use super::super::enrollment::server;
use super::{NO_NAME, knows, row};
use crate::api::route::{Answer, AnswerBody, Route};
use crate::domain::audit::hex;
use crate::error::Result;
use crate::http::{Lane, Response, StatusCode};

const MACOS: &str = include_str!("../../../assets/collect/macos.sh");
const WINDOWS: &str = include_str!("../../../assets/collect/windows.ps1");

/// The row for Macs.
pub const MACOS_ROW: Route = Route {
    errors: &[NO_NAME],
    ..row(
        "/install/collect/macos.sh",
        "get_macos_script",
        Lane::Download,
        macos,
        "Get the script that reports a Mac without the agent. For Intune, Jamf, Kandji or a shell; `If-None-Match` asks whether it changed (304)",
    )
};

/// The row for Windows.
pub const WINDOWS_ROW: Route = Route {
    answer: Answer { status: 200, description: "The script", body: AnswerBody::Other("text/plain") },
    errors: &[NO_NAME],
    ..row(
        "/install/collect/windows.ps1",
        "get_windows_script",
        Lane::Download,
        windows,
        "Get the script that reports a Windows machine without the agent. For Intune or group policy; `If-None-Match` asks whether it changed \
         (304)",
    )
};

fn macos(call: &Call) -> Result<Response> {
    serve(call, MACOS, "text/x-shellscript; charset=utf-8")
}

fn windows(call: &Call) -> Result<Response> {
    serve(call, WINDOWS, "text/plain; charset=utf-8")
}

fn serve(call: &Call, script: &str, media_type: &'static str) -> Result<Response> {
    let (address, pin) = server(call)?;
    let text = filled(script, &address, pin.as_ref());
    let tag = format!("\"{}\"", hex(&Sha256::digest(&text)));
    let response = match knows(call.request, &tag) {
        true => Response::empty(StatusCode::NOT_MODIFIED),
        false => Response::bytes(StatusCode::OK, media_type, text.into_bytes()),
    };
    Ok(response.with_header("etag", &tag).with_header("cache-control", "no-cache"))
}

/// The script with its blanks filled; an empty pin where a public authority vouches for the certificate. None of the values can hold a
/// quote: an address is letters, digits and `.:-[]`, the others are base64 and hexadecimal digits.
fn filled(script: &str, address: &str, pin: Option<&[u8; 32]>) -> String {
    let (base64, hexadecimal) = (pin.map(|pin| STANDARD.encode(pin)), pin.map(|pin| hex(pin)));
    let script = script.replace("@SERVER@", address).replace("@PIN_BASE64@", &base64.unwrap_or_default());
    script.replace("@PIN_HEX@", &hexadecimal.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: &str = "https://box.example:8443";

    #[test]
    fn no_blank_is_left_and_none_is_filled_twice() {
        let pin = [0xAB; 32];
        let (mac, pc) = (filled(MACOS, ADDRESS, Some(&pin)), filled(WINDOWS, ADDRESS, Some(&pin)));
        assert!(mac.contains(&format!("\nSERVER='{ADDRESS}'\nPIN='{}'\n", STANDARD.encode(pin))));
        assert!(pc.contains(&format!("\n$Server = '{ADDRESS}'\n$Pin = '{}'\n", "ab".repeat(32))));
        for text in [&mac, &pc] {
            assert_eq!(text.matches(ADDRESS).count(), 1);
            let blank = text
                .split(|c: char| !(c.is_ascii_uppercase() || c == '@' || c == '_'))
                .find(|word| word.len() > 2 && word.starts_with('@') && word.ends_with('@'));
            assert_eq!(blank, None);
        }
        let trusted = [filled(MACOS, ADDRESS, None), filled(WINDOWS, ADDRESS, None)];
        assert!(trusted[0].contains("\nPIN=''\n") && trusted[1].contains("\n$Pin = ''\n"));
    }

    #[cfg(unix)]
    #[test]
    fn the_filled_script_looks_at_a_recorded_mac_and_reports_to_the_address_that_was_filled_in() {
        use crate::agent::macos::script_tests::Stage;
        use crate::agent::macos::tests::mac;
        let stage = Stage::new(mac("macos-15-laptop")).with_appliance();
        stage.script(&filled(MACOS, ADDRESS, Some(&[0xAB; 32])));
        let shown = stage.show("dash", &["--show"]);
        assert_eq!((&shown["serial_number"], &shown["security"]["disk_encryption"]), (&"C02ABC123456".into(), &true.into()));
        assert!(stage.run("dash", &["--once", "ret1_abc"], None).status.success());
        let line = format!("--pinnedpubkey sha256//{} {ADDRESS}/v1/devices/enroll", STANDARD.encode([0xAB; 32]));
        assert!(stage.log("log").contains(&line), "{}", stage.log("log"));
    }
}
