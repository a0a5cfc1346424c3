//! When each section was last confirmed, and when that came in: against a naive model, over many reports in any order.

use std::collections::BTreeMap;

use serde_json::json;

use super::support::*;
use crate::domain::device::DataType;
use crate::domain::time::Time;
use crate::store::sections;

/// Content, and the two times.
type Known = BTreeMap<&'static str, (u64, Time, Time)>;

/// Numbers that look random and are the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

#[test]
fn sections_are_confirmed_when_they_were_said_whatever_order_reports_come_in() {
    for seed in 0..40 {
        let (scene, mut numbers, mut known, mut id) = (Scene::new(), Numbers(seed), Known::new(), None);
        let mut now = days(3);
        for number in 0..40 {
            // Often within the same second; now and then after a gap of more than a day.
            now = now.plus_seconds([0, 0, 1, 60, 3_600, 100_000][numbers.below(6) as usize]);
            let collected_at = now.plus_seconds(-([0, 0, 0, 1, 7_200, 90_000][numbers.below(6) as usize]));
            let mut made = collected(collected_at, report());
            made.sections.clear();
            for data_type in [DataType::Security, DataType::Software, DataType::Network] {
                if number > 0 && numbers.below(4) == 0 {
                    continue;
                }
                let (content, earlier) = (u64::from(numbers.below(5) == 0), [0, 0, 0, 30][numbers.below(4) as usize]);
                let said_at = collected_at.plus_seconds(-earlier);
                let mut section = json!({"password_manager": content == 1, "items": [], "note": content});
                if earlier > 0 {
                    section["collected_at"] = json!(said_at.to_string());
                }
                made = with_section(made, data_type, section);
                say(&mut known, data_type.as_str(), content, said_at, now);
            }
            let device = scene.report(now, made);
            let id = id.get_or_insert(device.id);
            assert_eq!(times(&scene, id, now), known, "seed {seed}, report {number}");
        }
    }
}

/// What a section says counts if it is not older than what is known.
fn say(known: &mut Known, data_type: &'static str, content: u64, said_at: Time, now: Time) {
    let news = known
        .get(data_type)
        .is_none_or(|(before, confirmed_until, _)| said_at > *confirmed_until || (said_at == *confirmed_until && content != *before));
    if news {
        known.insert(data_type, (content, said_at, now));
    }
}

fn times(scene: &Scene, id: &str, now: Time) -> Known {
    scene.read(now, |tx| {
        let contents = sections::all(tx, id)?.into_iter().map(|section| {
            let content: serde_json::Value = serde_json::from_str(&section.json).unwrap();
            (section.data_type.as_str(), content["note"].as_u64().unwrap())
        });
        let contents: BTreeMap<_, _> = contents.collect();
        let mut statement =
            tx.connection.prepare("SELECT data_type, confirmed_until, received_at FROM present_section WHERE device_id = ?1")?;
        let rows = statement.query_map([id], |row| Ok((row.get::<_, String>(0)?, Time(row.get(1)?), Time(row.get(2)?))))?;
        let rows = rows.map(|row| {
            let (data_type, confirmed_until, received_at) = row.unwrap();
            let (name, content) = contents.get_key_value(data_type.as_str()).unwrap();
            (*name, (*content, confirmed_until, received_at))
        });
        Ok(rows.collect())
    })
}
