//! Security facts of Linux machines, state by state.

use super::*;

#[test]
fn linux_machines() {
    let mount = |path: &str, device: &str| json!({"path": path, "device": "/dev/mapper/x", "device_alias": device, "type": "ext4"});
    let disk = |name: &str, encrypted: &str| json!({"name": name, "encrypted": encrypted, "type": ""});
    let rule = |target: &str, more: Value| {
        let mut row = json!({"filter_name": "filter", "chain": "INPUT", "policy": "DROP", "target": target, "protocol": "0", "match": "no",
            "iniface": "all", "src_ip": "0.0.0.0", "src_mask": "0.0.0.0", "src_port": "", "dst_port": ""});
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        row
    };
    let address = |address: &str| json!([{"interface": "eth0", "address": address, "mask": "255.255.255.0"}]);
    let firewall = |rules: Vec<Value>, addresses: Value| json!({"iptables": rules, "interface_addresses": addresses});
    let end = || rule("", json!({}));
    let ssh = || rule("ACCEPT", json!({"protocol": "6", "match": "yes", "src_port": "0:65535", "dst_port": "22:22"}));
    let unit = |id: &str, active: &str| json!({"id": id, "load_state": "loaded", "active_state": active});
    let port = |number: &str, address: &str| json!({"listening_ports": [{"port": number, "protocol": "6", "address": address}]});
    check(
        OsType::Linux,
        vec![
            (
                "LUKS",
                json!({"mounts": [mount("/", "/dev/dm-0")], "disk_encryption": [disk("/dev/dm-0", "1")]}),
                json!({"disk_encryption": true}),
            ),
            (
                "plain",
                json!({"mounts": [mount("/", "/dev/sda2")], "disk_encryption": [disk("/dev/sda2", "0")]}),
                json!({"disk_encryption": false}),
            ),
            (
                "trap 9.5.2: an encrypted stick",
                json!({"mounts": [mount("/", "/dev/sda2"), mount("/media/x", "/dev/dm-0")], "disk_encryption": [disk("/dev/sda2", "0"), disk("/dev/dm-0", "1")]}),
                json!({"disk_encryption": false}),
            ),
            (
                "plain /home",
                json!({"mounts": [mount("/", "/dev/dm-0"), mount("/home", "/dev/sdb1")], "disk_encryption": [disk("/dev/dm-0", "1"), disk("/dev/sdb1", "0")]}),
                json!({"disk_encryption": false}),
            ),
            (
                "ZFS, of which osquery knows nothing",
                json!({"mounts": [mount("/", "rpool/ROOT")], "disk_encryption": [disk("/dev/sda2", "0")]}),
                json!({}),
            ),
            ("not asked as root", json!({"mounts": [mount("/", "/dev/dm-0")], "disk_encryption": []}), json!({})),
            (
                "iptables that drop",
                firewall(vec![ssh(), rule("ACCEPT", json!({"iniface": "lo"})), end()], address("192.0.2.7")),
                json!({"firewall_enabled": true}),
            ),
            ("iptables that let all in", firewall(vec![rule("ACCEPT", json!({})), end()], address("192.0.2.7")), json!({})),
            ("iptables with a chain of their own", firewall(vec![rule("custom", json!({})), end()], address("192.0.2.7")), json!({})),
            ("iptables where IPv6 is in use", firewall(vec![end()], address("2001:db8::2")), json!({})),
            ("iptables that accept", firewall(vec![rule("", json!({"policy": "ACCEPT"}))], address("192.0.2.7")), json!({})),
            ("no iptables, perhaps nftables", firewall(vec![], address("192.0.2.7")), json!({})),
            (
                "base packages",
                json!({"rpm_packages": [{"name": "glibc", "install_time": "1760000000"}, {"name": "openssl-libs", "install_time": "1793000000"}, {"name": "htop", "install_time": "1794000000"}]}),
                json!({"last_update_at": "2026-10-26T07:33:20Z"}),
            ),
            (
                "a new program only",
                json!({"rpm_packages": [{"name": "glibc", "install_time": "1760000000"}, {"name": "htop", "install_time": "1794000000"}]}),
                json!({}),
            ),
            (
                "CrowdStrike",
                json!({"systemd_units": [unit("falcon-sensor.service", "active")]}),
                json!({"antivirus_enabled": true, "antivirus_product": "CrowdStrike Falcon"}),
            ),
            (
                "ClamAV without its updater",
                json!({"systemd_units": [unit("clamav-daemon.service", "active")]}),
                json!({"antivirus_enabled": false, "antivirus_product": "ClamAV"}),
            ),
            (
                "trap 9.5.7: osquery itself",
                json!({"systemd_units": [unit("osqueryd.service", "active"), unit("wazuh-agent.service", "active")]}),
                json!({}),
            ),
            ("sshd", port("22", "0.0.0.0"), json!({"remote_login_enabled": true})),
            ("sshd for the machine itself", port("22", "127.0.0.1"), json!({})),
            ("setup mode", json!({"secureboot": [{"secure_boot": "1", "setup_mode": "1"}]}), json!({"secure_boot": false})),
            ("secure boot of which the mode is not told", json!({"secureboot": [{"secure_boot": "1"}]}), json!({})),
        ],
    );
}
