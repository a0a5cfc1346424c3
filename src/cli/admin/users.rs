//! `recoger user …`.

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use serde_json::json;

use super::{List, PasswordInput, moment};
use crate::cli::print::{self, plain};
use crate::cli::serve::{now, open_existing};
use crate::cli::{Data, Output, RoleName};
use crate::credentials::password::Password;
use crate::domain::time::parse_date;
use crate::domain::user::User;
use crate::error::{Error, Result};
use crate::store::operator::{self, WithPassword};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum UserCommand {
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
pub(in crate::cli) struct UserAdd {
    /// The email with which the user signs in
    email: String,
    /// The tenant
    #[arg(long, value_name = "NAME")]
    tenant: String,
    /// What the user may do
    #[arg(long, value_enum)]
    role: RoleName,
    /// The last day of an auditor's access, such as 2026-12-31
    #[arg(long, value_name = "DATE", value_parser = day)]
    until: Option<NaiveDate>,
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
pub(in crate::cli) struct UserPassword {
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
pub(in crate::cli) struct UserName {
    /// The user's email
    email: String,
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    output: Output,
}

pub(in crate::cli) fn user(command: UserCommand) -> Result<()> {
    match command {
        UserCommand::Add(add) => {
            let store = open_existing(&add.data.data)?;
            let password = add.password.read()?;
            let (tenant, email, name) = (&add.tenant, &add.email, add.name.as_deref());
            let made = match (add.role, add.until) {
                (RoleName::Auditor, Some(until)) => operator::auditor_add(&store, now(), tenant, email, until, name, password)?,
                (_, Some(_)) => return Err(Error::invalid("`--until` is for auditors only")),
                (role, None) => operator::user_add(&store, now(), tenant, email, role.into(), name, password)?,
            };
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

fn day(text: &str) -> std::result::Result<NaiveDate, String> {
    parse_date(text).ok_or_else(|| "must be a day like 2026-12-31".to_owned())
}

fn print_user(user: &User, output: &Output) -> Result<()> {
    match output.json {
        true => print::json(&user_json(None, user)),
        false => print::out(&format!("{}  {}  {}", plain(&user.email), user.role.as_str(), user.status.as_str())),
    }
}

pub(super) fn print_user_with_password(made: &WithPassword<User>, output: &Output) -> Result<()> {
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

pub(super) fn user_json(tenant: Option<&String>, user: &User) -> serde_json::Value {
    let mut shown = json!({
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "role": user.role.as_str(),
        "status": user.status.as_str(),
        "expires_at": user.expires_at,
        "last_active_at": user.last_active_at,
        "created_at": user.created_at,
    });
    if let Some(tenant) = tenant {
        shown["tenant"] = json!(tenant);
    }
    shown
}
