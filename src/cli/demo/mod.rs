//! `recoger demo FILE`: a new file with an invented company, so that a newcomer sees something in a minute.
//!
//! The machines, people and faults are small tables; the days are played through the same functions as real reports, at invented times
//! that end now. The same day gives the same company; ids and passwords are new each time.

mod days;
mod dice;
mod faults;
mod fleet;
mod history;
mod look;
mod models;
mod people;
mod software;
mod systems;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Args;

use self::fleet::MACHINES;
use self::history::Extent;
use super::serve::{self, now};
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::store::{Actor, Store, appliance, catalogue, operator, tenants};

/// The tenant's name says what it is.
const TENANT: &str = "Demo: Nordlicht Instruments";

#[derive(Debug, Args)]
pub(super) struct Demo {
    /// The file to make; it must not exist yet
    file: PathBuf,
    /// Days of history before today
    #[arg(long, value_name = "N", default_value_t = 90, hide = true, value_parser = clap::value_parser!(u16).range(1..=365))]
    days: u16,
    /// Devices that report
    #[arg(long, value_name = "N", default_value_t = MACHINES.len() as u16, hide = true)]
    devices: u16,
}

pub(super) fn run(demo: &Demo) -> Result<()> {
    // A link that leads nowhere is something that exists, too.
    if demo.file.symlink_metadata().is_ok() {
        return Err(Error::invalid(format!("`{}` exists already; name a new file, or remove this one first", demo.file.display())));
    }
    let extent = Extent { days: i64::from(demo.days), devices: usize::from(demo.devices) };
    fill(&demo.file, extent, now()).inspect_err(|_| remove(&demo.file))
}

fn fill(file: &Path, extent: Extent, now: Time) -> Result<()> {
    eprintln!("Inventing {} days; this takes a few seconds …", extent.days);
    let store = Store::open(file)?;
    let (email, password) = serve::admin_from_environment();
    let begin = history::begin(extent.days, now);
    store.write_root(begin, |root| {
        appliance::create_once(root)?;
        catalogue::register(root)
    })?;
    let made = operator::tenant_add(&store, begin, TENANT, &email, password)?;
    let (tenant, admin) = &made.value;
    let tenant_id = tenant.id.clone();
    store.write_root(begin, move |root| tenants::mark_demo(root, &tenant_id))?;
    let reports = history::play(&store, admin, extent, now)?;
    let (_, devices) = store.read(&tenant.id, &Actor::system(), now, |tx| {
        crate::store::devices::list(tx, &Default::default(), crate::store::devices::Sort::LastSeen, true, 0, 1)
    })?;
    eprintln!("Made `{}` with tenant `{TENANT}` and its admin.", file.display());
    serve::show_admin(&admin.email, made.password.as_ref());
    eprintln!("All of it is invented: {devices} devices, {reports} reports, people and faults. Don't use this file for real devices.");
    eprintln!("Next:");
    eprintln!("  recoger serve --data {}", file.display());
    Ok(())
}

/// Takes away what was begun, so that the same command can be tried again.
fn remove(file: &Path) {
    for ending in ["", "-wal", "-shm"] {
        let mut name: OsString = file.as_os_str().to_owned();
        name.push(ending);
        // What is not there need not go.
        let _ = std::fs::remove_file(name);
    }
}
