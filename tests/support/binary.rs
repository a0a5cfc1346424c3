//! The outer door: the program itself, serving a new file on a free port of loopback.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use recoger::http::{Method, Request};
use tempfile::TempDir;

use super::answer::Answer;
use super::process::{Process, State};
use super::wire;

/// The first admin of every appliance that a test starts.
pub const ADMIN_EMAIL: &str = "admin@localhost";
/// And the password.
pub const ADMIN_PASSWORD: &str = "correct horse battery staple";

/// Loopback, and whichever port is free.
pub const FREE_PORT: &str = "127.0.0.1:0";
/// The name of the file in its folder.
const DATA: &str = "recoger.db";
/// What `serve` prints once it takes connections.
const READY: &str = "listening on https://";
/// How long it may take to get there; a debug build on a busy machine makes keys and hashes a password.
const READY_SECONDS_MAX: u64 = 60;
/// How long any other command may take.
const COMMAND_SECONDS_MAX: u64 = 60;
/// How long one call of curl may take.
const CURL_SECONDS_MAX: &str = "30";

/// A serving program. It ends, and its folder goes, when this is dropped.
pub struct Binary {
    /// The process, for its output and signals.
    pub process: Process,
    /// Where it listens.
    pub address: SocketAddr,
    folder: TempDir,
}

impl Binary {
    /// Starts `recoger serve` on a new file.
    #[track_caller]
    pub fn start() -> Binary {
        let folder = tempfile::tempdir().unwrap();
        let command = serve_command(&folder.path().join(DATA), FREE_PORT);
        Binary::launch(folder, command).unwrap()
    }

    /// Starts `command`, which announces its address as `serve` does. The error tells what it said instead.
    pub fn launch(folder: TempDir, command: Command) -> Result<Binary, String> {
        let process = Process::start(command);
        let announced = process.wait_for_line(READY_SECONDS_MAX, READY)?;
        let address = announced.parse().map_err(|_| format!("`{READY}{announced}` names no address and port"))?;
        Ok(Binary { process, address, folder })
    }

    /// Starts the program again on the same file, without what only the first start needs.
    pub fn restarted(self) -> Result<Binary, String> {
        let Binary { process, folder, .. } = self;
        process.stop();
        let mut command = serve_command(&folder.path().join(DATA), FREE_PORT);
        command.env_remove("RECOGER_ADMIN_PASSWORD");
        Binary::launch(folder, command)
    }

    /// Ends the program, lets `meanwhile` pass, and starts it again on the same file at the same address.
    pub fn restarted_here(self, meanwhile: impl FnOnce()) -> Result<Binary, String> {
        let Binary { process, folder, address } = self;
        process.stop();
        meanwhile();
        let mut command = serve_command(&folder.path().join(DATA), &address.to_string());
        command.env_remove("RECOGER_ADMIN_PASSWORD");
        Binary::launch(folder, command)
    }

    /// Runs another command on the same file, beside the server.
    #[track_caller]
    pub fn beside(&self, arguments: &[&str]) -> State {
        run(arguments, &self.data(), "")
    }

    /// The same, with something on standard input.
    #[track_caller]
    pub fn beside_with_input(&self, arguments: &[&str], input: &str) -> State {
        run(arguments, &self.data(), input)
    }

    /// Signs in over TLS; gives the access token, or the status of a refusal.
    #[track_caller]
    pub fn sign_in(&self, email: &str, password: &str) -> Result<String, u16> {
        let body = serde_json::json!({"username": email, "password": password});
        let answer = self.send(&Request::new(Method::POST, "/v1/auth/login").with_json(&body));
        match answer.status {
            200 => Ok(answer.json()["access_token"].as_str().unwrap().to_owned()),
            status => Err(status),
        }
    }

    /// The file that it serves.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join(DATA)
    }

    /// Sends a request over TLS.
    #[track_caller]
    pub fn send(&self, request: &Request) -> Answer {
        wire::send(self.address, request)
    }

    /// Calls curl with `arguments` for `target`, trusting the server's certificate and no other, as the README tells users to.
    #[track_caller]
    pub fn curl(&self, target: &str, arguments: &[&str]) -> Answer {
        let certificate = self.folder.path().join("certificate.pem");
        std::fs::write(&certificate, wire::Connection::open(self.address).unwrap().certificate_pem()).unwrap();
        curl(&certificate, &format!("https://{}{target}", self.address), arguments).unwrap()
    }
}

