//! What the program costs while it runs, as the kernel counts it.

use std::fs;
use std::time::{Duration, Instant};

/// The kernel's pages about one process.
pub struct Costs(u32);

impl Costs {
    /// Those of the process with this id.
    pub fn of(process: u32) -> Costs {
        Costs(process)
    }

    /// Memory in use, KiB.
    pub fn memory(&self) -> u64 {
        self.status("VmRSS:")
    }

    /// The most memory that was ever in use, KiB.
    pub fn memory_high_water(&self) -> u64 {
        self.status("VmHWM:")
    }

    /// Threads.
    pub fn threads(&self) -> u64 {
        self.status("Threads:")
    }

    /// Open sockets.
    pub fn sockets(&self) -> u64 {
        let descriptors = fs::read_dir(format!("/proc/{}/fd", self.0)).unwrap().flatten();
        let links = descriptors.filter_map(|descriptor| fs::read_link(descriptor.path()).ok());
        links.filter(|target| target.to_string_lossy().starts_with("socket:")).count() as u64
    }

    /// Processor time so far, hundredths of a second.
    pub fn processor_time(&self) -> u64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0)).unwrap();
        // The name, in parentheses, may hold blanks; time in user and kernel mode are the 14th and 15th field.
        let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    }

    /// Waits until no more than these sockets are open.
    #[track_caller]
    pub fn wait_for_sockets(&self, sockets_max: u64, seconds_max: u64) {
        let deadline = Instant::now() + Duration::from_secs(seconds_max);
        while self.sockets() > sockets_max {
            assert!(Instant::now() < deadline, "{} sockets are still open, {sockets_max} should be", self.sockets());
            std::thread::park_timeout(Duration::from_millis(10));
        }
    }

    fn status(&self, name: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0)).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    }
}

#[test]
fn this_very_process_is_counted() {
    let costs = Costs::of(std::process::id());
    let before = costs.sockets();
    let _listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    assert!(costs.sockets() > before);
    // In this order: it may grow in between.
    let (memory, high_water) = (costs.memory(), costs.memory_high_water());
    assert!(costs.threads() > 1 && memory > 1_000 && high_water >= memory, "{memory} {high_water}");
    let (begun, spent) = (Instant::now(), costs.processor_time());
    while costs.processor_time() == spent {
        assert!(begun.elapsed() < Duration::from_secs(10));
    }
}
