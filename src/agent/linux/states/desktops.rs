//! Desktops and their screen locks.

use serde_json::{Value, json};

use super::{Machine, State, state};

fn lock(on: bool, seconds: i64) -> Value {
    json!({ "screen_lock_enabled": on, "screen_lock_delay_secs": seconds })
}

fn gnome(process: &str, values: [&str; 4]) -> Machine {
    let keys = [
        "org.gnome.desktop.lockdown disable-lock-screen",
        "org.gnome.desktop.screensaver lock-enabled",
        "org.gnome.desktop.session idle-delay",
        "org.gnome.desktop.screensaver lock-delay",
    ];
    let machine = Machine::new().file("/usr/share/wayland-sessions/gnome.desktop", "").seat(1000, "anna", process);
    keys.iter().zip(values).fold(machine, |machine, (key, value)| machine.in_session(&format!("gsettings get {key}"), 0, value))
}

fn plasma(program: &str, values: [&str; 4]) -> Machine {
    let keys = ["Autolock", "Timeout", "LockGrace", "RequirePassword"];
    let machine = Machine::new().file("/usr/share/wayland-sessions/plasma.desktop", "").seat(1000, "anna", "plasmashell");
    keys.iter().zip(values).fold(machine, |machine, (key, value)| {
        machine.in_session(&format!("{program} --file kscreenlockerrc --group Daemon --key {key}"), 0, value)
    })
}

fn compositor(process: &str) -> Machine {
    Machine::new().file(&format!("/usr/share/wayland-sessions/{process}.desktop"), "").seat(1000, "anna", process)
}

fn hyprland(settings: &str) -> Machine {
    let machine = compositor("Hyprland").process(1000, "hypridle", "hypridle|");
    machine.file("/home/anna/.config/hypr/hypridle.conf", settings)
}

pub(super) fn states() -> Vec<State> {
    [full_desktops(), bare_compositors(), others()].into_iter().flatten().collect()
}

fn full_desktops() -> Vec<State> {
    vec![
        state("GNOME by default, Fedora", gnome("gnome-shell", ["false", "true", "uint32 300", "uint32 0"]), lock(true, 300)),
        state("GNOME, wrapped by NixOS", gnome(".gnome-shell-wr", ["false", "true", "uint32 600", "uint32 30"]), lock(true, 630)),
        state("GNOME that never goes idle", gnome("gnome-shell", ["false", "true", "uint32 0", "uint32 0"]), lock(true, -1)),
        state("GNOME with the lock off", gnome("gnome-shell", ["false", "false", "uint32 300", "uint32 0"]), lock(false, -1)),
        state("GNOME with locking forbidden", gnome("gnome-shell", ["true", "true", "uint32 300", "uint32 0"]), lock(false, -1)),
        state("GNOME that does not answer", compositor("gnome-shell"), json!({})),
        state("Plasma 6 by default", plasma("kreadconfig6", ["\n", "\n", "\n", "\n"]), lock(true, 305)),
        state("Plasma 6 with half a minute", plasma("kreadconfig6", ["true\n", "0.5\n", "0\n", "\n"]), lock(true, 30)),
        state("Plasma 5 with ten minutes", plasma("kreadconfig5", ["\n", "10\n", "\n", "\n"]), lock(true, 605)),
        state("Plasma 5 that asks no password", plasma("kreadconfig5", ["\n", "10\n", "\n", "false\n"]), lock(false, -1)),
        state("Plasma 6 that does not lock", plasma("kreadconfig6", ["false\n", "\n", "\n", "\n"]), lock(false, -1)),
    ]
}

fn bare_compositors() -> Vec<State> {
    let sway = || compositor("sway");
    let listener = |command: &str| format!("listener {{\n  timeout = 300\n  on-timeout = {command}\n}}\n");
    let general = "general {\n  lock_cmd = pidof hyprlock || hyprlock\n}\n";
    vec![
        state("Sway with swayidle and swaylock", sway().process(1000, "swayidle", "swayidle|-w|timeout|300|swaylock -f|"), lock(true, 300)),
        state(
            "Sway whose swayidle only darkens",
            sway().process(1000, "swayidle", "swayidle|-w|timeout|300|swaymsg \"output * dpms off\"|"),
            json!({}),
        ),
        state(
            "Sway whose swayidle has a file",
            sway().process(1000, "swayidle", "swayidle|-w|").file("/home/anna/.config/swayidle/config", "timeout 480 'swaylock -f'\n"),
            lock(true, 480),
        ),
        state("Sway without idle watcher", sway(), json!({})),
        state("Hyprland with hypridle and hyprlock", hyprland(&(general.to_owned() + &listener("loginctl lock-session"))), lock(true, 300)),
        state("Hyprland whose lock command is missing", hyprland(&listener("loginctl lock-session")), json!({})),
        state(
            "Hyprland whose hyprlock has a grace",
            hyprland(&listener("hyprlock")).file("/home/anna/.config/hypr/hyprlock.conf", "general {\n  grace = 60\n}\n"),
            json!({ "screen_lock_enabled": true }),
        ),
        state("Hyprland without idle watcher", compositor("Hyprland"), json!({})),
    ]
}

fn others() -> Vec<State> {
    let kiosk = Machine::new()
        .link("/etc/systemd/system/display-manager.service", "/usr/lib/systemd/system/lightdm.service")
        .file("/etc/lightdm/lightdm.conf", "[Seat:*]\nautologin-user=kiosk\n")
        .seat(1000, "anna", "cage");
    let greeter = Machine::new()
        .file("/usr/share/wayland-sessions/gnome.desktop", "")
        .command("loginctl show-seat seat0 --property=ActiveSession --value", 0, "c1\n")
        .command("loginctl show-session c1 --property=User --property=Name --property=Class", 0, "User=120\nName=gdm\nClass=greeter\n");
    let server = Machine::new().file("/usr/bin/gsettings", "").folder("/etc/systemd/system");
    vec![
        state("a kiosk that logs in by itself", kiosk, json!({ "auto_login_enabled": true, "guest_account_enabled": false })),
        state("the login screen", greeter, json!({})),
        state("a server without screen", server, json!({ "auto_login_enabled": false })),
        state("COSMIC, which is not known", compositor("cosmic-comp"), json!({})),
    ]
}
