//! The appliance's clock jumps by hours, years and decades, forwards and back, while it works.

use std::time::{Duration, Instant};

use recoger::domain::time::{DAY, Time};
use recoger::http::Request;
use recoger::server::housekeeper;
use recoger::store::{audit_verify, integrity};

use crate::support::actor::Actor;
use crate::support::clock::START;
use crate::support::request::get;
use crate::support::world::{PASSWORD, World};

const HOUR: i64 = 3600;
const YEAR: i64 = 365 * DAY;
/// 1970-01-02, a clock that never was set.
const FIRST_DAYS: Time = Time(DAY);
/// 2100-01-01.
const YEAR_2100: Time = Time(4_102_444_800);
/// The longest time for which failed sign-ins from one place lock, seconds.
const LOCK_SECONDS_MAX: i64 = 15 * 60;
/// An access token's life, seconds.
const TOKEN_SECONDS: i64 = 15 * 60;
/// How long all that is due after a jump may take.
const DUE_SECONDS_MAX: Duration = Duration::from_secs(20);

/// Where the clock goes, one after the other.
fn moments() -> Vec<Time> {
    let mut moments = Vec::new();
    for jump in [HOUR, -HOUR, YEAR, -YEAR, 10 * YEAR, -10 * YEAR] {
        moments.extend([START.plus_seconds(jump), START]);
    }
    moments.extend([FIRST_DAYS, START, YEAR_2100, START.plus_seconds(60)]);
    moments
}

#[test]
fn work_goes_on_through_every_jump_and_the_log_keeps_its_order() {
    let world = World::new();
    let serial = world.device_of(Actor::Admin).serial_number;
    let mut tokens: Vec<(Time, String)> = Vec::new();
    for (step, moment) in moments().into_iter().enumerate() {
        world.appliance.clock.set(moment);
        let begun = Instant::now();
        housekeeper::apply_due(world.appliance.store(), moment).unwrap();
        assert!(begun.elapsed() < DUE_SECONDS_MAX, "what is due at {moment} took {:?}", begun.elapsed());

        let access = world.sign_in(Actor::Admin).access;
        let with = |request: Request| world.appliance.send(&request.with_bearer(&access));
        for target in ["/v1/users/me", "/v1/devices", "/v1/audit-logs", "/healthz"] {
            let answer = with(get(target));
            assert_eq!(answer.status, 200, "step {step}, {moment}: {target}: {}", answer.text());
        }
        let report = crate::support::world::full_report(&serial);
        let answer = with(crate::support::request::post("/v1/devices/report", &report));
        assert_eq!(answer.status, 200, "step {step}, {moment}: {}", answer.text());

        // No token outlives its end, nor counts before it was made: a clock that runs ahead must not make tokens for the time after.
        tokens.push((moment, access.clone()));
        for (made, token) in &tokens {
            let age = moment.seconds_since(*made);
            if !(-HOUR / 2..TOKEN_SECONDS).contains(&age) {
                let answer = world.appliance.send(&get("/v1/users/me").with_bearer(token));
                assert_eq!(answer.status, 401, "step {step}: a token of {made} counts at {moment}");
            }
        }
        assert_eq!(integrity::check(world.appliance.store(), moment).unwrap(), [], "step {step}, {moment}");
    }
    let order =
        world.appliance.rows("SELECT chain FROM audit_log GROUP BY chain HAVING count(*) <> max(seq) - min(seq) + 1 OR min(seq) <> 1");
    assert_eq!(order, Vec::<String>::new(), "numbers without a gap, whatever the clock says");
    for chain in world.appliance.rows("SELECT DISTINCT chain FROM audit_log") {
        assert_eq!(audit_verify::verify(world.appliance.store(), &chain, START).unwrap().broken, None, "{chain}");
    }
}

#[test]
fn a_lock_of_a_clock_that_ran_ahead_ends_when_it_is_set_back() {
    let world = World::new();
    let try_in = |password: &str| {
        let mut login = world.login(&Actor::Admin.email(), password);
        login.peer = std::net::IpAddr::from([10, 9, 9, 9]);
        world.appliance.send(&login).status
    };
    for ahead in [START.plus_seconds(YEAR), YEAR_2100] {
        world.appliance.clock.set(ahead);
        (0..5).for_each(|_| assert_eq!(try_in("wrong wrong wrong"), 401));
        assert_eq!(try_in(PASSWORD), 423, "locked");
        world.appliance.clock.set(START);
        let status = try_in(PASSWORD);
        assert_eq!(status, 200, "a lock made at {ahead} still holds at {START}");
    }
    // And back: a lock made before a jump back by an hour lasts no longer than it was meant to.
    (0..5).for_each(|_| assert_eq!(try_in("wrong wrong wrong"), 401));
    world.appliance.clock.advance(-HOUR);
    world.appliance.clock.advance(LOCK_SECONDS_MAX);
    assert_eq!(try_in(PASSWORD), 200, "{LOCK_SECONDS_MAX} s after the lock, and the clock set back by an hour");
}
