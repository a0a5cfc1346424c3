//! `recoger demo FILE`: a new file with an invented company, so that a newcomer sees something in a minute.
//!
//! The machines, people and faults are small tables; the days are played through the same functions as real reports, at invented times
//! that end now. The same day gives the same company; ids and passwords are new each time.

mod cast;
mod days;
mod dice;
mod evidence;
mod faults;
mod fleet;
mod history;
mod look;
mod model;
mod models;
mod people;
mod programs;
mod services;
mod software;
mod systems;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Args;

use self::fleet::MACHINES;
use self::history::{Extent, Played};
use super::serve::{self, now};
use crate::credentials::password::Password;
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::store::{Store, appliance, catalogue, operator, tenants};

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
    let (email, password) = serve::admin_from_environment();
    fill(&demo.file, extent, now(), &email, password).inspect_err(|_| remove(&demo.file))
}

fn fill(file: &Path, extent: Extent, now: Time, email: &str, password: Option<Password>) -> Result<()> {
    eprintln!("Inventing {} days; this takes a few seconds …", extent.days);
    let store = Store::open(file)?;
    let begin = history::begin(extent.days, now);
    store.write_root(begin, |root| {
        appliance::create_once(root)?;
        catalogue::register(root)
    })?;
    let made = operator::tenant_add(&store, begin, TENANT, email, password)?;
    let (tenant, admin) = &made.value;
    let tenant_id = tenant.id.clone();
    store.write_root(begin, move |root| tenants::mark_demo(root, &tenant_id))?;
    let Played { devices, reports } = history::play(&store, admin, extent, now)?;
    eprintln!("Made `{}` with tenant `{TENANT}` and its admin.", file.display());
    serve::show_admin(&admin.email, made.password.as_ref());
    eprintln!(
        "All of it is invented: {devices} devices, {reports} reports, services, people and faults. Don't use this file for real devices."
    );
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::compliance::Status;
    use crate::store::devices::{self, Filter, Page, Sort};
    use crate::store::{Actor, integrity, services};

    /// Devices by status, in the order of [`Status::ALL`], in a demo that is made at `now`.
    fn by_status(extent: Extent, now: &str) -> Vec<u64> {
        let now = Time::parse(now).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("demo.db");
        fill(&file, extent, now, "admin@localhost", None).unwrap();
        let store = Store::open(&file).unwrap();
        assert_eq!(integrity::check(&store, now).unwrap(), []);
        let tenant = store.read_root(now, tenants::list).unwrap().remove(0);
        assert!(tenant.demo);
        let count = |status| {
            let page = Page { sort: Sort::LastSeen, descending: true, skip: 0, limit: 1 };
            let filter = Filter { compliance_status: Some(status), ..Filter::default() };
            store.read(&tenant.id, &Actor::system(), now, |tx| devices::list(tx, &filter, page)).unwrap().1
        };
        let figures = store.read(&tenant.id, &Actor::system(), now, |tx| services::figures(tx, None, 0)).unwrap();
        assert_eq!(figures.total, 25);
        assert!(figures.by_status.iter().all(|(_, count)| *count >= 1), "{now}: {figures:?}");
        assert!(figures.reviews_due_soon >= 1 && figures.reviews_overdue >= 1 && figures.score.score.is_some(), "{now}: {figures:?}");
        Status::ALL.iter().map(|status| count(*status)).collect()
    }

    #[test]
    fn every_day_of_the_week_and_year_gives_all_statuses() {
        // Early on a Monday, on a Sunday, on New Year's Day.
        for now in ["2026-09-14T02:00:00Z", "2026-12-06T13:00:00Z", "2027-01-01T23:59:59Z"] {
            let counts = by_status(Extent { days: 12, devices: 12 }, now);
            assert_eq!(counts.iter().sum::<u64>(), 13, "{now}: {counts:?}");
            assert!(counts.iter().all(|count| *count >= 1) && counts[3] >= 6, "{now}: {counts:?}");
        }
    }
}
