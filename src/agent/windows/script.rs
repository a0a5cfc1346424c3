//! The collecting script: which of its parts are run, and how.
//!
//! The text is that of the script that collects without this program, so both see a machine in the same way. Each part is one start of
//! Windows PowerShell with a deadline of its own: a Windows Update that hangs costs the facts about updates and no others.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::agent::System;

/// The whole script.
const SCRIPT: &str = include_str!("../../../assets/collect/windows.ps1");
/// Windows PowerShell below the folder of Windows; never one that a search path leads to.
const POWERSHELL: &str = r"System32\WindowsPowerShell\v1.0\powershell.exe";
/// UTF-16 units that `CreateProcess` takes as a command line, less what stands before the encoded text.
const ENCODED_CHARACTERS_MAX: usize = 32_767 - 400;

/// A part of the script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Who the machine is, and its security settings.
    State,
    /// Hardware, programs, network.
    Inventory,
    /// Which updates are installed and waiting.
    Updates,
}

impl Part {
    /// All parts.
    pub const ALL: &'static [Part] = &[Part::State, Part::Inventory, Part::Updates];

    /// Its name in the script, and in what the script sends.
    pub fn name(self) -> &'static str {
        match self {
            Part::State => "state",
            Part::Inventory => "inventory",
            Part::Updates => "updates",
        }
    }

    fn call(self) -> &'static str {
        match self {
            Part::State => "Write-Json (Get-State)",
            Part::Inventory => "Write-Json (Get-Inventory)",
            Part::Updates => "Write-Json (Get-Update)",
        }
    }
}

/// Runs a part; `None` when PowerShell is missing, forbidden or slow, or when it does not end with JSON.
pub(super) fn run(system: &System, part: Part) -> Option<Value> {
    let encoded = encoded(part)?;
    let arguments = [
        "-NoLogo",
        "-NoProfile",
        "-NonInteractive",
        "-ExecutionPolicy",
        "Bypass",
        "-OutputFormat",
        "Text",
        "-EncodedCommand",
        encoded.as_str(),
    ];
    parse(&system.slow_output(&system.windows_program(POWERSHELL), &arguments)?)
}

/// The part with what it needs, as `-EncodedCommand` takes it; `None` when it would not fit on a command line, which a test excludes.
fn encoded(part: Part) -> Option<String> {
    let text = format!("{}\n{}\n{}", region("common")?, region(part.name())?, part.call());
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    Some(STANDARD.encode(bytes)).filter(|encoded| encoded.len() <= ENCODED_CHARACTERS_MAX)
}

/// The lines between `#region collect NAME` and the next `#endregion`, without comments and indentation.
fn region(name: &str) -> Option<String> {
    let head = format!("#region collect {name}");
    let mut lines = SCRIPT.lines().skip_while(|line| line.trim_end() != head);
    lines.next()?;
    let lines = lines.take_while(|line| line.trim_end() != "#endregion").map(str::trim);
    Some(lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect::<Vec<_>>().join("\n"))
}

/// The JSON in an output. Ends of lines mean nothing there: the script writes one line, which a narrow console breaks.
fn parse(output: &str) -> Option<Value> {
    let text: String = output.chars().filter(|character| !matches!(character, '\r' | '\n')).collect();
    let (start, end) = (text.find('{')?, text.rfind('}')?);
    serde_json::from_str(text.get(start..=end)?).ok()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The command line of a part, as a recorded machine knows it.
    pub fn command_line(part: Part) -> String {
        format!(
            r"C:\Windows\{POWERSHELL} -NoLogo -NoProfile -NonInteractive -ExecutionPolicy Bypass -OutputFormat Text -EncodedCommand {}",
            encoded(part).unwrap()
        )
    }

    #[test]
    fn every_part_fits_on_a_command_line_and_brings_what_it_calls() {
        for part in Part::ALL {
            let encoded = encoded(*part).unwrap_or_else(|| panic!("{part:?} is too long"));
            let bytes = STANDARD.decode(encoded).unwrap();
            let units: Vec<u16> = bytes.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
            let text = String::from_utf16(&units).unwrap();
            let functions = |text: &str| -> Vec<String> {
                let heads = text.lines().filter_map(|line| line.strip_prefix("function "));
                heads.map(|head| head.split([' ', '(']).next().unwrap().to_owned()).collect()
            };
            let defined = functions(&text);
            for name in functions(SCRIPT).iter().filter(|name| text.contains(name.as_str())) {
                assert!(defined.contains(name), "{name} is missing in {part:?}");
            }
            assert!(text.ends_with(part.call()) && !text.contains("@SERVER@") && !text.contains("RecogerClient"));
        }
    }

    #[test]
    fn the_script_is_ascii_without_here_strings_where_lines_are_trimmed() {
        assert!(SCRIPT.is_ascii());
        for part in Part::ALL {
            let text = region(part.name()).unwrap();
            assert!(!text.contains("@'\n") && !text.contains("@\"\n") && !text.contains("`\n"), "{part:?}");
        }
    }

    #[test]
    fn functions_have_verbs_that_powershell_knows_and_blanks_are_filled_once() {
        let verbs = [
            "ConvertTo",
            "Exit",
            "Get",
            "Install",
            "Invoke",
            "Protect",
            "Read",
            "Register",
            "Save",
            "Select",
            "Send",
            "Uninstall",
            "Write",
        ];
        for name in SCRIPT.lines().filter_map(|line| line.strip_prefix("function ")) {
            assert!(verbs.contains(&name.split('-').next().unwrap()), "{name}");
        }
        for blank in ["@SERVER@", "@PIN_HEX@"] {
            assert_eq!(SCRIPT.matches(blank).count(), 1, "{blank}");
        }
    }

    #[test]
    fn the_script_reads_nothing_secret_and_changes_nothing_while_it_collects() {
        for part in ["common", "state", "inventory", "updates"] {
            let text = region(part).unwrap();
            for word in ["DefaultPassword", "Set-", "New-Item", "Remove-", "Start-", "Stop-", "Add-", "Clear-", "Win32_Product ", "history"]
            {
                assert!(!text.contains(word), "{word} in {part}");
            }
        }
    }

    #[test]
    fn json_is_found_in_broken_lines_and_behind_other_output() {
        let expected = serde_json::json!({ "a": "one two" });
        assert_eq!(parse("\u{feff}{\"a\":\"one t\r\nwo\"}\r\n"), Some(expected.clone()));
        assert_eq!(parse("VERBOSE\r\n{\"a\":\"one two\"}\r\n"), Some(expected));
        assert_eq!(parse(""), None);
        assert_eq!(parse("Access denied"), None);
        assert_eq!(parse("{\"a\":"), None);
    }
}
