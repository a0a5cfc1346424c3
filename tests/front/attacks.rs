//! Floods from many addresses: meanwhile a client that behaves is served as before, memory stays bounded, and afterwards nothing is left.

use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use super::attackers::{Attack, Attackers, Strike};
use super::costs::Costs;
use super::victim::{Times, Victim, Waits};
use crate::support::binary::{ADMIN_EMAIL, ADMIN_PASSWORD, Binary};
use crate::support::request::post;

/// What the program may take of memory, whatever happens, KiB.
const MEMORY_KIB_MAX: u64 = 150 * 1024;
/// How much longer the median may be.
const MEDIAN_FACTOR: u32 = 2;
/// A median below this is good whatever it was before. An answer takes two threads of the program and one of the client, and each may find
/// both processors busy: with the program's work for the attackers, and with other tests.
const MEDIAN_FLOOR: Duration = Duration::from_millis(1);
/// All but one in twenty answers come within this: longer means that somebody else had many turns in between.
const MOST_MAX: Duration = Duration::from_millis(250);
/// Time until all that attackers held has gone.
const RECOVERY_SECONDS_MAX: u64 = 10;
/// Time in which attackers have to get going.
const BEGIN_SECONDS_MAX: u64 = 20;
/// Between two looks at whether they have.
const LOOK_AGAIN: Duration = Duration::from_millis(10);
/// How long an attack lasts at least.
const ATTACK_SECONDS: Duration = Duration::from_secs(3);
/// How long the client is measured meanwhile at least.
const MEASURING_MIN: Duration = Duration::from_secs(1);
/// Measurements of the client before the attack, and as many afterwards.
const CALM_MEASUREMENTS: usize = 2;
/// Attempts at a measurement on a machine that does other things too.
const ROUNDS_MAX: usize = 3;

/// One attack at a time: they would measure each other.
static ALONE: Mutex<()> = Mutex::new(());

/// During the attack the median of a client that behaves is at most doubled.
///
/// Program, attackers and client share the machine, so the processor time that attackers need would be measured as waiting, which it is not
/// where attackers have machines of their own. Hence they only get what nobody else wants ([`Attackers::stand_back`]), and what is left is
/// the program's: the work that it does for them, and what stands in its queues before the client's. The median without attackers is taken
/// before and after them, since what other tests do changes meanwhile.
fn withstands(name: &str, attack: impl Fn(&Binary, &str) -> Attack) {
    best_of_rounds(name, || {
        let (without, during) = round(name, &attack)?;
        turn_comes(during)?;
        stays_quick(without, during)
    });
}

/// The attack takes all the processors there are by doing what everybody may; a client that behaves still gets its turn.
fn gives_turns(name: &str, attack: impl Fn(&Binary, &str) -> Attack) {
    best_of_rounds(name, || turn_comes(round(name, &attack)?.1));
}

/// What else the machine does can only make a measurement worse: once is bad luck, each time is a fault.
fn best_of_rounds(name: &str, measure: impl Fn() -> Result<(), String>) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut errors = Vec::new();
    while let Err(error) = measure() {
        errors.push(error);
        assert!(errors.len() < ROUNDS_MAX, "{name}: {}", errors.join(", and again: "));
    }
}

