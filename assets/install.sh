#!/bin/sh
# Installs the Recoger agent on this device and enrols it:
#
#   curl -k --pinnedpubkey 'sha256//…' https://HOST:PORT/install | sudo sh -s -- TOKEN
#
# sh -s -- TOKEN         installs, enrols, starts
# sh -s -- --update      replaces the program of an enrolled device
# sh -s -- --uninstall   removes program, service and state
#
# The appliance fills in its address, its public key and the checksums of its programs. RECOGER_ROOT=FOLDER puts everything below FOLDER and
# starts nothing: to try it out, or to see what it does.
set -eu

SERVER='@SERVER@'
# What curl is to trust: a hash of the appliance's public key; empty where a public authority vouches for its certificate.
PIN='@PIN@'
# A platform and the SHA-256 of its program on each line.
CHECKSUMS='@CHECKSUMS@'

ROOT=${RECOGER_ROOT:-}
PROGRAM=$ROOT/usr/local/bin/recoger
STATE=$ROOT/var/lib/recoger-agent
UNIT=$ROOT/etc/systemd/system/recoger-agent.service
if [ "$(uname -s)" = Darwin ]; then
  # On a Mac /usr/local may belong to a user, whose programs root must not run.
  PROGRAM=$ROOT/Library/Recoger/recoger
  UNIT=$ROOT/Library/LaunchDaemons/recoger.agent.plist
fi
WORK=

# Everything is in functions that the last line calls: a script that was cut off on its way does nothing.
main() {
  case "${1:-}" in
    --uninstall)
      need_root
      uninstall
      ;;
    --update)
      need_root
      [ -e "$STATE/private/enrollment.json" ] || fail "this device is not enrolled; give an enrollment token instead of --update"
      fetch
      start
      say "Updated to $("$PROGRAM" version)."
      ;;
    --help | -h | '')
      say "usage: sh -s -- TOKEN | --update | --uninstall"
      [ -n "${1:-}" ] || exit 2
      ;;
    ret1_*)
      need_root
      fetch
      # It prints what is sent about this device, and what never is.
      "$PROGRAM" agent enroll "$1" --state "$STATE" || fail "the device was not enrolled; the program is at $PROGRAM, remove it with --uninstall"
      start
      say "Done. What fails and how to mend it: $PROGRAM agent status. What exactly is sent: sudo $PROGRAM agent show."
      ;;
    *)
      fail "that is no enrollment token: it does not begin with ret1_"
      ;;
  esac
}

say() {
  printf '%s\n' "$*"
}

fail() {
  printf 'recoger: %s\n' "$*" >&2
  exit 1
}

need_root() {
  [ -n "$ROOT" ] || [ "$(id -u)" -eq 0 ] || fail "this needs root; put sudo before sh"
}

# The platform as the appliance calls it.
platform() {
  case "$(uname -s)" in
    Linux) system=linux ;;
    Darwin) system=macos ;;
    *) fail "there is no agent for $(uname -s)" ;;
  esac
  case "$(uname -m)" in
    x86_64 | amd64) processor=x86_64 ;;
    aarch64 | arm64) processor=aarch64 ;;
    armv6l | armv7l | armv8l) processor=arm ;;
    *) fail "there is no agent for $(uname -m)" ;;
  esac
  say "$system-$processor"
}

checksum_of() {
  if command -v sha256sum >/dev/null 2>&1; then
    sum=$(sha256sum <"$1")
  elif command -v shasum >/dev/null 2>&1; then
    sum=$(shasum -a 256 <"$1")
  elif command -v openssl >/dev/null 2>&1; then
    sum=$(openssl dgst -sha256 -r <"$1")
  else
    fail "none of sha256sum, shasum and openssl is there to check the program with"
  fi
  say "${sum%% *}"
}

