//! The script for Macs without agent, under two shells, with recorded commands before it in the path: the same facts as the collectors.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use super::tests::{MACS, fixture, mac};
use crate::agent::testing::Machine;

const SCRIPT: &str = include_str!("../../../assets/collect/macos.sh");
/// `/bin/sh` of a Mac is bash in the manner of sh; dash is the strictest that is common.
const SHELLS: &[&str] = &["dash", "bash"];
/// What the script asks of a Mac; what is not recorded is not there.
const PROGRAMS: &[&str] = &[
    "csrutil",
    "curl",
    "defaults",
    "diskutil",
    "dseditgroup",
    "fdesetup",
    "id",
    "ifconfig",
    "ioreg",
    "launchctl",
    "mdmclient",
    "mount",
    "nvram",
    "pfctl",
    "pmset",
    "route",
    "scutil",
    "socketfilterfw",
    "stat",
    "sw_vers",
    "sysadminctl",
    "sysctl",
    "system_profiler",
    "systemextensionsctl",
    "systemsetup",
    "uname",
    "xprotect",
];
/// As `plutil` does for whole files of its own form; anything else is damaged.
const PLUTIL: &str = "#!/bin/sh\n[ \"$1 $2 $3 $4\" = '-convert xml1 -o -' ] || exit 64\n\
    case $(cat \"$5\") in '<?xml '*'</plist>') cat \"$5\" ;; *) exit 1 ;; esac\n";

/// A Mac with the script on it.
pub(crate) struct Stage {
    machine: Machine,
    tools: tempfile::TempDir,
}

impl Stage {
    pub(crate) fn new(machine: Machine) -> Stage {
        let stage = Stage { machine, tools: tempfile::tempdir().unwrap() };
        for program in PROGRAMS {
            stage.tool(program, &stage.recorded(program));
        }
        stage.tool("plutil", PLUTIL);
        stage.script(&SCRIPT.replace("@SERVER@", "https://recoger.example:8443").replace("@PIN_BASE64@", "cGlu+/="));
        stage
    }

    /// A program that answers what is recorded, or does not exist.
    fn recorded(&self, program: &str) -> String {
        let mut text = "#!/bin/sh\ncase \"$*\" in\n".to_owned();
        for (number, (line, output)) in self.machine.commands().iter().enumerate() {
            // What is written to standard error is recorded through a shell that joins both.
            let (line, stream) = match line.strip_prefix("/bin/sh -c exec \"$@\" 2>&1 sh ") {
                Some(line) => (line, " >&2"),
                None => (line.as_str(), ""),
            };
            let (path, arguments) = line.split_once(' ').unwrap_or((line, ""));
            if path.rsplit('/').next() != Some(program) {
                continue;
            }
            let data = self.tools.path().join(format!("{program}.{number}"));
            fs::write(&data, &output.text).unwrap();
            let arguments = arguments.replace('\'', "'\\''");
            text += &format!("'{arguments}') cat '{}'{stream}; exit {} ;;\n", data.display(), output.code);
        }
        text + "esac\nexit 127\n"
    }

