//! The models of the invented machines.

use super::model::Model;
use crate::domain::device::DeviceType;

const APPLE: Model = Model {
    maker: "Apple Inc.",
    name: "MacBook Pro (14-inch, M3 Pro)",
    kind: DeviceType::Laptop,
    architecture: "arm64",
    processor: "Apple M3 Pro",
    processor_count: 11,
    memory_gib: 18,
    disk: "APPLE SSD AP0512Z",
    disk_name: "disk0",
    disk_bytes: 500_277_792_768,
    serial: "DEMO",
    serial_rest: 6,
    mac: "b2:4f:13",
};
pub(super) const MACBOOK_PRO: Model = APPLE;
pub(super) const MACBOOK_PRO_M4: Model =
    Model { name: "MacBook Pro (14-inch, M4)", processor: "Apple M4", processor_count: 10, memory_gib: 24, ..APPLE };
pub(super) const MACBOOK_AIR: Model = Model {
    name: "MacBook Air (13-inch, M2)",
    processor: "Apple M2",
    processor_count: 8,
    memory_gib: 16,
    disk: "APPLE SSD AP0256Z",
    disk_bytes: 251_000_193_024,
    ..APPLE
};
pub(super) const MAC_MINI: Model =
    Model { name: "Mac mini (M2)", kind: DeviceType::Desktop, processor: "Apple M2", processor_count: 8, memory_gib: 16, ..APPLE };
pub(super) const IMAC_2017: Model = Model {
    name: "iMac (Retina 5K, 27-inch, 2017)",
    kind: DeviceType::Desktop,
    architecture: "x86_64",
    processor: "Intel(R) Core(TM) i5-7600 CPU @ 3.50GHz",
    processor_count: 4,
    memory_gib: 16,
    disk: "APPLE SSD SM0512L",
    ..APPLE
};

const LENOVO: Model = Model {
    maker: "LENOVO",
    name: "ThinkPad T14 Gen 4 (21HD)",
    kind: DeviceType::Laptop,
    architecture: "x86_64",
    processor: "13th Gen Intel(R) Core(TM) i7-1355U",
    processor_count: 12,
    memory_gib: 32,
    disk: "SAMSUNG MZVL2512HCJQ-00BL7",
    disk_name: "nvme0n1",
    disk_bytes: 512_110_190_592,
    serial: "PFDEMO",
    serial_rest: 4,
    mac: "a6:c3:f0",
};
pub(super) const THINKPAD_T14: Model = LENOVO;
pub(super) const THINKPAD_X1: Model = Model {
    name: "ThinkPad X1 Carbon Gen 12 (21KC)",
    processor: "Intel(R) Core(TM) Ultra 7 155U",
    processor_count: 14,
    disk: "WD PC SN8000S SDEPNRK-1T00",
    disk_bytes: 1_024_209_543_168,
    ..LENOVO
};
pub(super) const LATITUDE: Model = Model {
    maker: "Dell Inc.",
    name: "Latitude 5440",
    processor: "13th Gen Intel(R) Core(TM) i5-1345U",
    memory_gib: 16,
    disk: "KIOXIA KBG50ZNS512G",
    serial: "DEMO",
    serial_rest: 3,
    mac: "c6:d6:d3",
    ..LENOVO
};
pub(super) const OPTIPLEX: Model = Model {
    name: "OptiPlex 7010 SFF",
    kind: DeviceType::Desktop,
    processor: "13th Gen Intel(R) Core(TM) i5-13500",
    processor_count: 20,
    mac: "c6:d6:d4",
    ..LATITUDE
};
pub(super) const PRECISION: Model = Model {
    name: "Precision 3660 Tower",
    kind: DeviceType::Desktop,
    processor: "13th Gen Intel(R) Core(TM) i9-13900",
    processor_count: 32,
    memory_gib: 64,
    mac: "c6:d6:d5",
    ..LATITUDE
};
pub(super) const LAB_PC: Model = Model {
    name: "OptiPlex 5050",
    kind: DeviceType::Desktop,
    processor: "Intel(R) Core(TM) i5-6500 CPU @ 3.20GHz",
    processor_count: 4,
    memory_gib: 8,
    disk: "WDC WD5000AAKX-75U6AA0",
    disk_bytes: 500_107_862_016,
    ..LATITUDE
};
pub(super) const ELITEBOOK: Model = Model {
    maker: "HP",
    name: "HP EliteBook 840 14 inch G10",
    processor: "13th Gen Intel(R) Core(TM) i5-1335U",
    memory_gib: 16,
    disk: "Micron MTFDKBA512TFK",
    serial: "5CDEMO",
    mac: "3a:22:e2",
    ..LENOVO
};
pub(super) const FRAMEWORK: Model = Model {
    maker: "Framework",
    name: "Laptop 13 (AMD Ryzen 7040Series)",
    processor: "AMD Ryzen 7 7840U w/ Radeon 780M Graphics",
    processor_count: 16,
    memory_gib: 64,
    disk: "WD_BLACK SN770 1TB",
    disk_bytes: 1_000_204_886_016,
    serial: "FRANDEMO",
    serial_rest: 8,
    mac: "e6:3a:6e",
    ..LENOVO
};
const SERVER: Model = Model {
    maker: "HPE",
    name: "ProLiant MicroServer Gen10 Plus",
    kind: DeviceType::Server,
    processor: "Intel(R) Xeon(R) E-2224 CPU @ 3.40GHz",
    processor_count: 4,
    memory_gib: 32,
    disk: "ST4000NM000A-2HZ",
    disk_name: "sda",
    disk_bytes: 4_000_787_030_016,
    serial: "CZDEMO",
    mac: "96:40:c9",
    ..LENOVO
};
pub(super) const MICROSERVER: Model = SERVER;
pub(super) const POWEREDGE: Model = Model {
    maker: "Dell Inc.",
    name: "PowerEdge R350",
    processor: "Intel(R) Xeon(R) E-2378 CPU @ 2.60GHz",
    processor_count: 16,
    memory_gib: 128,
    disk: "SSDSC2KB960G8R",
    disk_bytes: 960_197_124_096,
    serial: "DEMO",
    serial_rest: 3,
    mac: "d2:8e:79",
    ..SERVER
};
pub(super) const RASPBERRY_PI: Model = Model {
    maker: "Raspberry Pi Ltd",
    name: "Raspberry Pi 5 Model B Rev 1.0",
    kind: DeviceType::Other,
    architecture: "aarch64",
    processor: "Cortex-A76",
    processor_count: 4,
    memory_gib: 8,
    disk: "SD64G",
    disk_name: "mmcblk0",
    disk_bytes: 62_534_975_488,
    serial: "10000000de30",
    serial_rest: 4,
    mac: "2e:cf:67",
};