# Puts the program in place once it is whole, is the one that the appliance named, and runs here.
fetch() {
  name=$(platform)
  wanted=$(say "$CHECKSUMS" | while read -r known sum; do if [ "$known" = "$name" ]; then say "$sum"; fi; done)
  case $wanted:$name in
    :macos-*) fail "the appliance has no program for Macs; a script does the same there: $SERVER/install/collect/macos.sh" ;;
    :*) fail "the appliance has no program for $name; its operator can add one with --agents" ;;
  esac
  command -v curl >/dev/null 2>&1 || fail "curl is missing"
  mkdir -p "$(dirname "$PROGRAM")"
  # In the folder where it will be: so that it takes its place in one step, and because /tmp may forbid to run programs.
  WORK=$(mktemp -d "$(dirname "$PROGRAM")/.recoger-install.XXXXXX")
  trap 'rm -rf "$WORK"' EXIT
  trap 'exit 130' INT TERM HUP
  download "$SERVER/install/agent/$name" "$WORK/recoger"
  [ "$(checksum_of "$WORK/recoger")" = "$wanted" ] || fail "the program that came is not the one that the appliance named; nothing was changed"
  chmod 755 "$WORK/recoger"
  "$WORK/recoger" version >/dev/null || fail "the program does not run on this system; nothing was changed"
  mv -f "$WORK/recoger" "$PROGRAM"
  rm -rf "$WORK"
}

# Goes on where a slow connection was cut.
download() {
  tries=0
  until
    if [ -n "$PIN" ]; then
      # The pin takes the place of the authorities' word: it names the one key that may answer.
      curl -fsS -k --pinnedpubkey "$PIN" --continue-at - --output "$2" "$1"
    else
      curl -fsS --continue-at - --output "$2" "$1"
    fi
  do
    tries=$((tries + 1))
    [ "$tries" -lt 5 ] || fail "the program could not be fetched from $1"
    sleep 2
  done
}

start() {
  if [ -n "$ROOT" ]; then
    write_unit
    say "Below $ROOT nothing was started."
  elif has_launchd; then
    write_unit
    # An earlier one is replaced; where there is none this fails, rightly.
    launchctl bootout system/recoger.agent 2>/dev/null || :
    launchctl bootstrap system "$UNIT"
    say "The service recoger.agent runs."
  elif has_systemd; then
    write_unit
    systemctl daemon-reload
    systemctl enable --quiet recoger-agent.service
    systemctl restart recoger-agent.service
    say "The service recoger-agent runs."
  else
    # The process id stands for chance: not every device shall report in the same minute.
    say "systemd does not run here, so nothing was started. Let cron report every hour; put this line into root's table (sudo crontab -e):"
    say "$(($$ % 60)) * * * * $PROGRAM agent report --state $STATE >/dev/null 2>&1"
  fi
}

has_systemd() {
  [ -d /run/systemd/system ] && command -v systemctl >/dev/null 2>&1
}

has_launchd() {
  [ "$(uname -s)" = Darwin ]
}

write_unit() {
  mkdir -p "$(dirname "$UNIT")"
  if has_launchd; then
    write_launchd_job
  else
    cat >"$UNIT" <<'END_OF_UNIT'
@UNIT@
END_OF_UNIT
  fi
  chmod 644 "$UNIT"
}

write_launchd_job() {
  cat >"$UNIT" <<END_OF_JOB
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>Label</key>
	<string>recoger.agent</string>
	<key>ProgramArguments</key>
	<array>
		<string>${PROGRAM#"$ROOT"}</string>
		<string>agent</string>
		<string>run</string>
		<string>--state</string>
		<string>${STATE#"$ROOT"}</string>
	</array>
	<key>RunAtLoad</key>
	<true/>
	<key>KeepAlive</key>
	<true/>
	<key>ThrottleInterval</key>
	<integer>60</integer>
	<key>ProcessType</key>
	<string>Background</string>
</dict>
</plist>
END_OF_JOB
}

uninstall() {
  if [ -z "$ROOT" ] && has_launchd; then
    launchctl bootout system/recoger.agent 2>/dev/null || say "no service of the agent ran"
  elif [ -z "$ROOT" ] && has_systemd && [ -e "$UNIT" ]; then
    systemctl disable --now --quiet recoger-agent.service || say "the service could not be stopped"
  fi
  rm -f "$UNIT"
  if [ -z "$ROOT" ] && has_systemd; then
    systemctl daemon-reload
  fi
  rm -rf "$STATE"
  rm -f "$PROGRAM"
  if has_launchd && [ -d "$(dirname "$PROGRAM")" ]; then rmdir "$(dirname "$PROGRAM")" || say "$(dirname "$PROGRAM") holds something that is not ours"; fi
  say "Removed. On the appliance the device stays, silent, until an admin retires it."
}

main "$@"
