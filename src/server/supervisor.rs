//! What systemd is told (sd_notify): ready, stopping, reloading, alive. Without `NOTIFY_SOCKET` nothing is done.

use std::ffi::OsStr;
use std::time::Duration;

/// The way to the supervisor, if there is one.
pub(super) struct Supervisor {
    #[cfg(unix)]
    socket: Option<(std::os::unix::net::UnixDatagram, std::os::unix::net::SocketAddr)>,
    watchdog_interval: Option<Duration>,
}

impl Supervisor {
    /// Reads `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID`.
    pub fn from_environment() -> Supervisor {
        let variable = |name: &str| std::env::var(name).ok();
        let watchdog_interval = watchdog_interval(variable("WATCHDOG_USEC").as_deref(), variable("WATCHDOG_PID").as_deref());
        Supervisor::new(std::env::var_os("NOTIFY_SOCKET").as_deref(), watchdog_interval)
    }

    fn new(notify_socket: Option<&OsStr>, watchdog_interval: Option<Duration>) -> Supervisor {
        Supervisor {
            #[cfg(unix)]
            socket: notify_socket.and_then(|name| {
                let address = unix::address(name).inspect_err(|error| tracing::warn!(%error, "NOTIFY_SOCKET is of no use")).ok()?;
                Some((std::os::unix::net::UnixDatagram::unbound().ok()?, address))
            }),
            watchdog_interval,
        }
    }

    /// How often to say [`Supervisor::alive`]: half of what the supervisor waits.
    pub fn watchdog_interval(&self) -> Option<Duration> {
        self.watchdog_interval
    }

    /// The server answers.
    pub fn ready(&self) {
        self.send("READY=1");
    }

    /// The server is about to end.
    pub fn stopping(&self) {
        self.send("STOPPING=1");
    }

    /// The server works.
    pub fn alive(&self) {
        self.send("WATCHDOG=1");
    }

    /// A reload begins; [`Supervisor::ready`] ends it.
    pub fn reloading(&self) {
        match monotonic_microseconds() {
            Some(now) => self.send(&format!("RELOADING=1\nMONOTONIC_USEC={now}")),
            None => self.send("RELOADING=1"),
        }
    }

    fn send(&self, message: &str) {
        #[cfg(unix)]
        if let Some((socket, address)) = &self.socket
            && let Err(error) = socket.send_to_addr(message.as_bytes(), address)
        {
            tracing::warn!(%error, message, "can't notify the supervisor");
        }
        #[cfg(not(unix))]
        let _ = message;
    }
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::io;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::net::SocketAddr;

    /// A path, or after `@` a name in the abstract namespace.
    pub fn address(name: &OsStr) -> io::Result<SocketAddr> {
        match name.as_bytes() {
            [b'@', name @ ..] => abstract_address(name),
            _ => SocketAddr::from_pathname(name),
        }
    }

    #[cfg(target_os = "linux")]
    fn abstract_address(name: &[u8]) -> io::Result<SocketAddr> {
        use std::os::linux::net::SocketAddrExt;
        SocketAddr::from_abstract_name(name)
    }

    #[cfg(not(target_os = "linux"))]
    fn abstract_address(_name: &[u8]) -> io::Result<SocketAddr> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

fn watchdog_interval(microseconds: Option<&str>, process: Option<&str>) -> Option<Duration> {
    let is_ours = process.is_none_or(|process| process == std::process::id().to_string());
    let microseconds: u64 = microseconds?.parse().ok()?;
    (is_ours && microseconds >= 2).then(|| Duration::from_micros(microseconds / 2))
}

/// systemd takes a reload for answered only if its time is not before the signal's. The kernel shows its clock in hundredths of a second,
/// cut off, so the next hundredth is sent. (The clock shown also counts sleep, so it is never behind the one that systemd reads.)
fn monotonic_microseconds() -> Option<u64> {
    let uptime = std::fs::read_to_string("/proc/uptime").ok()?;
    let (seconds, hundredths) = uptime.split_whitespace().next()?.split_once('.')?;
    let hundredths = seconds.parse::<u64>().ok()? * 100 + hundredths.parse::<u64>().ok()?;
    Some((hundredths + 1) * 10_000)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::{SocketAddr, UnixDatagram};

    use super::*;

    fn received(socket: &UnixDatagram) -> String {
        let mut buffer = [0; 256];
        let length = socket.recv(&mut buffer).unwrap();
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    }

    #[test]
    fn messages_reach_a_socket_in_a_folder_and_an_abstract_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        let supervisor = Supervisor::new(Some(path.as_os_str()), None);
        supervisor.ready();
        supervisor.reloading();
        assert_eq!(received(&socket), "READY=1");
        let reloading = received(&socket);
        let microseconds = reloading.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").unwrap();
        assert!(microseconds.parse::<u64>().unwrap() > 0);

        let name = format!("recoger-test-{}", std::process::id());
        let socket = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        Supervisor::new(Some(OsStr::new(&format!("@{name}"))), None).stopping();
        assert_eq!(received(&socket), "STOPPING=1");
    }

    #[test]
    fn the_watchdog_is_fed_at_half_its_time_if_it_is_meant_for_this_process() {
        let own = std::process::id().to_string();
        assert_eq!(watchdog_interval(Some("10000000"), Some(&own)), Some(Duration::from_secs(5)));
        assert_eq!(watchdog_interval(Some("10000000"), None), Some(Duration::from_secs(5)));
        assert_eq!(watchdog_interval(Some("10000000"), Some("1")), None);
        assert_eq!(watchdog_interval(None, None), None);
        assert_eq!(watchdog_interval(Some("0"), None), None);
    }
}
