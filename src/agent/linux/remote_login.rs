//! Remote login: SSH, remote desktop or VNC that others can reach.
//!
//! What counts is a listener that is not bound to the loopback: on one of the known ports, or held by one of the known servers on any
//! port. A server that listens for the machine itself only is none.

use std::collections::BTreeSet;

use super::context::{Context, Process};

/// SSH, telnet, RDP, VNC.
const PORTS: &[u16] = &[22, 23, 3389, 5900];
const SERVICES: &[&str] = &["ssh.service", "sshd.service", "dropbear.service", "xrdp.service"];
/// Sockets by which systemd listens and starts the server for each connection.
const SOCKETS: &[&str] = &["ssh.socket", "sshd.socket", "dropbear.socket"];
/// Names as the kernel cuts them.
const SERVERS: &[&str] = &[
    "sshd",
    "dropbear",
    "telnetd",
    "xrdp",
    "x11vnc",
    "x0vncserver",
    "vino-server",
    "Xvnc",
    "Xtigervnc",
    "wayvnc",
    "krfb",
    "krdpserver",
    "gnome-remote-de",
];

/// True for a listener as above; false when all listeners could be seen and there is none. Unknown when a server runs and its listeners
/// can't be told from those of others.
pub(super) fn remote_login_enabled(context: &Context) -> Option<bool> {
    let system = context.system;
    let mut open = listeners(&system.read("/proc/net/tcp")?);
    // Without IPv6 the second file does not exist.
    open.extend(listeners(&system.read("/proc/net/tcp6").unwrap_or_default()));
    if open.iter().any(|listener| PORTS.contains(&listener.port)) {
        return Some(true);
    }
    if open.is_empty() {
        return Some(false);
    }
    let inodes: BTreeSet<&str> = open.iter().map(|listener| listener.inode.as_str()).collect();
    let servers: Vec<&Process> = context.processes.iter().filter(|process| SERVERS.contains(&process.name.as_str())).collect();
    let by_process = servers.iter().map(|process| holds(context, process, &inodes));
    let by_socket = SOCKETS.iter().filter(|unit| context.units.active(unit)).map(|unit| socket_is_open(context, unit));
    // A service without a process to be seen: other people's processes are hidden.
    let hidden = servers.is_empty() && SERVICES.iter().any(|unit| context.units.active(unit));
    let answers: Vec<Option<bool>> = by_process.chain(by_socket).chain(hidden.then_some(None)).collect();
    if answers.contains(&Some(true)) { Some(true) } else { (!answers.contains(&None)).then_some(false) }
}

/// A TCP socket that waits for connections from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Listener {
    port: u16,
    inode: String,
}

/// The listeners (state 0A) of a `/proc/net/tcp` or `tcp6` that others can reach.
fn listeners(text: &str) -> Vec<Listener> {
    let lines = text.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>());
    lines
        .filter(|words| words.get(3) == Some(&"0A"))
        .filter_map(|words| {
            let (address, port) = words.get(1)?.split_once(':')?;
            let port = u16::from_str_radix(port, 16).ok()?;
            (!is_loopback(address)).then(|| Listener { port, inode: words.get(9).copied().unwrap_or("").to_owned() })
        })
        .collect()
}

/// Addresses are written in words of four bytes, each in the machine's (little-endian) order.
fn is_loopback(address: &str) -> bool {
    match address.len() {
        8 => address.ends_with("7F"),
        32 => address == "00000000000000000000000001000000" || (address.starts_with("0000000000000000FFFF0000") && address.ends_with("7F")),
        _ => false,
    }
}

/// Whether a process holds one of the sockets; unknown without the right to see its files.
fn holds(context: &Context, process: &Process, inodes: &BTreeSet<&str>) -> Option<bool> {
    let folder = format!("/proc/{}/fd", process.id);
    let files = context.system.list(&folder)?;
    let targets = files.iter().filter_map(|file| context.system.link(&format!("{folder}/{file}")));
    let mut sockets = targets.filter_map(|target| Some(target.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()));
    Some(sockets.any(|inode| inodes.contains(inode.as_str())))
}