/// One attack on a program of its own: how long its admin, whose requests don't run out, waits without and during it. Memory, threads, sockets
/// and the log are judged here: no other load on the machine excuses them.
fn round(name: &str, attack: &impl Fn(&Binary, &str) -> Attack) -> Result<(Waits, Waits), String> {
    let binary = Binary::start();
    let plan = binary.beside(&["tenant", "plan", "default", "enterprise", "--per-minute", "none", "--per-day", "none"]);
    assert!(plan.exit.unwrap().success(), "{plan:?}");
    let token = binary.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD).unwrap();
    let costs = Costs::of(binary.process.id());
    let attack = attack(&binary, &token);
    let mut victim = Victim::new(&binary, &token);
    let (mut without, mut during) = (Times::default(), Times::default());
    for _ in 0..CALM_MEASUREMENTS {
        victim.measure(&mut without, || ()).map_err(|error| format!("before: {error}"))?;
    }
    let (sockets, threads) = (costs.sockets(), costs.threads());

    let attackers = Attackers::start(&attack, binary.address);
    let places = u64::from(attack.addresses) * attack.connections as u64;
    let begun = Instant::now();
    while attackers.begun() < places || begun.elapsed() < Duration::from_secs(1) {
        assert!(begun.elapsed().as_secs() < BEGIN_SECONDS_MAX, "{name}: only {} of {places} began", attackers.begun());
        std::thread::park_timeout(LOOK_AGAIN);
    }
    attackers.stand_back();
    let (mut memory, mut sockets_max, mut threads_max) = (0, 0, 0);
    let mut look = || {
        memory = memory.max(costs.memory());
        (sockets_max, threads_max) = (sockets_max.max(costs.sockets()), threads_max.max(costs.threads()));
    };
    let (measuring, spent) = (Instant::now(), costs.processor_time());
    while begun.elapsed() < ATTACK_SECONDS || measuring.elapsed() < MEASURING_MIN {
        victim.measure(&mut during, &mut look).map_err(|error| format!("during: {error}"))?;
    }
    let processor = (costs.processor_time() - spent) as f64 / measuring.elapsed().as_secs_f64();
    let strikes = attackers.begun();
    drop(attackers);

    costs.wait_for_sockets(sockets, RECOVERY_SECONDS_MAX);
    let high_water = costs.memory_high_water();
    for _ in 0..CALM_MEASUREMENTS {
        victim.measure(&mut without, || ()).map_err(|error| format!("afterwards: {error}"))?;
    }
    let (without, during) = (without.waits(), during.waits());
    println!(
        "{name}: {without:?} before and after, {during:?} during, {processor:.0} % of a processor, {memory} KiB ({high_water} at most), \
         {sockets_max} sockets ({sockets} before), {threads_max} threads ({threads} before), {strikes} connections"
    );
    let log = binary.process.output().stderr;
    // Being busy is no fault.
    let faults: Vec<&str> =
        log.lines().filter(|line| line.contains("panicked") || line.contains("ERROR") && !line.contains("status=503")).collect();
    assert!(faults.is_empty(), "{name}: {faults:#?}");
    assert_eq!(costs.threads(), threads, "{name}: threads afterwards");
    assert!(high_water < MEMORY_KIB_MAX, "{name}: {high_water} KiB of memory");
    Ok((without, during))
}

fn turn_comes(during: Waits) -> Result<(), String> {
    if during.most > MOST_MAX { Err(format!("one in twenty took more than {:?}", during.most)) } else { Ok(()) }
}

fn stays_quick(without: Waits, during: Waits) -> Result<(), String> {
    for (what, without, during) in
        [("healthz", without.health, during.health), ("with a credential", without.authenticated, during.authenticated)]
    {
        if during > (without * MEDIAN_FACTOR).max(MEDIAN_FLOOR) {
            return Err(format!("{what}: a median of {during:?}, {without:?} without the attack"));
        }
    }
    Ok(())
}

