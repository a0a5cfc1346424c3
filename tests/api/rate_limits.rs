//! How many requests: exact at the boundary, counted by credential or address, shown in the headers, told when to come back.

use recoger::domain::time::{DAY, Time};
use recoger::domain::user::Plan;
use recoger::http::Request;
use recoger::store::operator;
use serde_json::json;

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::clock::START;
use crate::support::request::{bare, get, post};
use crate::support::world::{OTHER_TENANT, TENANT, World};

/// What an address without credential may send in a minute.
const ADDRESS_REQUESTS: u32 = 1_200;
/// And how often it may try to sign in.
const SIGN_INS: u32 = 60;

fn set_plan(world: &World, tenant: &str, plan: Plan, per_minute: Option<Option<u32>>, per_day: Option<Option<u32>>) {
    operator::tenant_plan(world.appliance.store(), world.appliance.clock.now(), tenant, plan, per_minute, per_day).unwrap();
}

/// Limit, remaining and reset as the headers have them.
fn shown(answer: &Answer) -> (u32, u32, Time) {
    let number = |name: &str| answer.header(name).unwrap().parse::<i64>().unwrap();
    let small = |name: &str| u32::try_from(number(name)).unwrap();
    (small("x-ratelimit-limit"), small("x-ratelimit-remaining"), Time(number("x-ratelimit-reset")))
}

/// Sends until refused; gives how many were not.
fn count_until_refused(mut send: impl FnMut() -> Answer) -> (u32, Answer) {
    let mut sent = 0;
    loop {
        let answer = send();
        if answer.status == 429 {
            return (sent, answer);
        }
        sent += 1;
        assert!(sent < 5_000, "never refused");
    }
}

#[test]
fn each_plan_is_exact_at_its_limit_and_begins_anew_with_the_minute() {
    let world = World::new();
    let me = || world.send(Actor::Viewer, get("/v1/users/me"));
    world.token(Actor::Viewer);
    for (plan, limit, day) in [(Plan::Startup, 60, 10_000), (Plan::Scaleup, 120, 50_000), (Plan::Enterprise, 1_200, 1_000_000)] {
        set_plan(&world, TENANT, plan, None, None);
        world.appliance.clock.set(START.plus_seconds(DAY * i64::from(limit)).plus_seconds(17));
        [Actor::Viewer, Actor::Admin].iter().for_each(|actor| world.forget(*actor));
        let minute_end = START.plus_seconds(DAY * i64::from(limit)).plus_seconds(60);
        assert_eq!(shown(&me()), (limit, limit - 1, minute_end), "{plan:?}");
        let (sent, refused) = count_until_refused(me);
        assert_eq!(sent, limit - 1, "{plan:?}");
        assert_eq!(shown(&refused), (limit, 0, minute_end));
        assert_eq!(refused.header("retry-after"), Some("43"));
        assert!(refused.json()["detail"].as_str().unwrap().contains("43 seconds"), "{}", refused.text());
        world.appliance.clock.set(minute_end);
        assert_eq!(shown(&me()), (limit, limit - 1, minute_end.plus_seconds(60)), "refused ones did not count");
        let settings = world.send(Actor::Admin, get("/v1/settings")).json();
        assert_eq!(settings["plan"]["requests_per_day"], day);
    }
}

#[test]
fn the_headers_tell_the_window_with_fewer_left() {
    let world = World::new();
    let me = || world.send(Actor::AdminKey, get("/v1/devices"));
    world.token(Actor::AdminKey);
    set_plan(&world, TENANT, Plan::Enterprise, Some(Some(4)), Some(Some(6)));
    let (minute_end, day_end) = (START.plus_seconds(60), START.plus_seconds(DAY));
    assert_eq!(shown(&me()), (4, 3, minute_end));
    assert_eq!(count_until_refused(me).0, 3);
    world.appliance.clock.advance(60);
    assert_eq!(shown(&me()), (6, 1, day_end), "the day has fewer left than the minute");
    let (sent, refused) = count_until_refused(me);
    assert_eq!((sent, shown(&refused)), (1, (6, 0, day_end)));
    assert_eq!(refused.header("retry-after"), Some((DAY - 60).to_string().as_str()));
    world.appliance.clock.set(day_end.plus_seconds(-1));
    assert_eq!(me().status, 429);
    world.appliance.clock.set(day_end);
    assert_eq!(shown(&me()), (4, 3, day_end.plus_seconds(60)));
}

