//! `recoger user|tenant|api-key …`: what the operator does beside a running server.

use std::io::Read;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use super::print::{self, plain};
use super::serve::{now, open_existing};
use super::{Data, Output, RoleName};
use crate::credentials::password::Password;
use crate::domain::time::Time;
use crate::domain::user::{ApiKey, Plan, User};
use crate::error::{Error, Result};
use crate::store::operator::{self, WithPassword};
use crate::store::tenants::Tenant;

/// Bytes of a password on standard input; more is a mistake.
const PASSWORD_BYTES_MAX: u64 = 1024;

#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Add a user; without --password-stdin a random password is printed once
    #[command(after_help = "Example:\n  recoger user add ann@example.com --tenant default --role user --name \"Ann Berg\"")]
    Add(UserAdd),
    /// List users
    #[command(after_help = "Example:\n  recoger user list --json")]
    List(List),
    /// Set a password; ends the user's sessions and any lock
    #[command(after_help = "Example:\n  recoger user passwd ann@example.com --password-stdin < file")]
    Passwd(UserPassword),
    /// End a lock after failed sign-ins
    #[command(after_help = "Example:\n  recoger user unlock ann@example.com")]
    Unlock(UserName),
    /// Disable a user; sessions and keys stop at once
    #[command(after_help = "Example:\n  recoger user disable ann@example.com")]
    Disable(UserName),
    /// Enable a user again
    #[command(after_help = "Example:\n  recoger user enable ann@example.com")]
    Enable(UserName),
}

