//! What devices install from: scripts with everything filled in, and the program for each platform. None holds a secret.

mod collect;
mod programs;

use std::io::{Read, Seek, SeekFrom};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

pub use self::programs::{PLATFORMS, Program, Programs};

use super::answer;
use super::call::Call;
use super::enrollment::server;
use super::route::{Answer, AnswerBody, Route};
use crate::domain::access::Access;
use crate::error::{Error, Result};
use crate::http::{Body, Lane, Request, Response, StatusCode};
use crate::limits::PROGRAM_PIECE_BYTES;

const TAG: &str = "Enrolment";
/// The script, with `@NAMES@` for what is filled in.
const SCRIPT: &str = include_str!("../../../assets/install.sh");
/// The service that it installs.
const UNIT: &str = include_str!("../../../packaging/systemd/recoger-agent.service");

/// What a script is refused for.
const NO_NAME: (u16, &str) = (409, "The appliance does not know by which name devices reach it");

const fn row(path: &'static str, name: &'static str, lane: Lane, handler: fn(&Call) -> Result<Response>, summary: &'static str) -> Route {
    Route {
        method: "GET",
        path,
        name,
        access: Access::Public,
        lane,
        handler,
        summary,
        tag: TAG,
        query: &[],
        request: None,
        body_bytes_max: 0,
        answer: Answer { status: 200, description: "The script", body: AnswerBody::Other("text/x-shellscript") },
        errors: &[],
    }
}

/// The rows of this file.
pub static ROUTES: [Route; 4] = [
    Route {
        errors: &[NO_NAME],
        ..row(
            "/install",
            "get_install_script",
            Lane::Download,
            script,
            "Get the script that installs the agent. For `sh -s -- TOKEN`; address, public key and checksums of this appliance are filled in",
        )
    },
    Route {
        answer: Answer { status: 200, description: "The program", body: AnswerBody::Other("application/octet-stream") },
        errors: &[(404, "No such platform, or no program for it here")],
        ..row(
            "/install/agent/{platform}",
            "get_agent_program",
            Lane::Download,
            program,
            "Get the agent's program for a platform. `X-Checksum-Sha256` has its SHA-256; `Range: bytes=N-` goes on after a break (206), \
             `If-None-Match` asks whether it changed (304)",
        )
    },
    collect::MACOS_ROW,
    collect::WINDOWS_ROW,
];

fn script(call: &Call) -> Result<Response> {
    let (address, pin) = server(call)?;
    let pin = pin.map(|pin| format!("sha256//{}", STANDARD.encode(pin))).unwrap_or_default();
    let checksums: Vec<String> = call.app.programs.all()?.iter().map(|(platform, sha256)| format!("{platform} {sha256}")).collect();
    let text = filled(&address, &pin, &checksums.join("\n"));
    Ok(Response::bytes(StatusCode::OK, "text/x-shellscript; charset=utf-8", text.into_bytes()))
}

/// The script with its blanks filled. None of the values can hold a quote: an address is letters, digits and `.:-[]`, the others are ours.
fn filled(address: &str, pin: &str, checksums: &str) -> String {
    SCRIPT.replace("@SERVER@", address).replace("@PIN@", pin).replace("@CHECKSUMS@", checksums).replace("@UNIT@", UNIT.trim_end())
}

fn program(call: &Call) -> Result<Response> {
    let platform = call.path("platform");
    let Some(Program { mut file, bytes, sha256 }) = call.app.programs.open(platform)? else {
        return Err(Error::not_found("Program for this platform"));
    };
    let tag = format!("\"{sha256}\"");
    let described = |response: Response| {
        let response = response.with_header("etag", &tag).with_header("x-checksum-sha256", &sha256);
        response.with_header("cache-control", "no-cache").with_header("accept-ranges", "bytes")
    };
    if knows(call.request, &tag) {
        return Ok(described(Response::empty(StatusCode::NOT_MODIFIED)));
    }
    let from = begin(call.request, &tag);
    if from > 0 && from >= bytes {
        let error = answer::error(&Error::invalid("`Range` begins behind the end of the program"));
        let response = Response { status: StatusCode::RANGE_NOT_SATISFIABLE, ..error };
        return Ok(described(response.with_header("content-range", &format!("bytes */{bytes}"))));
    }
    file.seek(SeekFrom::Start(from)).map_err(Error::internal)?;
    // Exactly as many bytes as were announced: a file that grows meanwhile is cut, one that shrinks breaks the answer off.
    let mut rest = file.take(bytes - from);
    let stream: crate::http::Stream = Box::new(move |out| {
        let mut piece = vec![0; PROGRAM_PIECE_BYTES];
        loop {
            match rest.read(&mut piece).map_err(Error::internal)? {
                0 => return Ok(()),
                read => out.write_all(&piece[..read]).map_err(Error::internal)?,
            }
        }
    });
    let status = if from > 0 { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
    let mut response = described(Response::bytes(status, "application/octet-stream", Vec::new()));
    response.body = Body::Stream(stream);
    response = response.with_header("content-length", &(bytes - from).to_string());
    match from {
        0 => Ok(response),
        _ => Ok(response.with_header("content-range", &format!("bytes {from}-{}/{bytes}", bytes - 1))),
    }
}

/// Whether the client has that version.
fn knows(request: &Request, tag: &str) -> bool {
    request.header("if-none-match").is_some_and(|tags| tags.split(',').any(|known| known.trim() == tag))
}

/// From which byte on. Other forms of `Range` are passed over, as RFC 9110 allows, and so is one for another version.
fn begin(request: &Request, tag: &str) -> u64 {
    if request.header("if-range").is_some_and(|wanted| wanted != tag) {
        return 0;
    }
    let range = request.header("range").and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-'));
    range.and_then(|from| from.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Method;

    #[test]
    fn the_script_has_no_blank_left_and_the_unit_fits_into_it() {
        let text = filled("https://box:8443", "sha256//abc=", "linux-x86_64 00");
        let blank = text
            .split(|c: char| !(c.is_ascii_uppercase() || c == '@'))
            .find(|word| word.len() > 2 && word.starts_with('@') && word.ends_with('@'));
        assert_eq!(blank, None);
        assert!(text.contains("SERVER='https://box:8443'") && text.contains("PIN='sha256//abc='") && text.contains("ExecStart="));
        assert!(!UNIT.lines().any(|line| line == "END_OF_UNIT"), "it ends the text of the unit");
    }

    #[test]
    fn only_a_range_from_a_byte_to_the_end_is_known() {
        let from = |range: &str| begin(&Request::new(Method::GET, "/").with_header("range", range), "\"a\"");
        assert_eq!(
            [from("bytes=0-"), from("bytes=7-"), from("bytes=7-9"), from("bytes=-7"), from("bytes=1-,3-"), from("lines=1-")],
            [0, 7, 0, 0, 0, 0]
        );
        let other = Request::new(Method::GET, "/").with_header("range", "bytes=7-").with_header("if-range", "\"b\"");
        assert_eq!(begin(&other, "\"a\""), 0);
    }
}
