//! Plays the invented days, one after the other, through the functions that real reports and real people go through.

use super::cast::{Cast, Step};
use super::days::Calendar;
use super::dice::Dice;
use super::evidence::EVIDENCE_DAYS_AGO;
use super::fleet::{LEAVER, MACHINES, Machine, RECORDED};
use super::look::look;
use super::people::{COLLEAGUES, PEOPLE, Person};
use super::services::SERVICES;
use super::systems::date;
use crate::credentials::password::Password;
use crate::domain::access::Role;
use crate::domain::time::{DAY, Time};
use crate::domain::user::User;
use crate::error::Result;
use crate::server::housekeeper;
use crate::store::audit_check::ChainChecker;
use crate::store::daily::DayCounter;
use crate::store::devices::PreparedReport;
use crate::store::{Actor, ActorType, Store};

/// How large the demo is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    /// Days of history before today.
    pub(super) days: i64,
    /// Devices that there are at most.
    pub(super) devices: usize,
}

/// What was played.
#[derive(Debug, Clone, Copy)]
pub(super) struct Played {
    /// Devices that are in the inventory at the end.
    pub(super) devices: usize,
    /// Reports that came in.
    pub(super) reports: usize,
}

/// Fills the tenant of `admin` with `extent`, up to `now`.
pub(super) fn play(store: &Store, admin: &User, extent: Extent, now: Time) -> Result<Played> {
    let today = now.0.div_euclid(DAY);
    let calendar = Calendar { first: today - extent.days, today };
    let machines = &MACHINES[..extent.devices.min(MACHINES.len())];
    let actor = Actor {
        actor_type: ActorType::User,
        id: Some(admin.id.clone()),
        email: Some(admin.email.clone()),
        ip_address: Some([10, 20, 40, 17].into()),
        user_agent: Some("Mozilla/5.0 (demo data)".to_owned()),
    };
    let mut cast = Cast::new(&admin.tenant_id, actor);
    let mut reports = 0;
    for day in calendar.first..=today {
        let mut steps = steps(&calendar, machines, day)?;
        steps.retain(|(moment, _)| *moment <= now);
        steps.sort_by_key(|(moment, _)| *moment);
        reports += steps.iter().filter(|(_, step)| matches!(step, Step::Report(..))).count();
        let end = Time((day + 1) * DAY - 1).min(now);
        cast = store.write_root(end, move |root| {
            for (moment, step) in steps {
                cast.take(root, moment, step)?;
            }
            cast.end_day(root)?;
            Ok(cast)
        })?;
        housekeeper::apply_due(store, end)?;
    }
    // So that the trend has its days and the log its verification from the first look on.
    DayCounter::catch_up(store, now)?;
    let mut chains = ChainChecker::default();
    while chains.advance(store, now)? {}
    Ok(Played { devices: cast.device_count(), reports })
}

/// The moment at which the history of `days` days up to `now` begins: the morning on which the appliance is set up.
pub(super) fn begin(days: i64, now: Time) -> Time {
    Time((now.0.div_euclid(DAY) - days) * DAY).plus_seconds(7 * 3600 + 31 * 60)
}

/// What happens on `day`. Passwords are hashed and sections packed here, before the write begins.
fn steps(calendar: &Calendar, machines: &'static [Machine], day: i64) -> Result<Vec<(Time, Step)>> {
    let at = |hour: i64, minute: i64| Time(day * DAY + hour * 3600 + minute * 60);
    let mut steps = Vec::new();
    if day == calendar.first {
        steps.push((at(7, 44), Step::Settings));
    }
    let mut joined_at = at(0, 0);
    let small = machines.len() < MACHINES.len();
    for person in PEOPLE.iter().filter(|person| joined(calendar, person) == day) {
        if !small || person.role == Role::Auditor || machines.iter().any(|machine| machine.owner == person.name) {
            // Typed in one after the other on the first day; later in the morning, before the new colleague's machine reports.
            let first = if day == calendar.first { at(8, 2) } else { at(6, 10) };
            joined_at = joined_at.max(first).plus_seconds(Dice::of("join", person.name, 0).between(35, 80));
            // Nobody is ever told this password.
            steps.push((joined_at, Step::Join(person, Password::generate().hash()?)));
        }
    }
    for (place, colleague) in (0..).zip(COLLEAGUES) {
        let came = colleague.joined_days_ago.map_or(calendar.first, |days_ago| (calendar.today - days_ago).max(calendar.first));
        if came == day {
            steps.push((at(9, 20 + place), Step::Employ(colleague)));
        }
        if colleague.left_days_ago.is_some_and(|days_ago| (calendar.today - days_ago).max(calendar.first) == day) {
            steps.push((at(16, place), Step::Part(colleague)));
        }
    }
    for machine in machines {
        for report in calendar.reports(machine, day) {
            let prepared = PreparedReport::new(look(machine, calendar, report.collected_at));
            steps.push((report.received_at, Step::Report(machine, Box::new(prepared))));
        }
        if let Some((_, reason)) = machine.retired().filter(|(days_ago, _)| calendar.today - days_ago == day) {
            steps.push((at(11, 20), Step::Retire(machine, reason)));
        }
    }
    if day == (calendar.today - RECORDED.3).max(calendar.first) {
        steps.push((at(9, 12), Step::Record));
    }
    for (place, saas) in (0..).zip(SERVICES) {
        if day == calendar.first {
            steps.push((at(10, 30 + place), Step::Service(saas)));
        }
        for (turn, reviewed) in (0..).zip(saas.reviews) {
            let reviewed_on = calendar.today - reviewed.days_ago;
            if day == reviewed_on.max(calendar.first) {
                steps.push((at(13 + turn, place), Step::Review(saas, reviewed, date(reviewed_on))));
            }
        }
    }
    if day == (calendar.today - EVIDENCE_DAYS_AGO).max(calendar.first + 1) {
        steps.push((at(14, 25), Step::Vouch));
    }
    if day == calendar.today - 2 {
        steps.push((at(9, 40), Step::Token));
    }
    if day == calendar.today - LEAVER.1 && !small {
        steps.push((at(15, 5), Step::Leave));
    }
    Ok(steps)
}

fn joined(calendar: &Calendar, person: &Person) -> i64 {
    person.joined_days_ago.map_or(calendar.first, |days_ago| (calendar.today - days_ago).max(calendar.first))
}
