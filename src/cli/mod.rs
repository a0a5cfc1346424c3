//! The command line: what can be typed, and one match over it.
//!
//! Data goes to stdout, everything else to stderr. Exit codes: 0 all is well, 1 it did not work or a check found something, 2 the command
//! was not understood.

mod admin;
mod agent;
mod audit;
mod backup;
mod check;
mod demo;
mod framework;
mod print;
mod privacy;
mod report;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::domain::access::Role;
use crate::error::{Error, Kind, Result};

/// Recoger shows, with evidence, whether your devices and cloud services are under control.
///
/// One binary is the server, its command line and the agent on each device; one file holds all data.
#[derive(Debug, Parser)]
#[command(name = "recoger", version, max_term_width = 110, after_help = "Start with:\n  recoger serve")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// The file with all data.
#[derive(Debug, Args)]
struct Data {
    /// The file that holds all data
    #[arg(long, value_name = "FILE", env = "RECOGER_DATA", default_value = "recoger.db")]
    data: PathBuf,
}

/// How results are printed.
#[derive(Debug, Args)]
struct Output {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the appliance
    ///
    /// The first start creates the file with a tenant, an admin and a certificate, and prints the admin's password once.
    #[command(
        after_help = "Example:\n  recoger serve --data /var/lib/recoger/recoger.db --listen 0.0.0.0:8443 --hostname recoger.example.lan"
    )]
    Serve(serve::Serve),
    /// Fill a new file with a believable demo tenant
    ///
    /// 60 devices of an invented company with 90 days of history, to look around in. The admin's password is printed once.
    #[command(after_help = "Example:\n  recoger demo demo.db && recoger serve --data demo.db")]
    Demo(demo::Demo),
    /// Add users, list them, set passwords, unlock, disable, enable
    #[command(subcommand)]
    User(admin::UserCommand),
    /// Add tenants, list them, set their plan, move them
    #[command(subcommand)]
    Tenant(admin::TenantCommand),
    /// Add API keys, list them, revoke them
    #[command(subcommand)]
    ApiKey(admin::ApiKeyCommand),
    /// Check the file, its foreign keys and every audit chain; exit 1 names what is broken
    #[command(after_help = "Example:\n  recoger check --data /var/lib/recoger/recoger.db")]
    Check(check::Check),
    /// Write everything into one new file while the server runs, and verify it
    ///
    /// The file holds hashes of passwords and keys, and the appliance's own keys: keep it as you keep keys.
    #[command(after_help = "Example:\n  recoger backup \"recoger-$(date +%F).backup\"")]
    Backup(backup::Backup),
    /// Bring a backup back in the place of the appliance's file; stop the server first
    ///
    /// People who were erased after the backup was made are erased in it, too. Everybody signs in anew.
    #[command(after_help = "Example:\n  recoger restore recoger-2026-01-04.backup --force")]
    Restore(backup::Restore),
    /// The audit log
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Compliance reports: make one, verify one
    #[command(subcommand)]
    Report(report::ReportCommand),
    /// Frameworks of a tenant's own
    #[command(subcommand)]
    Framework(framework::FrameworkCommand),
    /// Print what the agent collects: each fact, its purpose, who sees it and how long it is kept
    #[command(after_help = "Example:\n  recoger privacy-fields --language sv > fields.md")]
    PrivacyFields(privacy::PrivacyFields),
    /// Print the OpenAPI document
    #[command(after_help = "Example:\n  recoger openapi > openapi.json")]
    Openapi,
    /// Ask a running server whether it is well; exit 1 if not
    #[command(after_help = "Example:\n  recoger healthcheck --data /var/lib/recoger/recoger.db --url https://localhost:8443")]
    Healthcheck(check::Healthcheck),
    /// What runs on a device
    #[command(subcommand)]
    Agent(agent::AgentCommand),
    /// Print the version
    Version,
}

/// A role as typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum RoleName {
    Admin,
    User,
    Viewer,
    Auditor,
    Agent,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Role {
        match name {
            RoleName::Admin => Role::Admin,
            RoleName::User => Role::User,
            RoleName::Viewer => Role::Viewer,
            RoleName::Auditor => Role::Auditor,
            RoleName::Agent => Role::Agent,
        }
    }
}

/// Runs what was typed.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors; a closed pipe while printing them is none either.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    match dispatch(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(&error);
            ExitCode::from(1)
        }
    }
}

fn dispatch(command: Command) -> Result<()> {
    match command {
        Command::Serve(command) => serve::run(command),
        Command::Demo(command) => demo::run(&command),
        Command::User(command) => admin::user(command),
        Command::Tenant(command) => admin::tenant(command),
        Command::ApiKey(command) => admin::api_key(command),
        Command::Check(command) => check::run(&command),
        Command::Backup(command) => backup::backup(&command),
        Command::Restore(command) => backup::restore(&command),
        Command::Audit(command) => audit::run(&command),
        Command::Report(command) => report::run(&command),
        Command::Framework(command) => framework::run(&command),
        Command::PrivacyFields(command) => privacy::run(&command),
        Command::Openapi => print::out(crate::api::openapi::json()),
        Command::Healthcheck(command) => check::healthcheck(&command),
        Command::Agent(command) => agent::run(command),
        Command::Version => print::out(&format!("recoger {}", env!("CARGO_PKG_VERSION"))),
    }
}

/// One sentence, then a hint where there is one to give.
fn tell(error: &Error) {
    eprintln!("error: {}", error.detail);
    if let Some(cause) = &error.cause {
        eprintln!("cause: {cause}");
    }
    let hint = match error.kind {
        Kind::NotFound => "list what there is with the `list` command, and check `--data`",
        Kind::Unavailable => "try again in a few seconds; if it stays like this, look at disk space and rights",
        Kind::Internal => "run `recoger check` on the file",
        _ => return,
    };
    eprintln!("hint: {hint}");
}