/// `recoger serve` for the file at `data`, with nothing of the developer's environment.
pub fn serve_command(data: &Path, listen: &str) -> Command {
    let mut command = recoger();
    command.arg("serve").arg("--data").arg(data).args(["--listen", listen]).env("RECOGER_ADMIN_PASSWORD", ADMIN_PASSWORD);
    command
}

/// Runs a command on the file at `data` to its end.
#[track_caller]
pub fn run(arguments: &[&str], data: &Path, input: &str) -> State {
    let mut command = recoger();
    command.args(arguments).arg("--data").arg(data);
    Process::start_with_input(command, input).finished(COMMAND_SECONDS_MAX).unwrap()
}

/// How a command ended.
pub fn code(state: &State) -> Option<i32> {
    state.exit.and_then(|exit| exit.code())
}

/// The program under test. Cargo names it to the tests of its own package; to those of others it lies in the folder above theirs.
fn program() -> PathBuf {
    match option_env!("CARGO_BIN_EXE_recoger") {
        Some(path) => PathBuf::from(path),
        None => {
            let path = std::env::current_exe().unwrap().parent().and_then(Path::parent).unwrap().join("recoger");
            assert!(path.exists(), "{path:?} is missing: `cargo build` first");
            path
        }
    }
}

/// The program, for any other command.
pub fn recoger() -> Command {
    let mut command = Command::new(program());
    command.env_clear();
    command
}

/// The answer that curl gets, or what it says is wrong.
fn curl(certificate: &Path, url: &str, arguments: &[&str]) -> Result<Answer, String> {
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--include", "--http1.1", "--noproxy", "*", "--max-time", CURL_SECONDS_MAX, "--cacert"]);
    // Without `--raw` the head would still say chunked while the body is not.
    let output = command.arg(certificate).arg("--raw").args(arguments).arg(url).output().expect("curl is there: tests/run installs it");
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    // An interim answer, such as 100 Continue, comes first.
    let mut bytes = output.stdout.as_slice();
    while bytes.starts_with(b"HTTP/1.1 1") {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("an interim answer ends");
        bytes = &bytes[end + 4..];
    }
    Answer::parse(bytes)
}

#[cfg(test)]
mod tests {
    use super::super::stand_in::StandIn;
    use super::*;

    fn launch(script: &str) -> Result<Binary, String> {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Binary::launch(tempfile::tempdir().unwrap(), command)
    }

    #[test]
    fn both_clients_reach_the_address_that_was_announced() {
        let server = StandIn::start("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
        let binary = launch(&format!("echo starting; echo {READY}{}; exec sleep 60", server.address)).unwrap();
        assert_eq!(binary.address, server.address);
        assert_eq!(binary.send(&Request::new(Method::GET, "/healthz")).text(), "ok");
        let answer = binary.curl("/v1/x", &["--request", "PATCH", "--data", "{}"]);
        assert_eq!((answer.status, answer.text().as_str()), (200, "ok"));
        assert!(server.seen().starts_with("PATCH /v1/x HTTP/1.1\r\n"));
        assert!(binary.data().starts_with(binary.folder.path()));
        binary.process.stop();
        assert!(binary.process.output().stdout.starts_with("starting\n"));
    }

    #[test]
    fn curl_refuses_a_certificate_that_it_was_not_given() {
        let (server, other) = (StandIn::start("HTTP/1.1 200 OK\r\n\r\n"), StandIn::start(""));
        let folder = tempfile::tempdir().unwrap();
        let certificate = folder.path().join("other.pem");
        std::fs::write(&certificate, &other.certificate_pem).unwrap();
        let error = curl(&certificate, &format!("https://{}/", server.address), &[]).unwrap_err();
        assert!(error.contains("certificate"), "{error}");
    }

    #[test]
    fn a_program_that_does_not_serve_is_told_with_its_output() {
        let error = launch("echo 'port is taken' >&2; exit 1").err().unwrap();
        assert!(error.contains("too early") && error.contains("port is taken"), "{error}");
        let error = launch(&format!("echo {READY}nowhere; exec sleep 60")).err().unwrap();
        assert!(error.contains("names no address"), "{error}");
    }

    #[test]
    fn serve_gets_its_file_a_free_port_and_a_clean_environment() {
        let command = serve_command(Path::new("x.db"), FREE_PORT);
        let arguments: Vec<_> = command.get_args().collect();
        assert_eq!(arguments, ["serve", "--data", "x.db", "--listen", "127.0.0.1:0"]);
        let environment: Vec<_> = command.get_envs().map(|(name, _)| name).collect();
        assert_eq!(environment, ["RECOGER_ADMIN_PASSWORD"]);
    }
}
