#!/bin/sh
# Asks osquery for what the appliance needs to know of this machine and sends it, once. For Linux and macOS; run it as root, from cron,
# a systemd timer or launchd. Settings come from the environment; see README.md beside this file.
#   --personal  names, operating system and security only: for a machine that belongs to the person
#   --print     prints what would be sent, and sends nothing
set -eu

# Table | systems | for whom | query. One line each; the same queries as in recoger.pack.json: a test holds them together.
queries() {
  cat <<'QUERIES'
system_info|linux darwin|company|SELECT hardware_serial, computer_name, hostname, hardware_vendor, hardware_model, cpu_brand, cpu_type, cpu_logical_cores, physical_memory FROM system_info
system_info|linux darwin|personal|SELECT hardware_serial, computer_name, hostname FROM system_info
os_version|linux darwin|all|SELECT name, version, major, minor, build, platform, arch FROM os_version
osquery_info|linux darwin|all|SELECT version FROM osquery_info
time|linux darwin|all|SELECT unix_time FROM time
kernel_info|linux darwin|company|SELECT version FROM kernel_info
disk_encryption|linux darwin|all|SELECT * FROM disk_encryption
secureboot|linux darwin|all|SELECT * FROM secureboot
groups|linux darwin|all|SELECT gid, groupname FROM groups WHERE groupname IN ('admin', 'sudo', 'wheel')
logged_in_users|linux darwin|all|SELECT type, user, tty FROM logged_in_users WHERE type = 'user'
users|linux darwin|all|SELECT uid, username, uuid FROM users WHERE username IN (SELECT user FROM logged_in_users WHERE type = 'user')
user_groups|linux darwin|all|SELECT user_groups.uid, user_groups.gid FROM users CROSS JOIN user_groups USING (uid) WHERE username IN (SELECT user FROM logged_in_users WHERE type = 'user')
mounts|linux|all|SELECT path, device, device_alias, type FROM mounts WHERE path IN ('/', '/home', '/usr', '/var', '/var/home', '/sysroot')
iptables|linux|all|SELECT filter_name, chain, policy, target, protocol, src_port, dst_port, src_mask, iniface, match FROM iptables WHERE chain = 'INPUT'
listening_ports|linux|all|SELECT port, protocol, address FROM listening_ports WHERE protocol = 6
systemd_units|linux|all|SELECT id, load_state, active_state FROM systemd_units WHERE id LIKE '%.service' AND load_state = 'loaded'
deb_packages|linux|company|SELECT name, version, status, maintainer FROM deb_packages
rpm_packages|linux|company|SELECT name, version, release, epoch, vendor, install_time FROM rpm_packages
alf|darwin|all|SELECT global_state FROM alf
screenlock|darwin|all|SELECT enabled, grace_period FROM screenlock
sharing_preferences|darwin|all|SELECT remote_login, screen_sharing, remote_management FROM sharing_preferences
package_install_history|darwin|all|SELECT name, version, source, time FROM package_install_history WHERE name LIKE 'macOS %'
preferences|darwin|all|SELECT domain, key, value, forced FROM preferences WHERE domain = 'com.apple.SoftwareUpdate' AND key IN ('AutomaticCheckEnabled', 'AutomaticDownload', 'AutomaticallyInstallMacOSUpdates') UNION SELECT domain, key, value, forced FROM preferences WHERE domain = 'com.apple.loginwindow' AND key IN ('GuestEnabled', 'autoLoginUser') UNION SELECT p.domain, p.key, p.value, p.forced FROM users CROSS JOIN preferences AS p USING (username) WHERE p.domain = 'com.apple.screensaver' AND p.key = 'idleTime' AND p.host = 'current'
managed_policies|darwin|all|SELECT domain, name, value FROM managed_policies WHERE domain IN ('com.apple.screensaver', 'com.apple.SoftwareUpdate', 'com.apple.loginwindow')
apps|darwin|company|SELECT name, bundle_short_version, bundle_version FROM apps
homebrew_packages|darwin|company|SELECT name, version FROM homebrew_packages
interface_addresses|linux darwin|company|SELECT interface, address, mask FROM interface_addresses
interface_details|linux darwin|company|SELECT interface, mac FROM interface_details
routes|linux darwin|company|SELECT destination, netmask, gateway FROM routes WHERE destination IN ('0.0.0.0', '::', 'default') AND netmask = 0
dns_resolvers|linux darwin|company|SELECT type, address FROM dns_resolvers WHERE type = 'nameserver'
QUERIES
}

# The rows of all tables that answer, as the body of a report. A table that fails is left out: that is no data.
body() {
  separator=
  printf '{"osquery":{'
  queries | while IFS='|' read -r table systems kind query; do
    case " $systems " in *" $system "*) ;; *) continue ;; esac
    case $kind in all | "$ownership") ;; *) continue ;; esac
    rows=$("$osqueryi" --json "$query" </dev/null 2>/dev/null) || continue
    case $rows in "["*"]") ;; *) continue ;; esac
    printf '%s\n"%s":%s' "$separator" "$table" "$rows"
    separator=,
  done
  printf '}}\n'
}

send() {
  : "${RECOGER_URL:?is the address of the appliance, such as https://recoger.example.com:8443}"
  : "${RECOGER_API_KEY_FILE:?is a file with an API key, readable by root alone}"
  umask 077
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  trap 'exit 1' HUP INT TERM
  # In files, so that neither key nor report is seen in the list of processes.
  printf 'Authorization: Bearer %s\n' "$(cat "$RECOGER_API_KEY_FILE")" >"$folder/key"
  body >"$folder/body"
  set -- --silent --show-error --fail-with-body --max-time 60 --output "$folder/answer"
  if [ -n "${RECOGER_PIN:-}" ]; then
    # The public key is checked instead of names and authorities, as agents do.
    set -- "$@" --insecure --pinnedpubkey "$RECOGER_PIN"
  elif [ -n "${RECOGER_CA:-}" ]; then
    set -- "$@" --cacert "$RECOGER_CA"
  fi
  if ! curl "$@" --header "@$folder/key" --header 'Content-Type: application/json' --data-binary "@$folder/body" \
    "${RECOGER_URL%/}/v1/devices/report"; then
    if [ -s "$folder/answer" ]; then cat "$folder/answer" >&2; fi
    exit 1
  fi
}

ownership=company
action=send
for argument in "$@"; do
  case $argument in
    --personal) ownership=personal ;;
    --print) action=body ;;
    *) echo "usage: report.sh [--personal] [--print]" >&2; exit 2 ;;
  esac
done
case $(uname -s) in
  Linux) system=linux ;;
  Darwin) system=darwin ;;
  *) echo "report.sh runs on Linux and macOS" >&2; exit 2 ;;
esac
osqueryi=${OSQUERYI:-osqueryi}
if ! command -v "$osqueryi" >/dev/null; then
  echo "osqueryi is missing; install osquery, or name it in OSQUERYI" >&2
  exit 1
fi
"$action"
