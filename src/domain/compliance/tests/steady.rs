//! A judgement stands until the moment it announces: seen on generated subjects.

use super::*;

/// Numbers from a fixed seed (xorshift), the same on every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn pick<T: Clone>(&mut self, values: &[T]) -> T {
        values[self.below(values.len() as u64) as usize].clone()
    }

    /// Within 40 days around `now`, often on a whole day from it or a second beside it.
    fn moment(&mut self, now: Time) -> Time {
        let days = self.below(80) as i64 - 40;
        let beside = [0, 0, 1, -1, self.below(86_400) as i64];
        now.plus_days(days).plus_seconds(self.pick(&beside))
    }
}

fn random_security(numbers: &mut Numbers, now: Time) -> Value {
    let flag = [json!(true), json!(false), Value::Null, json!("yes")];
    let mut times = vec![Value::Null, json!("soon")];
    times.extend((0..6).map(|_| json!(numbers.moment(now).to_string())));
    json!({
        "disk_encryption": numbers.pick(&flag), "firewall_enabled": numbers.pick(&flag), "screen_lock_enabled": numbers.pick(&flag),
        "screen_lock_delay_secs": numbers.pick(&[json!(0), json!(300), json!(901), Value::Null]), "antivirus_enabled": numbers.pick(&flag),
        "last_update_at": numbers.pick(&times), "antivirus_signatures_at": numbers.pick(&times),
    })
}

/// Judges at a moment, just before the announced change, in between, and at the change. Gives whether the change changed anything.
fn holds_until_announced(
    numbers: &mut Numbers,
    now: Time,
    judged: impl Fn(Time) -> (Vec<(CheckStatus, Option<Reason>)>, Option<Time>),
) -> Option<bool> {
    let (first, changes_at) = judged(now);
    let horizon = changes_at.unwrap_or(now.plus_days(400));
    assert!(horizon > now, "{horizon} is not later than {now}");
    let between = now.plus_seconds(numbers.below(horizon.seconds_since(now) as u64) as i64);
    for moment in [between, horizon.plus_seconds(-1)] {
        assert_eq!(judged(moment).0, first, "judged at {now}, said to hold until {horizon}, differs at {moment}");
    }
    changes_at.map(|moment| judged(moment).0 != first)
}

fn verdicts(judgement: Judgement<'_>) -> (Vec<(CheckStatus, Option<Reason>)>, Option<Time>) {
    (judgement.verdicts.iter().map(|verdict| (verdict.status, verdict.reason)).collect(), judgement.changes_at)
}

#[test]
fn verdicts_hold_until_the_announced_moment_and_change_there() {
    let mut numbers = Numbers(20_261_124);
    let zones = ["UTC", "Europe/Berlin", "America/Santiago", "Pacific/Auckland", "Asia/Kathmandu"];
    let variants: Vec<ResolvedChecks<'_>> = (zones.iter())
        .flat_map(|zone| [1, 7, 14, 40].map(|days| resolved(json!({ "time_zone": zone, "silent_after_days": days }))))
        .collect();
    let (mut announced, mut changed) = (0, 0);
    for round in 0..4_000 {
        let checks = &variants[numbers.below(variants.len() as u64) as usize];
        let now = at("2026-09-20T03:00:00Z").plus_seconds(numbers.below(90 * 86_400) as i64);
        let outcome = if round % 2 == 0 {
            let security = random_security(&mut numbers, now);
            let (os_type, os_version, os_distribution) = numbers.pick(&[
                (OsType::Macos, "14.8", None),
                (OsType::Windows, "10.0.26100.1", None),
                (OsType::Linux, "43", Some("fedora")),
                (OsType::Linux, "rolling", Some("arch")),
            ]);
            let device = DeviceFacts { os_type, os_version: Some(os_version), os_distribution, ..device(numbers.moment(now)) };
            let software = json!({ "items": [{ "name": "vim", "version": "9" }] });
            let section = |data, confirmed_at| Some(Section { data, confirmed_at });
            let facts = Facts::of_device(&DeviceFacts {
                security: section(object(&security), numbers.moment(now)),
                software: section(object(&software), numbers.moment(now)),
                ..device
            });
            holds_until_announced(&mut numbers, now, |moment| verdicts(judge(checks, Subject::Device, &facts, moment)))
        } else {
            let zone: Tz = checks.zone;
            let dates: Vec<Value> =
                (0..4).map(|_| json!(numbers.moment(now).date_in(zone).to_string())).chain([Value::Null, json!("soon")]).collect();
            let facts = Facts::from_fields(vec![("last_review_date", numbers.pick(&dates)), ("next_review_date", numbers.pick(&dates))]);
            holds_until_announced(&mut numbers, now, |moment| verdicts(judge(checks, Subject::Service, &facts, moment)))
        };
        announced += u32::from(outcome.is_some());
        changed += u32::from(outcome == Some(true));
    }
    assert!(announced > 2_000 && changed * 10 > announced * 8, "{changed} of {announced} announced moments changed something");
}
