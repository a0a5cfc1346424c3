//! Bare SQLite: the rows that a report reads and writes, in the same file with the same pragmas, by one thread, without anything around it.
//!
//! For each report: the device by serial number (all columns), its sections (all rows), an UPDATE of the device, one UPDATE of its
//! sections; where software changes also an INSERT of the packed text, one into history and an UPDATE of the section. A transaction holds
//! as many reports as the load has connections. No JSON, hash, packing, verdict or answer; everything is bound from memory.

use std::io::Write;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use rusqlite::{Connection, params};
use tempfile::TempDir;

use crate::appliance::data;
use crate::stock::{Stock, serial_number};

const FIND: &str = "SELECT * FROM device WHERE serial_number = ?1 AND tenant_id = ?2 AND retired_at IS NULL";
const SECTIONS: &str = "SELECT * FROM present_section WHERE device_id = ?1";
const SEEN: &str = "UPDATE device SET last_seen = ?2, present_since = ?3, collected_at = ?2 WHERE id = ?1";
const TEXT: &str = "INSERT INTO section_data (data, deflated) VALUES (?1, 1)";
const PAST: &str = "INSERT OR REPLACE INTO device_section_past (device_id, data_type, since, recorded_at, data_id, hash, source, until,
        confirmed_until, received_at, closed_at, late)
    SELECT device_id, data_type, since, recorded_at, data_id, hash, source, ?2, confirmed_until, received_at, ?2, late
    FROM present_section WHERE device_id = ?1 AND data_type = 'software'";
const CHANGE: &str =
    "UPDATE device_section SET data_id = ?2, hash = ?3, since = ?4, recorded_at = ?4, confirmed_until = ?4, received_at = ?4
    WHERE device_id = ?1 AND data_type = 'software'";

/// Reports per second, `batch` of them in each transaction, on the file in `folder`, a copy of that of `stock`.
pub fn rate(stock: &Stock, folder: &TempDir, devices: usize, batch: usize, changing: bool, time: Duration) -> f64 {
    let connection = Connection::open(data(folder.path())).unwrap();
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = FAST; PRAGMA foreign_keys = ON;
             PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA cache_size = -8192;",
        )
        .unwrap();
    let tenant_id: String = connection.query_row("SELECT id FROM tenant", [], |row| row.get(0)).unwrap();
    let serials: Vec<String> = (0..devices).map(serial_number).collect();
    let texts: Vec<Vec<u8>> = (0..devices).map(|device| packed(&stock.software(device, device as u64))).collect();
    let mut seconds: i64 = connection.query_row("SELECT max(last_seen) FROM device", [], |row| row.get(0)).unwrap();
    let (begun, mut done) = (Instant::now(), 0_usize);
    while begun.elapsed() < time {
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        for _ in 0..batch {
            let device = done.wrapping_mul(7_919) % devices;
            // Once round all devices takes the appliance more than a second, too.
            seconds += i64::from(done.is_multiple_of(devices));
            report(&connection, &tenant_id, &serials[device], changing.then_some(texts[device].as_slice()), seconds);
            done += 1;
        }
        connection.execute_batch("COMMIT").unwrap();
    }
    done as f64 / begun.elapsed().as_secs_f64()
}

fn report(connection: &Connection, tenant_id: &str, serial: &str, software: Option<&[u8]>, now: i64) {
    let prepare = |sql| connection.prepare_cached(sql).unwrap();
    let id: String = prepare(FIND).query_row([serial, tenant_id], |row| row.get(0)).unwrap();
    let sections = prepare(SECTIONS).query_map([&id], |row| row.get::<_, String>(0)).unwrap().count();
    assert_eq!(sections, 3);
    prepare(SEEN).execute(params![id, now, now]).unwrap();
    if let Some(text) = software {
        prepare(TEXT).execute([text]).unwrap();
        let data_id = connection.last_insert_rowid();
        prepare(PAST).execute(params![id, now]).unwrap();
        // As random as a hash, so that no page packs better than the appliance's.
        let hash: Vec<u8> =
            (0..32).map(|place| (data_id.wrapping_mul(0x9E37_79B9_7F4A_7C15_u64 as i64) >> (place % 8 * 8)) as u8).collect();
        prepare(CHANGE).execute(params![id, data_id, hash, now]).unwrap();
    }
}

fn packed(json: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(json).unwrap();
    encoder.finish().unwrap()
}