/// Devices enough for a list of some megabytes.
fn store_devices(binary: &Binary, token: &str) {
    for number in 0..DEVICES {
        let custom: String = (0..DEVICE_BYTES / 16)
            .map(|word| format!("{:016x}", word.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_mul(number + 1)))
            .collect();
        let report = json!({"device_name": "Laptop", "serial_number": format!("S-{number}"), "device_type": "laptop", "os_type": "linux",
            "os_version": "13", "custom": {"noise": custom}});
        let answer = binary.send(&post("/v1/devices/report", &report).with_bearer(token));
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
}

/// Devices on file, and bytes of each: eight megabytes in all.
const DEVICES: usize = 16;
const DEVICE_BYTES: usize = 512 * 1024;

fn get(target: &str) -> Vec<u8> {
    format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n").into_bytes()
}

fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A report of which this is the packed body.
fn packed_report(token: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST /v1/devices/report HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Content-Encoding: gzip\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

#[test]
fn five_hundred_slow_heads() {
    withstands("500 slow heads", |_, _| Attack::of(25, 20, Strike::Drip(b"GET / HTTP/1.1\r\nHost: a\r\nX-".to_vec())));
}

#[test]
fn five_hundred_slow_bodies() {
    let head = b"POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 8000\r\n\r\n{".to_vec();
    withstands("500 slow bodies", |_, _| Attack::of(25, 20, Strike::Drip(head.clone())));
}

#[test]
fn a_thousand_silent_connections() {
    withstands("1000 silent connections", |_, _| Attack::of(100, 10, Strike::Silence));
}

#[test]
fn a_hundred_thousand_requests_whose_answers_nobody_reads() {
    withstands("pipelined and never read", |_, _| Attack::of(30, 10, Strike::NeverRead { request: get("/openapi.json"), times: 100_000 }));
}

#[test]
fn floods_of_requests() {
    let strikes =
        ["/nothing", "/healthz", "/v1/devices", "/openapi.json"].map(|target| Strike::Flood { request: get(target), times: 100_000 });
    gives_turns("request flood", |_, _| Attack { strikes: strikes.to_vec(), ..Attack::of(10, 10, Strike::Silence) });
}

#[test]
fn large_lists_that_nobody_reads() {
    gives_turns("large lists never read", |binary, token| {
        store_devices(binary, token);
        let request = format!("GET /v1/devices?limit=100 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\r\n");
        Attack::of(30, 10, Strike::NeverRead { request: request.into_bytes(), times: 1_000 })
    });
}

#[test]
fn ten_thousand_header_fields() {
    let fields: String = (0..10_000).map(|number| format!("X-{number}: y\r\n")).collect();
    let head = format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n").into_bytes();
    withstands("10,000 fields", |_, _| Attack::of(10, 10, Strike::Ask(head.clone())));
}

#[test]
fn heads_of_a_gigabyte() {
    withstands("1 GB heads", |_, _| Attack::of(10, 10, Strike::Gigabyte(b"GET / HTTP/1.1\r\nHost: a\r\nX: ".to_vec())));
}

#[test]
fn bodies_of_a_gigabyte() {
    withstands("1 GB bodies", |_, token| {
        let head = |framing: &str| {
            let head = format!("POST /v1/devices/report HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n{framing}\r\n\r\n");
            Strike::Gigabyte(head.into_bytes())
        };
        let strikes = vec![
            head("Content-Length: 1000000000"),
            head("Transfer-Encoding: chunked\r\n\r\n40000000"),
            // Nobody wants this one, and the whole of its limit is read before that is known.
            head("Content-Length: 1048576"),
        ];
        Attack { strikes, ..Attack::of(10, 10, Strike::Silence) }
    });
}

#[test]
fn gzip_bombs() {
    let bomb = pack(&vec![b' '; 64 * 1024 * 1024]);
    let nested = pack(format!("{{\"custom\":{}", "[".repeat(1_000_000)).as_bytes());
    withstands("gzip bombs", |_, token| {
        let strikes = [&bomb, &nested].map(|body| Strike::Ask(packed_report(token, body)));
        Attack { strikes: strikes.to_vec(), ..Attack::of(10, 10, Strike::Silence) }
    });
}

#[test]
fn broken_tls() {
    let noise: Vec<u8> = (0..4096_u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let record = |kind: u8, body: &[u8]| [&[kind, 3, 3, (body.len() >> 8) as u8, body.len() as u8], body].concat();
    let strikes = vec![
        Strike::Raw(noise.clone()),
        Strike::Raw(get("/")),
        // T10: an alert to say goodbye, before anything was said.
        Strike::Raw(vec![0x15, 3, 3, 0, 2, 1, 0]),
        Strike::Raw(record(0x16, &noise[..200])),
        Strike::Raw(record(0x16, &[1, 0xff, 0xff, 0xff])),
        Strike::Raw(record(0x17, &noise[..100])),
        // Records without content.
        Strike::Raw(record(0x16, b"").repeat(1000)),
        Strike::RawAfterHandshake(record(0x17, &noise)),
        Strike::RawAfterHandshake([0x15, 3, 3, 0, 2, 1, 0].repeat(100)),
        Strike::HalfHandshake,
        Strike::Silence,
    ];
    withstands("broken TLS", |_, _| Attack { strikes: strikes.clone(), ..Attack::of(20, 10, Strike::Silence) });
}

#[test]
fn a_flood_of_handshakes() {
    withstands("handshake flood", |_, _| Attack { pause: Duration::from_millis(20), ..Attack::of(10, 4, Strike::Handshake) });
}
