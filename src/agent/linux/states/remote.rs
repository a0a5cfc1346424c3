//! Remote login and clocks.

use serde_json::json;

use super::{Machine, State, state};

/// A machine with one listener: address and port as the kernel writes them.
fn listening(local: &str) -> Machine {
    Machine::new().file(
        "/proc/net/tcp",
        &format!(
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   0: {local} 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 19542 1 0 100 0 0 10 0\n"
        ),
    )
}

pub(super) fn states() -> Vec<State> {
    let (on, off) = (json!({ "remote_login_enabled": true }), json!({ "remote_login_enabled": false }));
    let held = |machine: Machine| machine.link("/proc/101/fd/3", "socket:[19542]");
    let socket = |listen: &str| {
        let machine = listening("00000000:08AE").unit("ssh.socket loaded active enabled");
        machine.command("systemctl show --property=Listen -- ssh.socket", 0, listen)
    };
    let timedatectl =
        |word: &str| Machine::new().command("timedatectl show --property=NTPSynchronized", 0, &format!("NTPSynchronized={word}\n"));
    let chrony = "Reference ID    : C0A80101 (192.168.1.1)\nLeap status     : Normal\n";
    let peers = "     remote refid st t when poll reach delay offset jitter\n====\n*192.0.2.1 .GPS. 1 u 5 64 377 1.0 0.1 0.1\n";
    let (synced, adrift) = (json!({ "time_sync": true }), json!({ "time_sync": false }));
    vec![
        state("sshd for everybody", listening("00000000:0016").process(0, "sshd", "sshd"), on.clone()),
        state(
            "sshd for the machine itself",
            listening("0100007F:0016").unit("sshd.service loaded active enabled").process(0, "sshd", "sshd"),
            off.clone(),
        ),
        state("sshd on port 2222", held(listening("00000000:08AE").process(0, "sshd", "sshd")), on.clone()),
        state("dropbear on port 2222", held(listening("00000000:08AE").process(0, "dropbear", "dropbear")), on.clone()),
        state("sshd whose sockets are hidden, beside a web server", listening("00000000:01BB").process(0, "sshd", "sshd"), json!({})),
        state("sshd started by a socket on port 2222", socket("Listen=0.0.0.0:2222 (Stream)\n"), on.clone()),
        state("sshd started by a socket of the machine itself", socket("Listen=127.0.0.1:2222 (Stream)\n"), off.clone()),
        state("GNOME's remote desktop", held(listening("00000000:0D3E").process(1000, "gnome-remote-de", "")), on),
        state("a web server alone", listening("00000000:01BB"), off),
        state("timesyncd or any other by the kernel's flag", timedatectl("yes"), synced.clone()),
        state("nobody sets the clock", timedatectl("no"), adrift.clone()),
        state("chrony that leaves the kernel's flag alone", timedatectl("no").command("chronyc -n tracking", 0, chrony), synced.clone()),
        state("ntpd with a peer", Machine::new().command("ntpq -pn", 0, peers), synced.clone()),
        state(
            "OpenNTPD, OpenRC",
            Machine::new().command("ntpctl -s status", 0, "4/4 peers valid, clock synced, stratum 2\n"),
            synced.clone(),
        ),
        state("OpenNTPD that can't be asked", timedatectl("no").process(0, "ntpd", "ntpd"), json!({})),
        state("busybox ntpd, Alpine", Machine::new().command("adjtimex", 0, "    status:       8193 (PLL)\n"), synced.clone()),
        state(
            "VMware's tools keep the clock",
            timedatectl("no").process(0, "vmtoolsd", "").command("vmware-toolbox-cmd timesync status", 0, "Enabled\n"),
            synced,
        ),
        state("VirtualBox's service may keep the clock", timedatectl("no").process(0, "VBoxService", ""), json!({})),
    ]
}
