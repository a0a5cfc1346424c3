//! A model of machine: its serial numbers, network addresses and `hardware` section.

use serde_json::{Map, Value, json};

use super::dice::Dice;
use crate::domain::device::DeviceType;

const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ0123456789";
const HEX: &[u8] = b"0123456789abcdef";

/// A machine as its maker sells it.
pub(super) struct Model {
    pub(super) maker: &'static str,
    pub(super) name: &'static str,
    pub(super) kind: DeviceType,
    pub(super) architecture: &'static str,
    pub(super) processor: &'static str,
    pub(super) processor_count: u8,
    pub(super) memory_gib: u64,
    pub(super) disk: &'static str,
    pub(super) disk_name: &'static str,
    pub(super) disk_bytes: u64,
    /// How its serial numbers begin: each says DEMO where the maker's would not.
    pub(super) serial: &'static str,
    pub(super) serial_rest: usize,
    /// How its network addresses begin; the second digit marks them as locally administered.
    pub(super) mac: &'static str,
}

impl Model {
    /// The serial number of the one called `name`.
    pub(super) fn serial_number(&self, name: &str) -> String {
        let alphabet = if self.maker.starts_with("Raspberry") { HEX } else { LETTERS };
        format!("{}{}", self.serial, Dice::of("serial", name, 0).text(alphabet, self.serial_rest))
    }

    /// Its network address.
    pub(super) fn mac(&self, name: &str) -> String {
        let mut dice = Dice::of("mac", name, 0);
        (0..3).fold(self.mac.to_owned(), |mac, _| format!("{mac}:{}", dice.text(HEX, 2)))
    }

    /// The `hardware` section; `kernel` only where the system reports one.
    pub(super) fn hardware(&self, kernel: Option<String>) -> Map<String, Value> {
        let mut hardware = Map::new();
        let mut add = |key: &str, value: Value| drop(hardware.insert(key.to_owned(), value));
        add("manufacturer", json!(self.maker));
        add("model", json!(self.name));
        add("architecture", json!(self.architecture));
        add("processor", json!(self.processor));
        add("processor_count", json!(self.processor_count));
        add("memory_bytes", json!(self.memory_gib << 30));
        add("disks", json!([{"name": self.disk_name, "model": self.disk, "size_bytes": self.disk_bytes, "removable": false}]));
        if let Some(kernel) = kernel {
            add("kernel", json!(kernel));
        }
        hardware
    }
}
