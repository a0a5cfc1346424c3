//! The program: parse, run, say what went wrong, exit code. All of it is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    recoger::cli::run()
}
