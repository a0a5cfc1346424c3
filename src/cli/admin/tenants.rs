//! `recoger tenant …`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use super::PasswordInput;
use super::users::{print_user_with_password, user_json};
use crate::cli::print::{self, plain};
use crate::cli::serve::{now, open_existing};
use crate::cli::{Data, Output};
use crate::credentials::password::Password;
use crate::domain::user::Plan;
use crate::error::Result;
use crate::store::operator::{self, WithPassword};
use crate::store::tenant_file::{self, Moved};
use crate::store::tenants::Tenant;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum TenantCommand {
    /// Add a tenant with its first admin
    #[command(after_help = "Example:\n  recoger tenant add \"Example Ltd\" --admin ann@example.com")]
    Add(TenantAdd),
    /// List tenants
    #[command(after_help = "Example:\n  recoger tenant list")]
    List(PlainList),
    /// Set a tenant's plan and limits
    #[command(after_help = "Example:\n  recoger tenant plan default enterprise --per-minute 2400 --per-day none")]
    Plan(TenantPlan),
    /// Write a tenant with its whole history into a new file, to move it to another appliance
    ///
    /// The file holds hashes of passwords and keys: keep it as you keep keys.
    #[command(after_help = "Example:\n  recoger tenant export \"Example Ltd\" example.tenant")]
    Export(TenantExport),
    /// Bring in a tenant that another appliance exported
    ///
    /// Ids, history and the audit chain stay as they are. Its people sign in anew, with their passwords; its agents need to reach this
    /// appliance under the address and public key that they know, or be enrolled anew. It is one transaction: a server that runs
    /// meanwhile answers writes with 503 while a large tenant comes in.
    #[command(after_help = "Example:\n  recoger tenant import example.tenant --as \"Example Ltd\"")]
    Import(TenantImport),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct TenantAdd {
    /// The tenant's name
    name: String,
    /// Email of its first admin
    #[arg(long, value_name = "EMAIL")]
    admin: String,
    #[command(flatten)]
    password: PasswordInput,
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct PlainList {
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum PlanName {
    Startup,
    Scaleup,
    Enterprise,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct TenantPlan {
    /// The tenant's name
    name: String,
    /// The plan
    #[arg(value_enum)]
    plan: PlanName,
    /// Requests of each credential in a minute, or `none`
    #[arg(long, value_name = "N|none", value_parser = limit)]
    per_minute: Option<Limit>,
    /// Requests of each credential in a day, or `none`
    #[arg(long, value_name = "N|none", value_parser = limit)]
    per_day: Option<Limit>,
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct TenantExport {
    /// The tenant's name
    name: String,
    /// The file to make; it must not exist yet
    file: PathBuf,
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct TenantImport {
    /// The file that `tenant export` made
    file: PathBuf,
    /// Call it so here
    #[arg(long = "as", value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    output: Output,
}

/// A number of requests; `None` is no limit.
#[derive(Debug, Clone, Copy)]
struct Limit(Option<u32>);

pub(in crate::cli) fn tenant(command: TenantCommand) -> Result<()> {
    match command {
        TenantCommand::Add(add) => {
            let store = open_existing(&add.data.data)?;
            let password = add.password.read()?;
            let WithPassword { value: (tenant, user), password } = operator::tenant_add(&store, now(), &add.name, &add.admin, password)?;
            if add.output.json {
                let mut shown = user_json(Some(&tenant.name), &user);
                shown["tenant_id"] = json!(tenant.id);
                shown["password"] = json!(password.as_ref().map(Password::expose));
                return print::json(&shown);
            }
            print::out(&format!("tenant {} ({})", plain(&tenant.name), tenant.id))?;
            print_user_with_password(&WithPassword { value: user, password }, &add.output)
        }
        TenantCommand::List(list) => {
            let tenants = operator::tenant_list(&*open_existing(&list.data.data)?, now())?;
            print_tenants(&tenants, &list.output)
        }
        TenantCommand::Plan(command) => {
            let plan = match command.plan {
                PlanName::Startup => Plan::Startup,
                PlanName::Scaleup => Plan::Scaleup,
                PlanName::Enterprise => Plan::Enterprise,
            };
            let store = open_existing(&command.data.data)?;
            let (minute, day) = (command.per_minute.map(|limit| limit.0), command.per_day.map(|limit| limit.0));
            let tenant = operator::tenant_plan(&store, now(), &command.name, plan, minute, day)?;
            print_tenants(&[tenant], &command.output)
        }
        TenantCommand::Export(export) => {
            let store = open_existing(&export.data.data)?;
            let moved = tenant_file::export(&store, now(), &export.name, &export.file)?;
            print_moved("exported", &moved, &export.output)
        }
        TenantCommand::Import(import) => {
            let store = open_existing(&import.data.data)?;
            let moved = tenant_file::import(&store, now(), &import.file, import.name.as_deref())?;
            print_moved("imported", &moved, &import.output)
        }
    }
}

fn print_moved(done: &str, Moved { tenant, rows }: &Moved, output: &Output) -> Result<()> {
    match output.json {
        true => print::json(&json!({"id": tenant.id, "name": tenant.name, "rows": rows})),
        false => print::out(&format!("{done} {} ({}), {rows} rows", plain(&tenant.name), tenant.id)),
    }
}

fn limit(text: &str) -> std::result::Result<Limit, String> {
    match text {
        "none" => Ok(Limit(None)),
        number => match number.parse() {
            Ok(number) if number > 0 => Ok(Limit(Some(number))),
            _ => Err("a whole number from 1, or none".to_owned()),
        },
    }
}

fn print_tenants(tenants: &[Tenant], output: &Output) -> Result<()> {
    if output.json {
        let shown = tenants.iter().map(|tenant| {
            json!({
                "id": tenant.id,
                "name": tenant.name,
                "plan": tenant.plan.as_str(),
                "requests_per_minute": tenant.allowance.per_minute,
                "requests_per_day": tenant.allowance.per_day,
                "demo": tenant.demo,
                "created_at": tenant.created_at,
            })
        });
        return print::json(&shown.collect());
    }
    let number = |limit: Option<u32>| limit.map_or("none".to_owned(), |limit| limit.to_string());
    let rows = tenants.iter().map(|tenant| {
        let allowance = tenant.allowance;
        vec![
            plain(&tenant.name),
            tenant.id.clone(),
            tenant.plan.as_str().to_owned(),
            number(allowance.per_minute),
            number(allowance.per_day),
            if tenant.demo { "yes" } else { "no" }.to_owned(),
        ]
    });
    print::table(&["NAME", "ID", "PLAN", "PER MINUTE", "PER DAY", "DEMO"], &rows.collect::<Vec<_>>())
}