/// Whether a socket unit listens on an address that others can reach.
fn socket_is_open(context: &Context, unit: &str) -> Option<bool> {
    let text = context.system.output("systemctl", &["show", "--property=Listen", "--", unit])?;
    let addresses: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("Listen=")?.trim().strip_suffix("(Stream)")).map(str::trim).collect();
    // Paths and virtual machine sockets are no network.
    let network = addresses.iter().filter(|address| !address.starts_with(['/', '@']) && !address.starts_with("vsock:"));
    (!addresses.is_empty()).then(|| network.into_iter().any(|address| !(address.starts_with("127.") || address.starts_with("[::1]"))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::testing::Machine;

    const HEAD: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

    fn tcp(local: &str, state: &str) -> String {
        format!("{HEAD}   0: {local} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000     0        0 19542 1 0 100 0 0 10 0\n")
    }

    fn listening(local: &str) -> Machine {
        Machine::new().file("/proc/net/tcp", &tcp(local, "0A"))
    }

    #[track_caller]
    fn check(machine: Machine, expected: Option<bool>) {
        assert_eq!(remote_login_enabled(&Context::new(&machine.system())), expected);
    }

    #[test]
    fn listeners_count_unless_they_are_loopback_or_something_else() {
        for local in ["00000000:0016", "0500000A:0D3D", "00000000:170C", "00000000000000000000000000000000:0016"] {
            check(listening(local), Some(true));
        }
        for (local, state) in [("0100007F:0016", "0A"), ("00000000:01BB", "0A"), ("0500000A:0016", "01")] {
            check(Machine::new().file("/proc/net/tcp", &tcp(local, state)), Some(false));
        }
        for local in ["00000000000000000000000001000000:0016", "0000000000000000FFFF00000100007F:0016"] {
            check(Machine::new().file("/proc/net/tcp", HEAD).file("/proc/net/tcp6", &tcp(local, "0A")), Some(false));
        }
        check(Machine::new(), None);
    }

    #[test]
    fn a_server_bound_to_the_loopback_is_none() {
        let ssh = "ssh.service loaded active enabled";
        check(listening("0100007F:0016").unit(ssh).process(0, "sshd", "sshd: /usr/sbin/sshd -D"), Some(false));
        // Something else listens for others; the server's own sockets are told apart from it.
        let machine = listening("00000000:01BB").unit(ssh).process(0, "sshd", "sshd").link("/proc/101/fd/3", "socket:[777]");
        check(machine, Some(false));
    }

    #[test]
    fn a_server_on_another_port_is_known_by_its_socket() {
        check(listening("00000000:08AE").process(0, "sshd", "sshd").link("/proc/101/fd/3", "socket:[19542]"), Some(true));
        check(listening("00000000:08AE").process(0, "dropbear", "dropbear").link("/proc/101/fd/4", "socket:[19542]"), Some(true));
        check(listening("00000000:08AE").process(0, "sshd", "sshd"), None);
        check(listening("00000000:08AE").unit("sshd.service loaded active enabled"), None);
    }

    #[test]
    fn a_socket_of_systemd_says_where_it_listens() {
        let socket = |listen: &str| {
            let machine = listening("00000000:08AE").unit("ssh.socket loaded active enabled");
            machine.command("systemctl show --property=Listen -- ssh.socket", 0, listen)
        };
        check(socket("Listen=[::]:2222 (Stream)\n"), Some(true));
        check(socket("Listen=127.0.0.1:2222 (Stream)\nListen=[::1]:2222 (Stream)\n"), Some(false));
        check(socket("Listen=/run/ssh-unix-local/socket (Stream)\nListen=vsock::22 (Stream)\n"), Some(false));
        check(socket(""), None);
        check(listening("00000000:0016").unit("ssh.socket loaded active enabled"), Some(true));
    }
}
