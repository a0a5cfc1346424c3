//! Remote login: SSH, remote desktop or VNC that others can reach.

use super::context::Context;

/// SSH, RDP, VNC.
const PORTS: &[u16] = &[22, 3389, 5900];
const UNITS: &[&str] = &["ssh.service", "sshd.service", "ssh.socket", "sshd.socket", "xrdp.service"];
const PROCESSES: &[&str] = &["sshd", "dropbear", "xrdp", "x11vnc", "vino-server", "Xvnc"];

/// True for a service of the list or a listener that is not loopback; false when all listeners could be seen and there is none.
pub(super) fn remote_login_enabled(context: &Context) -> Option<bool> {
    let tcp4 = context.system.read("/proc/net/tcp").map(|text| listens(&text));
    let tcp6 = context.system.read("/proc/net/tcp6").map(|text| listens(&text));
    let by_service = UNITS.iter().any(|unit| context.units.active(unit)) || PROCESSES.iter().any(|name| context.runs(name));
    if by_service || tcp4 == Some(true) || tcp6 == Some(true) {
        return Some(true);
    }
    // Without IPv6 the second file does not exist.
    tcp4.map(|_| false)
}

/// Whether a `/proc/net/tcp` or `tcp6` has a listener (state 0A) on one of [`PORTS`] that others can reach.
fn listens(text: &str) -> bool {
    text.lines().skip(1).any(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let local = words.get(1).and_then(|local| local.split_once(':'));
        let Some((address, port)) = local else { return false };
        let port = u16::from_str_radix(port, 16).unwrap_or(0);
        words.get(3) == Some(&"0A") && PORTS.contains(&port) && !is_loopback(address)
    })
}

/// Addresses are written in words of four bytes, each in the machine's (little-endian) order.
fn is_loopback(address: &str) -> bool {
    match address.len() {
        8 => address.ends_with("7F"),
        32 => address == "00000000000000000000000001000000" || (address.starts_with("0000000000000000FFFF0000") && address.ends_with("7F")),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::testing::Machine;

    const HEAD: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

    fn tcp(local: &str, state: &str) -> String {
        format!("{HEAD}   0: {local} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000     0        0 19542 1 0 100 0 0 10 0\n")
    }

    #[track_caller]
    fn check(machine: Machine, expected: Option<bool>) {
        assert_eq!(remote_login_enabled(&Context::new(&machine.system())), expected);
    }

    #[test]
    fn listeners_count_unless_they_are_loopback_or_something_else() {
        for local in ["00000000:0016", "0500000A:0D3D", "00000000:170C"] {
            assert!(listens(&tcp(local, "0A")), "{local}");
        }
        for (local, state) in [("0100007F:0016", "0A"), ("00000000:01BB", "0A"), ("0500000A:0016", "01")] {
            assert!(!listens(&tcp(local, state)), "{local} {state}");
        }
        assert!(listens(&tcp("00000000000000000000000000000000:0016", "0A")));
        assert!(!listens(&tcp("00000000000000000000000001000000:0016", "0A")));
        assert!(!listens(&tcp("0000000000000000FFFF00000100007F:0016", "0A")));
    }

    #[test]
    fn a_service_or_a_process_counts_on_any_port() {
        check(Machine::new().file("/proc/net/tcp", HEAD).unit("ssh.socket loaded active enabled"), Some(true));
        check(Machine::new().file("/proc/net/tcp", HEAD).process(0, "sshd", "/usr/sbin/sshd"), Some(true));
        check(Machine::new().file("/proc/net/tcp", HEAD).systemd(), Some(false));
        check(Machine::new(), None);
    }
}
