//! When the invented machines are at work: weekends, holidays, absences, and at which moments they report.

use chrono::Datelike;

use super::dice::Dice;
use super::faults::{Fault, has, span};
use super::fleet::Machine;
use super::systems::date;
use crate::domain::device::DeviceType;
use crate::domain::time::{DAY, Time};

/// A person takes leave once in so many days.
const LEAVE_EVERY_DAYS: i64 = 70;
/// A leave in calendar days. With weekends around it stays under two weeks, so that it is no silence.
const LEAVE_DAYS: (i64, i64) = (5, 9);
/// Month and day of public holidays in Hamburg that fall on the same date each year.
const PUBLIC_HOLIDAYS: &[(u32, u32)] = &[(1, 1), (5, 1), (10, 3), (10, 31), (12, 24), (12, 25), (12, 26), (12, 31)];

/// A report as it was made and as it came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) collected_at: Time,
    pub(super) received_at: Time,
}

/// The span of days that is played.
#[derive(Debug, Clone, Copy)]
pub(super) struct Calendar {
    /// The first, in days since 1970.
    pub(super) first: i64,
    /// The last: today.
    pub(super) today: i64,
}

impl Calendar {
    /// The day on which `machine` was enrolled: in the week after the first day, which is for setting up, or later.
    pub(super) fn enrolled(&self, machine: &Machine) -> i64 {
        let roll_out_days = ((self.today - self.first) / 6).clamp(1, 7);
        let roll_out = self.first + Dice::of("roll-out", machine.name, 0).between(1, roll_out_days);
        machine.enrolled_days_ago().map_or(roll_out, |days| (self.today - days).max(roll_out))
    }

    /// Whether `machine` is in the inventory on `day`.
    fn is_known(&self, machine: &Machine, day: i64) -> bool {
        self.enrolled(machine) <= day && machine.retired().is_none_or(|(days_ago, _)| day < self.today - days_ago)
    }

    /// The reports of `machine` that come in on `day`, in their order.
    pub(super) fn reports(&self, machine: &Machine, day: i64) -> Vec<Moment> {
        if !self.is_known(machine, day) {
            return Vec::new();
        }
        let mut reports = Vec::new();
        for moment in looks(machine, day) {
            if has(machine, Fault::Away, moment, self.today) {
                continue;
            }
            match span(machine, Fault::Offline, moment, self.today) {
                None => {
                    // On the first report after a time without network comes all that has gathered.
                    if let Some(since) = self.offline_before(machine, moment) {
                        reports.extend(self.gathered(machine, since, moment));
                    }
                    reports.push(Moment { collected_at: moment, received_at: moment.plus_seconds(2) });
                }
                Some(_) => continue,
            }
        }
        reports
    }

    /// The begin of the time without network that ended between the look before `moment` and `moment`.
    fn offline_before(&self, machine: &Machine, moment: Time) -> Option<Time> {
        let back = moment.0.div_euclid(DAY) - 7;
        let before = (back..=moment.0.div_euclid(DAY)).flat_map(|day| looks(machine, day)).rfind(|look| *look < moment)?;
        span(machine, Fault::Offline, before, self.today).map(|(from, _)| from)
    }

    fn gathered(&self, machine: &Machine, since: Time, until: Time) -> Vec<Moment> {
        let days = since.0.div_euclid(DAY).max(self.enrolled(machine))..=until.0.div_euclid(DAY);
        let looks = days.flat_map(|day| looks(machine, day)).filter(|look| since <= *look && *look < until);
        let mut received_at = until.plus_seconds(-60);
        looks
            .map(|collected_at| {
                received_at = received_at.plus_seconds(1);
                Moment { collected_at, received_at }
            })
            .collect()
    }
}

/// Whether `machine` is switched on during `day`.
pub(super) fn works(machine: &Machine, day: i64) -> bool {
    if is_always_on(machine) {
        return true;
    }
    let calendar = date(day);
    let weekend = calendar.weekday().num_days_from_monday() >= 5;
    let holiday = PUBLIC_HOLIDAYS.contains(&(calendar.month(), calendar.day()));
    if weekend || holiday {
        return Dice::of("weekend", machine.owner, day).chance(4);
    }
    !on_leave(machine.owner, day) && !Dice::of("ill", machine.owner, day).chance(3)
}

fn on_leave(person: &str, day: i64) -> bool {
    let block = day.div_euclid(LEAVE_EVERY_DAYS);
    let mut dice = Dice::of("leave", person, block);
    let days = dice.between(LEAVE_DAYS.0, LEAVE_DAYS.1);
    let first = block * LEAVE_EVERY_DAYS + dice.between(0, LEAVE_EVERY_DAYS - 14);
    (first..first + days).contains(&day)
}

fn is_always_on(machine: &Machine) -> bool {
    !matches!(machine.model.kind, DeviceType::Laptop | DeviceType::Desktop) || machine.name.ends_with("-build")
}

/// When the agent looks at the machine on `day`: one to three times.
fn looks(machine: &Machine, day: i64) -> Vec<Time> {
    if !works(machine, day) {
        return Vec::new();
    }
    let mut dice = Dice::of("looks", machine.name, day);
    let mut between = |from_minute: i64, to_minute: i64| Time(day * DAY + dice.between(from_minute * 60, to_minute * 60));
    if is_always_on(machine) {
        return vec![between(215, 225), between(935, 945)];
    }
    let moments = [between(405, 570), between(645, 780), between(840, 1_020)];
    let mut kept = Dice::of("kept", machine.name, day);
    moments.into_iter().enumerate().filter(|(index, _)| *index == 0 || kept.chance(65)).map(|(_, moment)| moment).collect()
}

#[cfg(test)]
mod tests {
    use super::super::fleet::MACHINES;
    use super::*;

    const CALENDAR: Calendar = Calendar { first: 20_691, today: 20_781 };

    fn machine(name: &str) -> &'static Machine {
        MACHINES.iter().find(|machine| machine.name == name).unwrap()
    }

    fn all(name: &str) -> Vec<Moment> {
        (CALENDAR.first..=CALENDAR.today).flat_map(|day| CALENDAR.reports(machine(name), day)).collect()
    }

    #[test]
    fn laptops_rest_at_weekends_and_servers_do_not() {
        let worked = |name: &str| (CALENDAR.first..=CALENDAR.today).filter(|day| works(machine(name), *day)).count();
        assert_eq!(worked("git01"), 91);
        assert!((45..65).contains(&worked("mbp-petersen")), "{}", worked("mbp-petersen"));
        for machine in MACHINES {
            for day in CALENDAR.first..=CALENDAR.today {
                assert!(CALENDAR.reports(machine, day).len() <= 30 && looks(machine, day).len() <= 3);
            }
        }
    }

    #[test]
    fn reports_come_in_order_and_after_they_were_made() {
        for machine in MACHINES {
            let reports = all(machine.name);
            assert!(reports.iter().all(|report| report.collected_at <= report.received_at), "{}", machine.name);
            assert!(reports.is_sorted_by_key(|report| report.received_at), "{}", machine.name);
            assert!(reports.is_sorted_by(|one, other| one.collected_at < other.collected_at), "{}", machine.name);
        }
    }

    #[test]
    fn what_gathered_without_network_comes_late_and_all_of_it() {
        let late: Vec<_> =
            all("lx-haddad").into_iter().filter(|report| report.received_at.seconds_since(report.collected_at) > DAY).collect();
        assert!((3..=20).contains(&late.len()), "{late:?}");
        let away = all("mbp-lindqvist");
        assert!(away.iter().all(|report| report.received_at < Time((CALENDAR.today - 22) * DAY)));
    }
}