#[derive(Debug, Args)]
pub(super) struct UserAdd {
    /// The email with which the user signs in
    email: String,
    /// The tenant
    #[arg(long, value_name = "NAME")]
    tenant: String,
    /// What the user may do
    #[arg(long, value_enum)]
    role: RoleName,
    /// The user's name
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    password: PasswordInput,
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
struct PasswordInput {
    /// Read the password from standard input
    #[arg(long)]
    password_stdin: bool,
}

#[derive(Debug, Args)]
pub(super) struct UserPassword {
    /// The user's email
    email: String,
    #[command(flatten)]
    password: PasswordInput,
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
pub(super) struct UserName {
    /// The user's email
    email: String,
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// Only this tenant
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Subcommand)]
pub(super) enum TenantCommand {
    /// Add a tenant with its first admin
    #[command(after_help = "Example:\n  recoger tenant add \"Example Ltd\" --admin ann@example.com")]
    Add(TenantAdd),
    /// List tenants
    #[command(after_help = "Example:\n  recoger tenant list")]
    List(PlainList),
    /// Set a tenant's plan and limits
    #[command(after_help = "Example:\n  recoger tenant plan default enterprise --per-minute 2400 --per-day none")]
    Plan(TenantPlan),
}

#[derive(Debug, Args)]
pub(super) struct TenantAdd {
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
pub(super) struct PlainList {
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
pub(super) struct TenantPlan {
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

/// A number of requests; `None` is no limit.
#[derive(Debug, Clone, Copy)]
struct Limit(Option<u32>);

#[derive(Debug, Subcommand)]
pub(super) enum ApiKeyCommand {
    /// Make a key and print it once
    #[command(after_help = "Example:\n  recoger api-key add --tenant default --role agent --name \"laptops\"")]
    Add(ApiKeyAdd),
    /// List keys
    #[command(after_help = "Example:\n  recoger api-key list")]
    List(List),
    /// Revoke a key
    #[command(after_help = "Example:\n  recoger api-key revoke key_…")]
    Revoke(ApiKeyRevoke),
}

#[derive(Debug, Args)]
pub(super) struct ApiKeyAdd {
    /// The tenant
    #[arg(long, value_name = "NAME")]
    tenant: String,
    /// What the key may do
    #[arg(long, value_enum)]
    role: RoleName,
    /// What it is for
    #[arg(long)]
    name: String,
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
pub(super) struct ApiKeyRevoke {
    /// The key's id
    id: String,
    #[command(flatten)]
    data: Data,
}

pub(super) fn user(command: UserCommand) -> Result<()> {
    match command {
        UserCommand::Add(add) => {
            let store = open_existing(&add.data.data)?;
            let password = add.password.read()?;
            let made = operator::user_add(&store, now(), &add.tenant, &add.email, add.role.into(), add.name.as_deref(), password)?;
            print_user_with_password(&made, &add.output)
        }
        UserCommand::Passwd(passwd) => {
            let store = open_existing(&passwd.data.data)?;
            let password = passwd.password.read()?;
            print_user_with_password(&operator::user_passwd(&store, now(), &passwd.email, password)?, &passwd.output)
        }
        UserCommand::List(list) => {
            let users = operator::user_list(&*open_existing(&list.data.data)?, now(), list.tenant.as_deref())?;
            if list.output.json {
                return print::json(&users.iter().map(|(tenant, user)| user_json(Some(tenant), user)).collect());
            }
            let rows = users.iter().map(|(tenant, user)| {
                vec![
                    plain(tenant),
                    plain(&user.email),
                    plain(&user.name),
                    user.role.as_str().to_owned(),
                    user.status.as_str().to_owned(),
                    moment(user.last_active_at),
                ]
            });
            print::table(&["TENANT", "EMAIL", "NAME", "ROLE", "STATUS", "LAST ACTIVE"], &rows.collect::<Vec<_>>())
        }
        UserCommand::Unlock(name) => {
            let unlocked = operator::user_unlock(&*open_existing(&name.data.data)?, now(), &name.email)?;
            match name.output.json {
                true => print::json(&json!({"email": name.email, "unlocked": unlocked})),
                false => print::out(if unlocked { "unlocked" } else { "was not locked" }),
            }
        }
        UserCommand::Disable(name) => {
            print_user(&operator::user_disable(&*open_existing(&name.data.data)?, now(), &name.email)?, &name.output)
        }
        UserCommand::Enable(name) => {
            print_user(&operator::user_enable(&*open_existing(&name.data.data)?, now(), &name.email)?, &name.output)
        }
    }
}

pub(super) fn tenant(command: TenantCommand) -> Result<()> {
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
    }
}

pub(super) fn api_key(command: ApiKeyCommand) -> Result<()> {
    match command {
        ApiKeyCommand::Add(add) => {
            let store = open_existing(&add.data.data)?;
            let (key, secret) = operator::api_key_add(&store, now(), &add.tenant, add.role.into(), &add.name)?;
            if add.output.json {
                let mut shown = key_json(&add.tenant, &key);
                shown["api_key"] = json!(secret.expose());
                return print::json(&shown);
            }
            eprintln!("key {} ({}); it is shown this once:", key.id, key.role.as_str());
            print::out(secret.expose())
        }
        ApiKeyCommand::List(list) => {
            let keys = operator::api_key_list(&*open_existing(&list.data.data)?, now(), list.tenant.as_deref())?;
            if list.output.json {
                return print::json(&keys.iter().map(|(tenant, key)| key_json(tenant, key)).collect());
            }
            let rows = keys.iter().map(|(tenant, key)| {
                vec![
                    plain(tenant),
                    key.id.clone(),
                    plain(&key.name),
                    key.role.as_str().to_owned(),
                    key.prefix.clone(),
                    moment(key.last_used_at),
                ]
            });
            print::table(&["TENANT", "ID", "NAME", "ROLE", "PREFIX", "LAST USED"], &rows.collect::<Vec<_>>())
        }
        ApiKeyCommand::Revoke(revoke) => {
            operator::api_key_revoke(&*open_existing(&revoke.data.data)?, now(), &revoke.id)?;
            print::out("revoked")
        }
    }
}

impl PasswordInput {
    /// The password from standard input, without the line's end.
    fn read(&self) -> Result<Option<Password>> {
        if !self.password_stdin {
            return Ok(None);
        }
        let mut text = String::new();
        std::io::stdin()
            .take(PASSWORD_BYTES_MAX)
            .read_to_string(&mut text)
            .map_err(|error| Error::invalid(format!("cannot read the password from standard input: {error}")))?;
        let password = text.strip_suffix('\n').unwrap_or(&text);
        Ok(Some(Password::new(password.strip_suffix('\r').unwrap_or(password).to_owned())))
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

fn print_user(user: &User, output: &Output) -> Result<()> {
    match output.json {
        true => print::json(&user_json(None, user)),
        false => print::out(&format!("{}  {}  {}", plain(&user.email), user.role.as_str(), user.status.as_str())),
    }
}

fn print_user_with_password(made: &WithPassword<User>, output: &Output) -> Result<()> {
    let password = made.password.as_ref().map(Password::expose);
    if output.json {
        let mut shown = user_json(None, &made.value);
        shown["password"] = json!(password);
        return print::json(&shown);
    }
    print_user(&made.value, output)?;
    match password {
        Some(password) => {
            eprintln!("the password is shown this once:");
            print::out(password)
        }
        None => Ok(()),
    }
}

fn user_json(tenant: Option<&String>, user: &User) -> serde_json::Value {
    let mut shown = json!({
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "role": user.role.as_str(),
        "status": user.status.as_str(),
        "last_active_at": user.last_active_at,
        "created_at": user.created_at,
    });
    if let Some(tenant) = tenant {
        shown["tenant"] = json!(tenant);
    }
    shown
}

fn key_json(tenant: &str, key: &ApiKey) -> serde_json::Value {
    json!({
        "tenant": tenant,
        "id": key.id,
        "name": key.name,
        "role": key.role.as_str(),
        "prefix": key.prefix,
        "created_at": key.created_at,
        "last_used_at": key.last_used_at,
        "expires_at": key.expires_at,
    })
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
        ]
    });
    print::table(&["NAME", "ID", "PLAN", "PER MINUTE", "PER DAY"], &rows.collect::<Vec<_>>())
}

fn moment(time: Option<Time>) -> String {
    time.map_or("never".to_owned(), |time| time.to_string())
}