#[test]
fn a_user_counts_over_all_sessions_and_every_key_by_itself() {
    let world = World::new();
    let (first, second) = (world.sign_in(Actor::User).access, world.sign_in(Actor::User).access);
    for actor in [Actor::AdminKey, Actor::UserKey, Actor::OtherAdmin, Actor::Viewer] {
        world.token(actor);
    }
    set_plan(&world, TENANT, Plan::Enterprise, Some(Some(3)), None);
    let me = |token: &str| world.appliance.send(&get("/v1/users/me").with_bearer(token));
    assert_eq!((me(&first).status, me(&second).status, me(&first).status), (200, 200, 200));
    assert_eq!((me(&first).status, me(&second).status), (429, 429));
    // Another address does not help.
    let mut elsewhere = get("/v1/users/me").with_bearer(&first);
    elsewhere.peer = world.new_address();
    assert_eq!(world.appliance.send(&elsewhere).status, 429);
    for actor in [Actor::Viewer, Actor::AdminKey, Actor::UserKey] {
        assert_eq!(count_until_refused(|| world.send(actor, get("/v1/users/me"))).0, 3, "{actor:?}");
    }
    assert_eq!(shown(&world.send(Actor::OtherAdmin, get("/v1/users/me"))).0, 1_200, "another tenant has a plan of its own");
    set_plan(&world, OTHER_TENANT, Plan::Startup, None, None);
    assert_eq!(shown(&world.send(Actor::OtherAdmin, get("/v1/users/me"))), (60, 58, START.plus_seconds(60)), "a new plan acts at once");
}

#[test]
fn refusals_of_every_other_kind_count_like_any_request() {
    let world = World::new();
    world.token(Actor::Viewer);
    set_plan(&world, TENANT, Plan::Enterprise, Some(Some(4)), None);
    for (request, status, left) in [
        (get("/v1/users"), 403, 3),
        (get("/v1/devices/dev_1"), 404, 2),
        (get("/v1/devices?x=1"), 400, 1),
        (bare("HEAD", "/v1/devices"), 200, 0),
        (get("/v1/users"), 429, 0),
    ] {
        let answer = world.send(Actor::Viewer, request);
        assert_eq!((answer.status, shown(&answer).1), (status, left), "{}", answer.text());
    }
}

#[test]
fn a_limit_of_null_means_none() {
    let world = World::new();
    world.token(Actor::Viewer);
    set_plan(&world, TENANT, Plan::Enterprise, Some(None), Some(None));
    for _ in 0..1_300 {
        assert_eq!(world.send(Actor::Viewer, get("/v1/users/me")).status, 200);
    }
    let settings = world.send(Actor::Admin, get("/v1/settings")).json();
    assert_eq!((&settings["plan"]["requests_per_minute"], &settings["plan"]["requests_per_day"]), (&json!(null), &json!(null)));
    let (limit, remaining, reset) = shown(&world.send(Actor::Viewer, get("/v1/users/me")));
    assert!(remaining == limit && limit > 1_000_000 && reset > START, "{limit} {remaining}");
}

#[test]
fn without_a_credential_an_address_counts_and_shuts_nobody_else_out() {
    let world = World::new();
    let token = world.token(Actor::Admin).unwrap();
    let asked = || world.send(Actor::Stranger, get("/v1/users/me"));
    assert_eq!(shown(&asked()), (ADDRESS_REQUESTS, ADDRESS_REQUESTS - 1, START.plus_seconds(60)));
    // Unknown paths, wrong methods and bad credentials count as well.
    let mut kinds = [get("/v1/nothing"), bare("PUT", "/v1/devices"), get("/v1/users/me").with_bearer("rk_live_x"), get("/v1/users/me")]
        .into_iter()
        .cycle();
    let (sent, refused) = count_until_refused(|| world.appliance.send(&kinds.next().unwrap()));
    assert_eq!(sent, ADDRESS_REQUESTS - 1);
    assert_eq!((refused.header("retry-after"), shown(&refused).1), (Some("60"), 0));
    for known in [get("/v1/users/me").with_bearer(&token), get("/healthz"), get("/"), get("/certificate.pem")] {
        assert_eq!(world.appliance.send(&known).status, 200, "{} is not counted by address", known.path);
    }
    let mut elsewhere = get("/v1/users/me");
    elsewhere.peer = world.new_address();
    assert_eq!(world.appliance.send(&elsewhere).status, 401);
    world.appliance.clock.advance(60);
    assert_eq!(asked().status, 401);
}