    fn tool(&self, name: &str, text: &str) {
        let path = self.tools.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// The script as it is shipped, but for where it looks.
    pub(crate) fn script(&self, text: &str) {
        let path = format!("PATH={}:/usr/bin:/bin", self.tools.path().display());
        let root = format!("ROOT='{}'", self.machine.path().display());
        let mut replaced = 0;
        let lines = text.lines().map(|line| match line {
            "ROOT=''" => (1, root.as_str()),
            line if line.starts_with("PATH=/usr/bin:") => (1, path.as_str()),
            line => (0, line),
        });
        let lines: Vec<&str> = lines.inspect(|(count, _)| replaced += count).map(|(_, line)| line).collect();
        assert_eq!(replaced, 2);
        fs::write(self.tools.path().join("macos.sh"), lines.join("\n") + "\n").unwrap();
    }

    pub(crate) fn run(&self, shell: &str, arguments: &[&str], token: Option<&str>) -> Output {
        let mut command = Command::new(shell);
        command.arg(self.tools.path().join("macos.sh")).args(arguments).env_clear().env("PATH", "/usr/bin:/bin").current_dir("/");
        command.envs(token.map(|token| ("RECOGER_TOKEN", token)));
        command.output().unwrap()
    }

    pub(crate) fn show(&self, shell: &str, arguments: &[&str]) -> Value {
        let output = self.run(shell, arguments, None);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{shell}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{shell}: {error}: {text}"))
    }

    /// An appliance that takes everything but the old key, and writes down what it was sent.
    pub(crate) fn with_appliance(self) -> Stage {
        self.with_appliance_that_owns("company")
    }

    fn with_appliance_that_owns(self, ownership: &str) -> Stage {
        let log = self.tools.path().join("log");
        let text = format!(
            "#!/bin/sh\nlog='{}'\nprintf '%s\\n' \"$*\" >>\"$log\"\nconfig=$(cat)\nprintf '%s\\n' \"$config\" >>\"$log\"\n\
             while [ $# -gt 0 ]; do case $1 in --output) reply=$2 ;; --data-binary) body=${{2#@}} ;; esac; last=$1; shift; done\n\
             cat \"$body\" >>\"$log\"\nprintf '\\n' >>\"$log\"\n\
             case $last in\n*/enroll) printf '{{\"device_id\":\"dev_1\",\"api_key\":\"rk_live_new\",\"report_interval_seconds\":3600,\"ownership\":\"{ownership}\"}}' >\"$reply\"; printf 201 ;;\n\
             *) case $config in *rk_live_new*) printf 200 ;; *) printf 401 ;; esac ;;\nesac\n",
            log.display()
        );
        self.tool("curl", &text);
        let jobs = self.tools.path().join("jobs");
        let launchctl = self.recorded("launchctl").replace(
            "case \"$*\" in\n",
            &format!("case \"$*\" in\nbootstrap*|bootout*) printf '%s\\n' \"$*\" >>'{}'; exit 0 ;;\n", jobs.display()),
        );
        self.tool("launchctl", &launchctl);
        self
    }

    pub(crate) fn log(&self, name: &str) -> String {
        fs::read_to_string(self.tools.path().join(name)).unwrap_or_default()
    }

    fn installed(&self, path: &str) -> std::path::PathBuf {
        self.machine.path().join(path)
    }
}

const KEY: &str = "Library/Application Support/Recoger/key";
const COPY: &str = "Library/Application Support/Recoger/collect.sh";
const DAEMON: &str = "Library/LaunchDaemons/recoger.collect.plist";

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Without what differs by nature: the program's version and the moment.
fn comparable(mut report: Value) -> Value {
    for key in ["agent_version", "collected_at"] {
        report[key] = Value::Null;
    }
    if let Some(software) = report.get_mut("software") {
        software["collected_at"] = Value::Null;
    }
    report
}

#[test]
fn on_every_recorded_mac_the_script_finds_what_the_collectors_find() {
    for name in MACS {
        let expected: Value = serde_json::from_str(&fs::read_to_string(fixture(&format!("{name}.json"))).unwrap()).unwrap();
        let stage = Stage::new(mac(name));
        for shell in SHELLS {
            let found = stage.show(shell, &["--show"]);
            assert!(found["collected_at"].as_str().is_some_and(|time| time.ends_with('Z')), "{name}");
            assert_eq!(comparable(found), comparable(expected.clone()), "{name} under {shell}");
        }
    }
}

#[test]
fn bytes_that_are_no_text_do_not_spoil_the_json() {
    let stage = Stage::new(mac("macos-15-laptop"));
    stage.tool("scutil", "#!/bin/sh\nprintf 'Anna\\377\\tMac\\r\\n'\n");
    for shell in SHELLS {
        assert_eq!(stage.show(shell, &["--show"])["device_name"], json!("AnnaMac"), "{shell}");
    }
}

#[test]
fn a_list_that_is_too_large_goes_whole() {
    let mut machine = mac("macos-15-laptop");
    let long = "n".repeat(180);
    for number in 0..5_000 {
        machine = machine.folder(&format!("/opt/homebrew/Cellar/{long}{number}/1"));
    }
    let found = Stage::new(machine).show("dash", &["--show"]);
    assert_eq!((found.get("software"), found["security"]["disk_encryption"].clone()), (None, json!(true)));
    assert!(found["hardware"].is_object() && found["network"].is_object());
}

#[test]
fn from_a_personal_mac_only_name_system_and_security_are_shown() {
    let found = Stage::new(mac("macos-15-laptop")).show("dash", &["--personal", "--show"]);
    assert_eq!((found.get("hardware"), found.get("software"), found.get("network")), (None, None, None));
    assert_eq!(found["security"]["disk_encryption"], json!(true));
}

#[test]
fn it_enrolls_once_reports_installs_itself_and_leaves_nothing() {
    for shell in SHELLS {
        let stage = Stage::new(mac("macos-15-laptop")).with_appliance();
        let output = stage.run(shell, &["ret1_abc"], None);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let log = stage.log("log");
        let lines: Vec<&str> = log.lines().collect();
        let pinned = "--insecure --pinnedpubkey sha256//cGlu+/= https://recoger.example:8443/v1/devices/";
        assert!(lines[0].ends_with(&format!("{pinned}enroll")) && lines[3].ends_with(&format!("{pinned}report")), "{log}");
        let wanted = json!({
            "token": "ret1_abc", "serial_number": "C02ABC123456", "device_name": "Annas MacBook Pro", "os_type": "macos",
            "hardware_uuid": "11111111-2222-3333-4444-555555555555", "signed_in_user": "anna",
        });
        assert_eq!(serde_json::from_str::<Value>(lines[2]).unwrap(), wanted);
        assert_eq!(lines[4], "header = \"Authorization: Bearer rk_live_new\"");
        assert!(!lines[3].contains("rk_live") && !lines[0].contains("ret1_"), "secrets stand on no command line: {log}");
        let sent: Value = serde_json::from_str(lines[5]).unwrap();
        assert_eq!(comparable(sent), comparable(stage.show(shell, &["--show"])), "what is shown is what is sent");
        assert_eq!(stage.log("log"), log, "to show sends nothing");
        assert_eq!((mode(&stage.installed(KEY)), mode(&stage.installed(COPY)), mode(&stage.installed(DAEMON))), (0o600, 0o700, 0o644));
        assert!(super::plist::Plist::parse(&fs::read(stage.installed(DAEMON)).unwrap()).unwrap().integer("StartInterval") == Some(3600));
        assert!(stage.log("jobs").ends_with("bootstrap system /Library/LaunchDaemons/recoger.collect.plist\n"));
        assert!(stage.run(shell, &["--run"], None).status.success());
        assert_eq!(stage.log("log").matches("/enroll").count(), 1, "it enrolls once");
        assert!(stage.run(shell, &["--uninstall"], None).status.success());
        for path in [KEY, COPY, DAEMON, "Library/Application Support/Recoger"] {
            assert!(!stage.installed(path).exists(), "{path}");
        }
    }
}

#[test]
fn the_token_comes_from_the_environment_or_from_jamf_and_once_installs_nothing() {
    for (arguments, token) in [(&["--once"][..], Some("ret1_env")), (&["/", "Annas MacBook Pro", "anna", "ret1_jamf"], None)] {
        let stage = Stage::new(mac("macos-15-laptop")).with_appliance();
        assert!(stage.run("dash", arguments, token).status.success());
        assert!(stage.log("log").contains(token.unwrap_or("ret1_jamf")));
        assert_eq!(stage.installed(DAEMON).exists(), token.is_none());
        assert_eq!(mode(&stage.installed(KEY)), 0o600);
    }
}

#[test]
fn a_token_that_is_written_into_the_script_does_not_stay_on_the_mac() {
    let stage = Stage::new(mac("macos-15-laptop")).with_appliance();
    let filled = SCRIPT.replace("@SERVER@", "https://recoger.example").replace("@PIN_BASE64@", "");
    stage.script(&filled.replace("TOKEN=''\n", "TOKEN='ret1_written'\n"));
    assert!(stage.run("dash", &[], None).status.success());
    assert!(stage.log("log").contains("ret1_written"));
    let copy = fs::read_to_string(stage.installed(COPY)).unwrap();
    assert!(!copy.contains("ret1_written") && copy.contains("\nTOKEN=''\n") && copy.contains("https://recoger.example"));
}

#[test]
fn a_mac_that_the_appliance_calls_personal_stays_so() {
    let stage = Stage::new(mac("macos-15-laptop")).with_appliance_that_owns("personal");
    assert!(stage.run("dash", &["ret1_abc"], None).status.success());
    assert!(stage.run("dash", &["--once"], None).status.success());
    let log = stage.log("log");
    let sent: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    assert_eq!(sent.len(), 3, "{log}");
    for report in &sent[1..] {
        assert!(report["security"].is_object() && report.get("software").is_none() && report.get("hardware").is_none());
    }
    assert!(fs::read_to_string(stage.installed(DAEMON)).unwrap().contains("<string>--personal</string>"));
}

#[test]
fn a_revoked_key_is_replaced_only_with_a_token() {
    let stage = Stage::new(mac("macos-15-laptop").file(KEY, "rk_live_old\n")).with_appliance();
    let output = stage.run("dash", &["--once"], None);
    assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains("401"));
    assert_eq!(fs::read_to_string(stage.installed(KEY)).unwrap(), "rk_live_old\n");
    assert!(stage.run("dash", &["--once", "ret1_abc"], None).status.success());
    assert!(fs::read_to_string(stage.installed(KEY)).unwrap().starts_with("rk_live_new\n"));
}

#[test]
fn it_refuses_to_run_without_root_without_token_and_without_address() {
    let refuses = |stage: &Stage, arguments: &[&str], why: &str| {
        let output = stage.run("dash", arguments, None);
        assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains(why), "{output:?}");
        assert_eq!(stage.log("log"), "");
    };
    refuses(&Stage::new(mac("macos-15-not-root")).with_appliance(), &["ret1_abc"], "only root");
    let stage = Stage::new(mac("macos-15-laptop")).with_appliance();
    refuses(&stage, &[], "token");
    refuses(&stage, &["--nonsense"], "unknown option");
    stage.script(SCRIPT);
    refuses(&stage, &["ret1_abc"], "no address");
}

#[test]
fn without_a_pin_the_certificate_is_verified() {
    let stage = Stage::new(mac("macos-15-laptop")).with_appliance();
    stage.script(&SCRIPT.replace("@SERVER@", "https://recoger.example").replace("@PIN_BASE64@", ""));
    assert!(stage.run("dash", &["--once", "ret1_abc"], None).status.success());
    assert!(!stage.log("log").contains("--insecure") && stage.log("log").contains("https://recoger.example/v1/devices/report"));
}