#[test]
fn health_and_the_first_page_count_nothing_and_still_show_where_one_stands() {
    let world = World::new();
    for target in ["/healthz", "/", "/certificate.pem"] {
        let answer = world.send(Actor::Stranger, get(target));
        assert_eq!(shown(&answer), (ADDRESS_REQUESTS, ADDRESS_REQUESTS, START.plus_seconds(60)), "{target}");
    }
    assert_eq!(shown(&world.send(Actor::Stranger, get("/v1/devices"))).1, ADDRESS_REQUESTS - 1);
    assert_eq!(shown(&world.send(Actor::Stranger, get("/healthz"))).1, ADDRESS_REQUESTS - 1);
}

#[test]
fn an_address_may_try_to_sign_in_sixty_times_a_minute() {
    let world = World::new();
    let right = world.login(&Actor::Admin.email(), crate::support::world::PASSWORD);
    let wrong = Request { body: b"{}".to_vec(), ..right.clone() };
    let (sent, refused) = count_until_refused(|| world.appliance.send(&wrong));
    assert_eq!((sent, shown(&refused)), (SIGN_INS, (SIGN_INS, 0, START.plus_seconds(60))));
    assert_eq!(refused.header("retry-after"), Some("60"));
    assert_eq!(world.appliance.send(&right).status, 429, "the right password too");
    let mut refresh = post("/v1/auth/refresh", &json!({"refresh_token": "rt_x"}));
    refresh.peer = right.peer;
    assert_eq!(world.appliance.send(&refresh).status, 401, "a session goes on");
    assert!(!world.sign_in(Actor::Admin).access.is_empty(), "other addresses may");
    world.appliance.clock.advance(60);
    assert_eq!(world.appliance.send(&right).status, 200);
}

#[test]
fn hosts_of_one_ipv6_network_count_together() {
    let world = World::new();
    let from = |address: &str| {
        let mut request = post("/v1/auth/login", &json!({}));
        request.peer = address.parse().unwrap();
        world.appliance.send(&request)
    };
    for host in 0..SIGN_INS {
        assert_eq!(from(&format!("2001:db8:0:1::{host:x}")).status, 400);
    }
    assert_eq!(from("2001:db8:0:1:ffff::1").status, 429);
    assert_eq!(from("2001:db8:0:2::1").status, 400);
    assert_eq!(from("::ffff:192.0.2.1").status, 400);
    assert_eq!(shown(&from("192.0.2.1")).1, SIGN_INS - 2, "an IPv4 address is the same in either writing");
}

#[test]
fn of_many_requests_at_once_exactly_as_many_as_the_limit_pass() {
    let world = World::new();
    let token = world.token(Actor::Viewer).unwrap();
    set_plan(&world, TENANT, Plan::Enterprise, Some(Some(50)), None);
    let pipeline = &world.appliance.pipeline;
    let passed = |_| (0..20).filter(|_| pipeline.handle(get("/v1/users/me").with_bearer(&token)).status == 200).count();
    let passed: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|number| scope.spawn(move || passed(number))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(passed, 50);
}

#[test]
fn what_a_client_says_of_its_address_is_not_believed() {
    let world = World::new();
    let mut request = post("/v1/auth/login", &json!({}));
    for number in 0..SIGN_INS {
        let claimed = format!("198.51.100.{number}");
        request = request.with_header("x-forwarded-for", &claimed).with_header("forwarded", &format!("for={claimed}"));
        assert_eq!(world.appliance.send(&request.clone().with_header("x-real-ip", &claimed)).status, 400);
    }
    assert_eq!(world.appliance.send(&request).status, 429);
}

#[test]
fn a_restart_and_a_clock_that_goes_back_give_nothing_for_free() {
    let world = World::new();
    set_plan(&world, TENANT, Plan::Startup, Some(Some(50)), Some(Some(80)));
    let me = |world: &World| world.send(Actor::AdminKey, get("/v1/users"));
    world.token(Actor::AdminKey);
    (0..30).for_each(|_| assert_eq!(me(&world).status, 200));
    world.appliance.pipeline.save_counts(true).unwrap();
    let world = world.restarted();
    let (limit, remaining, _) = shown(&me(&world));
    assert_eq!((limit, remaining), (50, 19), "the same minute goes on");
    world.appliance.clock.advance(60);
    assert_eq!(shown(&me(&world)).1, 48, "the day has fewer left: 80 less 32");
    let (sent, _) = count_until_refused(|| me(&world));
    assert_eq!(sent, 48);
    world.appliance.clock.advance(-3600);
    assert_eq!(me(&world).status, 429, "an hour back is the same day");
}
