#!/bin/sh
# Looks at this Mac and sends what it finds to the Recoger appliance, where no agent is to be installed.
#
#   sh macos.sh TOKEN            enrolls once, reports, and goes on reporting every hour
#                                (the token also as RECOGER_TOKEN, as Jamf's parameter 4, or written into TOKEN below)
#   sh macos.sh --once TOKEN     enrolls once and reports once, installs nothing that runs
#   sh macos.sh --show           prints exactly what would be sent, sends nothing
#   sh macos.sh --uninstall      removes all that it installed, the key too
#   --personal                   with any of these: nothing of hardware, software and network
#
# Runs as root, as Intune, Jamf and Kandji run scripts. Looks at nothing but the facts listed in the appliance's README; never at files,
# mail, browsing, keystrokes, location or traffic. A fact that can't be determined is left out, never sent as "no".
# It follows the collectors of the agent fact by fact; tests hold both against the same machines.

set -u
umask 077
LC_ALL=C
PATH=/usr/bin:/bin:/usr/sbin:/sbin:/usr/libexec:/usr/libexec/ApplicationFirewall
export LC_ALL PATH
# A folder of the caller's is no place for files of root's.
unset TMPDIR

# Filled in by the appliance that serves this file; no pin where its certificate is signed by a CA.
SERVER='@SERVER@'
PIN='@PIN_BASE64@'
# An enrollment token, where none can be passed along (Intune, Kandji). The copy that stays on the Mac has none.
TOKEN=''
# What lies before every path that is read.
ROOT=''

VERSION='script-1'
FOLDER='/Library/Application Support/Recoger'
KEY_FILE="$FOLDER/key"
OWN_COPY="$FOLDER/collect.sh"
LABEL='recoger.collect'
DAEMON="/Library/LaunchDaemons/$LABEL.plist"
# Seconds between two reports, seconds a whole run may take, seconds an exchange with the appliance may take.
INTERVAL_SECONDS=3600
RUN_SECONDS_MAX=300
EXCHANGE_SECONDS_MAX=60
# Bytes of a report that the appliance takes.
REPORT_BYTES_MAX=1048576
# Lists longer than these are cut, or left out where a cut list would mislead.
PACKAGES_MAX=20000
INTERFACES_MAX=64
DISKS_MAX=64

main() {
  mode=install personal='' token=${RECOGER_TOKEN:-$TOKEN}
  # Jamf passes the start volume, the computer's name and the user's name before its own parameters.
  if [ "${1:-}" = / ]; then
    token=${4:-$token}
    set --
  fi
  while [ $# -gt 0 ]; do
    case $1 in
      --once) mode=once ;;
      --run) mode=run ;;
      --show) mode=show ;;
      --uninstall) mode=uninstall ;;
      --personal) personal=--personal ;;
      -*) fail "unknown option $1" ;;
      *) token=$1 ;;
    esac
    shift
  done
  OWN_UID=$(id -u)
  TEMP=$(mktemp -d) || fail 'no folder for temporary files can be made'
  watcher=''
  trap clean EXIT
  # Not for TERM: the shell would see to it only once a command that hangs has ended.
  trap 'exit 1' HUP INT
  watch "$$" >/dev/null 2>&1 </dev/null &
  watcher=$!
  case $mode in
    show)
      collect >"$TEMP/report"
      cat "$TEMP/report"
      ;;
    uninstall)
      need_root
      uninstall
      ;;
    *)
      need_root
      report
      ;;
  esac
}

fail() {
  printf 'recoger: %s\n' "$1" >&2
  exit 1
}

clean() {
  rm -rf "$TEMP"
  # Our own child, not yet waited for: its number can't belong to anybody else.
  if [ -n "$watcher" ]; then kill "$watcher" 2>/dev/null; fi
}

# Ends a run that hangs, so that the next one can begin. Stops as soon as it is no longer the run's child: the run is over then, and its
# number may belong to another process.
watch() {
  me=$(exec sh -c 'echo "$PPID"')
  seconds=0
  while [ "$seconds" -lt "$RUN_SECONDS_MAX" ]; do
    sleep 5
    seconds=$((seconds + 5))
    [ "$(ps -o ppid= -p "$me" | tr -d ' ')" = "$1" ] || exit 0
  done
  kill -TERM "$1"
  rm -rf "$TEMP"
}

need_root() {
  [ "$OWN_UID" = 0 ] || fail 'only root can do this; try sudo'
}

# ---------------------------------------------------------------- enrolment, sending, installation

report() {
  case $SERVER in
    https://*) ;;
    *) fail 'this file has no address of an appliance; take it from https://HOST:8443/install/collect/macos.sh' ;;
  esac
  if [ "$(sed -n 2p "$ROOT$KEY_FILE" 2>/dev/null)" = --personal ]; then personal=--personal; fi
  collect >"$TEMP/report"
  fresh=''
  if [ ! -s "$ROOT$KEY_FILE" ]; then
    enroll
    fresh=yes
  fi
  send
  # A key that was revoked is replaced, once, where a token is at hand.
  if [ "$status" = 401 ] && [ -n "$token" ] && [ -z "$fresh" ]; then
    enroll
    send
  fi
  case $status in
    200 | 201) printf 'recoger: reported\n' ;;
    *) fail "the report was not taken: $(problem)" ;;
  esac
  if [ "$mode" = install ]; then install_daemon; fi
}

enroll() {
  [ -n "$token" ] || fail 'this Mac is not enrolled; give an enrollment token'
  {
    line token s "$token"
    for key in serial_number device_name os_type hardware_uuid; do
      awk -F '\t' -v key="$key" '$1 == key' "$TEMP/core"
    done
    # The device may get its owner by this name.
    case $PERSON in
      _* | -* | *[[:space:]]*) ;;
      *) line signed_in_user s "$PERSON" ;;
    esac
  } | object >"$TEMP/body"
  : >"$TEMP/config"
  exchange /v1/devices/enroll
  key=$(sed -n 's/.*"api_key"[[:space:]]*:[[:space:]]*"\([A-Za-z0-9_-]*\)".*/\1/p' "$TEMP/reply")
  case $status in
    200 | 201) [ -n "$key" ] || fail 'the answer holds no key; check the address of the appliance' ;;
    *) fail "this Mac was not enrolled: $(problem)" ;;
  esac
  if grep -q '"ownership"[[:space:]]*:[[:space:]]*"personal"' "$TEMP/reply" && [ -z "$personal" ]; then
    # From a personal Mac only security facts are taken, so only those are looked for.
    personal=--personal
    collect >"$TEMP/report"
  fi
  keep_key || fail "the key can't be kept in $FOLDER"
}

# The key, and in a second line whether the Mac is personal. Written beside and moved, so that a half-written key never stands there.
keep_key() {
  mkdir -p "$ROOT$FOLDER" && chmod 700 "$ROOT$FOLDER" && printf '%s\n%s\n' "$key" "$personal" >"$ROOT$KEY_FILE.new" && chmod 600 "$ROOT$KEY_FILE.new" &&
    mv "$ROOT$KEY_FILE.new" "$ROOT$KEY_FILE"
}

send() {
  # On standard input, not on the command line: other users see the arguments of a process.
  printf 'header = "Authorization: Bearer %s"\n' "$(head -n 1 "$ROOT$KEY_FILE")" >"$TEMP/config"
  cp "$TEMP/report" "$TEMP/body"
  exchange /v1/devices/report
}

# exchange PATH: sends the body, leaves the answer in a file and its status in `status`. The certificate is not looked at only where the
# key behind it is the one that was pinned.
exchange() {
  set -- "$SERVER$1"
  if [ -n "$PIN" ]; then
    set -- --insecure --pinnedpubkey "sha256//$PIN" "$@"
  fi
  : >"$TEMP/reply"
  # What stands in root's own settings for curl does not count.
  status=$(curl --disable --config - --proto '=https' --silent --show-error --max-time "$EXCHANGE_SECONDS_MAX" --retry 2 \
    --header 'Content-Type: application/json' --data-binary "@$TEMP/body" --output "$TEMP/reply" --write-out '%{http_code}' \
    "$@" <"$TEMP/config" 2>"$TEMP/errors")
  status=${status:-000}
}

# What went wrong, in one line.
problem() {
  if [ "$status" = 000 ]; then
    tr '\n' ' ' <"$TEMP/errors"
  else
    printf 'status %s, %s' "$status" "$(head -c 500 "$TEMP/reply" | tr '\n' ' ')"
  fi
}

install_daemon() {
  [ -f "$0" ] || fail 'to be installed, this script must be run from a file'
  keep_copy || fail "$OWN_COPY can't be written"
  daemon >"$TEMP/daemon"
  keep_daemon || fail "$DAEMON can't be written"
  # An earlier one is replaced; where there is none this fails, rightly.
  launchctl bootout "system/$LABEL" 2>/dev/null
  launchctl bootstrap system "$DAEMON" || fail 'launchd does not take the job'
  printf 'recoger: installed, reports every hour; what is sent is shown by: sudo sh "%s" --show\n' "$OWN_COPY"
}

keep_copy() {
  # The job runs this very file; there is nothing to copy then.
  [ "$0" = "$ROOT$OWN_COPY" ] ||
    { sed "s/^TOKEN='[^']*'\$/TOKEN=''/" "$0" >"$ROOT$OWN_COPY.new" && chmod 700 "$ROOT$OWN_COPY.new" && mv "$ROOT$OWN_COPY.new" "$ROOT$OWN_COPY"; }
}

keep_daemon() {
  mkdir -p "$ROOT${DAEMON%/*}" && cp "$TEMP/daemon" "$ROOT$DAEMON" && chmod 644 "$ROOT$DAEMON"
}

daemon() {
  cat <<'TEXT'
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
TEXT
  printf '\t<key>Label</key>\n\t<string>%s</string>\n' "$LABEL"
  printf '\t<key>ProgramArguments</key>\n\t<array>\n'
  for word in /bin/sh "$OWN_COPY" --run $personal; do
    printf '\t\t<string>%s</string>\n' "$word"
  done
  printf '\t</array>\n'
  printf '\t<key>RunAtLoad</key>\n\t<true/>\n\t<key>StartInterval</key>\n\t<integer>%s</integer>\n' "$INTERVAL_SECONDS"
  printf '\t<key>ProcessType</key>\n\t<string>Background</string>\n</dict>\n</plist>\n'
}

uninstall() {
  rm -f "$ROOT$DAEMON" "$ROOT$KEY_FILE" "$ROOT$KEY_FILE.new" "$ROOT$OWN_COPY" "$ROOT$OWN_COPY.new"
  if [ -d "$ROOT$FOLDER" ]; then rmdir "$ROOT$FOLDER" || fail "$FOLDER holds something that is not ours"; fi
  printf 'recoger: uninstalled\n'
  # Last, for it ends this very script where the job runs it.
  launchctl bootout "system/$LABEL" 2>/dev/null
  return 0
}

# ---------------------------------------------------------------- JSON and property lists

# line KEY KIND VALUE: one member of an object; kind s is text, r is JSON as it stands. An empty value is unknown and leaves nothing.
line() {
  if [ -n "$3" ]; then printf '%s\t%s\t%s\n' "$1" "$2" "$(printf '%s' "$3" | tr '\t\n' '  ')"; fi
}

# Functions for awk: text as JSON.
readonly JSON='
function quoted(text, out, at, c) {
  if (text !~ /[\\"[:cntrl:]]/) return "\"" text "\""
  if (!prepared) { for (at = 1; at < 32; at++) control[sprintf("%c", at)] = sprintf("\\u%04x", at); prepared = 1 }
  out = ""
  for (at = 1; at <= length(text); at++) {
    c = substr(text, at, 1)
    if (c == "\\" || c == "\"") out = out "\\" c
    else if (c in control) out = out control[c]
    else out = out c
  }
  return "\"" out "\""
}'

# Lines of `line` as one object.
object() {
  awk -F '\t' "$JSON"'
    BEGIN { printf "{" }
    { printf "%s%s:%s", (NR > 1 ? "," : ""), quoted($1), ($2 == "s" ? quoted($3) : $3) }
    END { printf "}" }'
}

# Lines of JSON as one array.
array() {
  awk 'BEGIN { printf "[" } { printf "%s%s", (NR > 1 ? "," : ""), $0 } END { printf "]" }'
}

# A property list in the form that plutil writes (one element a line) as lines of path, type (b i r s d), value.
flatten() {
  awk '
    function plain(text) {
      gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text); gsub(/&quot;/, "\"", text); gsub(/&apos;/, "\047", text); gsub(/&amp;/, "\\&", text)
      gsub(/\t/, " ", text)
      return text
    }
    function place(at, out) {
      out = ""
      for (at = 1; at <= depth; at++) out = out (at > 1 ? "/" : "") (list[at] ? count[at] : name[at])
      return out
    }
    function emit(type, value) { print place() "\t" type "\t" plain(value); if (list[depth]) count[depth]++ }
    function inner(text, tag) { return substr(text, length(tag) + 3, length(text) - 2 * length(tag) - 5) }
    BEGIN { types["string"] = "s"; types["integer"] = "i"; types["real"] = "r"; types["date"] = "d"; depth = 0; open = "" }
    {
      text = $0
      if (open != "") {
        # A text of several lines; what it says of several lines nobody needs.
        held = held " " text
        if (index(text, "</" open ">")) { if (open in types) emit(types[open], inner(held, open)); else if (list[depth]) count[depth]++; open = "" }
        next
      }
      sub(/^[ \t]+/, "", text)
      if (text ~ /^<(dict|array)>/) {
        # Says that it is there, should it be empty.
        if (depth > 0) print place() "\te\t"
        depth++; list[depth] = (text ~ /^<array>/); count[depth] = 0; name[depth] = ""
      }
      else if (text ~ /^<\/(dict|array)>/) { depth--; if (depth > 0 && list[depth]) count[depth]++ }
      else if (text ~ /^<key>/) name[depth] = plain(inner(text, "key"))
      else if (text ~ /^<(true|false)\/>/) emit("b", (text ~ /^<true/ ? "true" : "false"))
      else if (text ~ /^<(dict|array)\/>/) emit("e", "")
      else if (match(text, /^<(string|integer|real|date|data)>/)) {
        tag = substr(text, 2, RLENGTH - 2)
        if (!index(text, "</" tag ">")) { open = tag; held = text }
        else if (tag in types) emit(types[tag], inner(text, tag))
        else if (list[depth]) count[depth]++
      }
      else if (text ~ /^<string\/>/) emit("s", "")
    }'
}

# plist FILE: a file flattened. Ends with 1 when it is missing and with 2 when it can't be read.
plist() {
  [ -e "$ROOT$1" ] || return 1
  plutil -convert xml1 -o - "$ROOT$1" >"$TEMP/xml" 2>/dev/null || return 2
  flatten <"$TEMP/xml"
}

# Values from flattened lines on standard input: a text, a truth value (0 and 1 count), a whole number, a moment.
text_of() { awk -F '\t' -v key="$1" '$1 == key && $2 == "s" { print $3; exit }'; }
bool_of() {
  awk -F '\t' -v key="$1" '
    $1 == key && $2 == "b" { print $3; exit }
    $1 == key && $2 == "i" && ($3 == "0" || $3 == "1") { print ($3 == "1" ? "true" : "false"); exit }'
}
integer_of() {
  awk -F '\t' -v key="$1" '$1 == key && ($2 == "i" || $2 == "r") && $3 ~ /^-?[0-9]+(\.0*)?$/ { sub(/\..*/, "", $3); print $3; exit }'
}
time_of() { awk -F '\t' -v key="$1" '$1 == key && $2 == "d" { print $3; exit }'; }
# Whether a path, or something below it, is there.
has() { awk -F '\t' -v key="$1" '$1 == key || index($1, key "/") == 1 { found = 1; exit } END { exit !found }'; }
# The first text whose path ends in a key, however deep.
find_text() {
  awk -F '\t' -v key="$1" '$2 == "s" { n = split($1, parts, "/"); if (parts[n] == key) { print $3; exit } }'
}

# managed DOMAIN: what profiles prescribe, for the person first, then for the machine; flattened.
managed() {
  if [ ! -e "$TEMP/managed.$1" ]; then
    {
      if [ -n "$PERSON" ]; then plist "/Library/Managed Preferences/$PERSON/$1.plist"; fi
      plist "/Library/Managed Preferences/$1.plist"
    } >"$TEMP/managed.$1"
  fi
  cat "$TEMP/managed.$1"
}

# ---------------------------------------------------------------- what several facts rest on

collect() {
  prepare
  core >"$TEMP/core"
  security >"$TEMP/security"
  {
    cat "$TEMP/core"
    line security r "$(object <"$TEMP/security")"
    if [ -z "$personal" ]; then
      line hardware r "$(hardware)"
      line network r "$(network)"
    fi
  } >"$TEMP/members"
  if [ -z "$personal" ]; then software >"$TEMP/software"; else : >"$TEMP/software"; fi
  {
    cat "$TEMP/members"
    line software r "$(cat "$TEMP/software")"
  } | object | valid_text >"$TEMP/json"
  # A list cut short would let a check for forbidden software pass: it goes whole.
  if [ "$(wc -c <"$TEMP/json")" -gt "$REPORT_BYTES_MAX" ]; then
    object <"$TEMP/members" | valid_text >"$TEMP/json"
  fi
  cat "$TEMP/json"
  echo
}

# Bytes that are no UTF-8 are left out, for JSON has no place for them.
valid_text() {
  cat >"$TEMP/raw"
  iconv -c -f UTF-8 -t UTF-8 "$TEMP/raw" >"$TEMP/valid" 2>/dev/null
  if [ -s "$TEMP/valid" ]; then cat "$TEMP/valid"; else cat "$TEMP/raw"; fi
}

prepare() {
  NOW=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  # At the login screen the console belongs to root, in the setup assistant to one of the system's accounts.
  console=$(stat -f '%u %Su' /dev/console 2>/dev/null)
  PERSON='' PERSON_UID=''
  case ${console%% *} in
    '' | *[!0-9]*) ;;
    *)
      if [ "${console%% *}" -gt 500 ]; then
        PERSON_UID=${console%% *}
        PERSON=${console#* }
      fi
      ;;
  esac
  BRAND=$(sysctl -n machdep.cpu.brand_string 2>/dev/null)
  case $BRAND in
    'Apple '* | VirtualApple*) CHIP=apple ;;
    Intel*) CHIP=intel ;;
    *) CHIP='' ;;
  esac
  case $(sysctl -n kern.hv_vmm_present 2>/dev/null) in
    0) VIRTUAL=false ;;
    1) VIRTUAL=true ;;
    *) VIRTUAL='' ;;
  esac
  RELEASE=$(sw_vers -productVersion 2>/dev/null)
  MODEL=$(sysctl -n hw.model 2>/dev/null)
  T2=$(t2)
  EXTENSIONS=''
  if systemextensionsctl list >"$TEMP/extensions" 2>/dev/null && grep -q 'extension(s)$' "$TEMP/extensions"; then
    EXTENSIONS=known
  fi
  DISK_ENCRYPTION=$(disk_encryption)
  HEADLESS=''
  DEVICE_TYPE=other
  device_kind
}

# as_person COMMAND…: in the session of the person at the screen.
as_person() {
  [ -n "$PERSON" ] || return 1
  if [ "$OWN_UID" = "$PERSON_UID" ]; then
    own_command=${1##*/}
    shift
    "$own_command" "$@"
  elif [ "$OWN_UID" = 0 ]; then
    # -H: settings are looked for in the person's home folder, not in that of the caller.
    launchctl asuser "$PERSON_UID" /usr/bin/sudo -H -u "$PERSON" "$@"
  else
    return 1
  fi
}

# profile TYPE: an answer of system_profiler, flattened; ends with 1 where there is none.
profile() {
  system_profiler -xml "$1" >"$TEMP/xml" 2>/dev/null || return 1
  flatten <"$TEMP/xml" >"$TEMP/profile"
  has 0/_items <"$TEMP/profile"
}

# Whether an Intel Mac has the T2 chip; nothing elsewhere.
t2() {
  [ "$CHIP" = intel ] || return 0
  profile SPiBridgeDataType || return 0
  case $(find_text ibridge_model_name <"$TEMP/profile") in
    *' T2 '*) echo true ;;
    *) echo false ;;
  esac
}

device_kind() {
  laptop=''
  case $MODEL in
    MacBook*) laptop=true ;;
    *)
      if ioreg -r -c AppleSmartBattery -d 1 >"$TEMP/battery" 2>/dev/null; then
        laptop=false
        if grep -q '^ *"BatteryInstalled" = Yes *$' "$TEMP/battery"; then laptop=true; fi
      fi
      ;;
  esac
  case $VIRTUAL$laptop in
    true*) DEVICE_TYPE=vm ;;
    falsetrue) DEVICE_TYPE=laptop ;;
    falsefalse) DEVICE_TYPE=desktop ;;
  esac
  if [ "$DEVICE_TYPE" = laptop ] || [ -n "$PERSON" ] || [ "${MODEL#iMac}" != "$MODEL" ]; then
    HEADLESS=false
  elif profile SPDisplaysDataType; then
    HEADLESS=true
    if grep -q '<key>spdisplays_ndrvs</key>' "$TEMP/xml"; then HEADLESS=false; fi
  fi
}

core() {
  ioreg -r -d 1 -c IOPlatformExpertDevice >"$TEMP/platform" 2>/dev/null
  serial=$(sed -n 's/^.*"IOPlatformSerialNumber" = "\(.*\)".*$/\1/p' "$TEMP/platform" | head -n 1)
  # Without it the report would make a second device.
  [ -n "$serial" ] || fail "the serial number of this Mac can't be read"
  # Without control characters, which the appliance refuses.
  computer=$(scutil --get ComputerName 2>/dev/null | tr -d '\000-\037\177' | sed 's/^[[:space:]]*//;s/[[:space:]]*$//')
  [ -n "$computer" ] || computer=$(scutil --get LocalHostName 2>/dev/null)
  line device_name s "${computer:-$serial}"
  line serial_number s "$serial"
  line device_type s "$DEVICE_TYPE"
  line os_type s macos
  line hardware_uuid s "$(sed -n 's/^.*"IOPlatformUUID" = "\([0-9A-Fa-f-]*\)".*$/\1/p' "$TEMP/platform" | head -n 1)"
  line os_version s "$RELEASE"
  line agent_version s "$VERSION"
  line collected_at s "$NOW"
  line headless r "$HEADLESS"
}

# ---------------------------------------------------------------- security

security() {
  line disk_encryption r "$DISK_ENCRYPTION"
  line firewall_enabled r "$(firewall)"
  if [ "$HEADLESS" != true ]; then screen_lock; fi
  line last_update_at s "$(last_update)"
  line auto_update_enabled r "$(auto_update)"
  malware
  line password_manager r "$(password_manager)"
  line local_admin r "$(local_admin)"
  line remote_login_enabled r "$(remote_login)"
  line secure_boot r "$(secure_boot)"
  line tpm_present r "$(tpm)"
  line auto_login_enabled r "$(auto_login)"
  line guest_account_enabled r "$(guest_account)"
  line time_sync r "$(time_sync)"
}

# fdesetup prints English whatever the language of the system. What is not known word for word says nothing.
disk_encryption() {
  fdesetup status 2>/dev/null | awk '
    { sub(/^[ \t\r]+/, ""); sub(/[ \t\r]+$/, "") }
    $0 == "" || $0 == "FileVault master keychain appears to be installed." { next }
    { count++; lines[count] = $0; moved = $0; sub(/^FileVault is (On|Off)\. /, "", moved); if (moved ~ /^(Encryption|Decryption) in progress:/) moving = 1 }
    END {
      if (moving) print "false"
      else if (count == 1 && lines[1] == "FileVault is On.") print "true"
      else if (count == 1 && lines[1] == "FileVault is Off.") print "false"
      else if (count == 1 && lines[1] == "FileVault is Off, but will be enabled after the next restart.") print "false"
      else if (count == 2 && lines[1] == "FileVault is Off." && index(lines[2], "Deferred enablement appears to be active for user") == 1) print "false"
    }'
}

firewall() {
  on=''
  case $(socketfilterfw --getglobalstate 2>/dev/null) in
    *'(State = 0)'*) on=false ;;
    *'(State = 1)'* | *'(State = 2)'*) on=true ;;
    *)
      if system_profiler -json SPFirewallDataType >"$TEMP/firewall" 2>/dev/null; then
        yes='' no=''
        if grep -q '"spfirewall_globalstate_limit_connections"' "$TEMP/firewall" ||
          grep -q '"spfirewall_globalstate_block_all"' "$TEMP/firewall"; then yes=1; fi
        if grep -q '"spfirewall_globalstate_allow_all"' "$TEMP/firewall"; then no=1; fi
        case $yes$no in
          1) if [ -n "$yes" ]; then on=true; else on=false; fi ;;
        esac
      fi
      ;;
  esac
  if [ "$on" = false ]; then
    # A profile that wants it on contradicts that; other products and rules of one's own may do its work.
    [ "$(managed com.apple.security.firewall | bool_of EnableFirewall)" != true ] || return 0
    [ -n "$EXTENSIONS" ] || return 0
    ! other_firewall || return 0
    ! packet_filter_blocks || return 0
  fi
  printf '%s' "$on"
}

# Rows of systemextensionsctl as: identifier, whether it is active, whether it filters the network.
extensions() {
  awk -F '\t' '
    /^--- / { network = (index($0, "--- com.apple.system_extension.network_extension") == 1); next }
    NF == 6 && ($1 == "*" || $1 == "") && index($4, " (") {
      state = $6; sub(/[ \r]+$/, "", state)
      print substr($4, 1, index($4, " (") - 1) "\t" ($1 == "*" && $2 == "*" && state == "[activated enabled]" ? 1 : 0) "\t" network + 0
    }' "$TEMP/extensions"
}

# Makers of products that filter what comes in by themselves.
other_firewall() {
  extensions | awk -F '\t' '$2 && $3 { print $1 }' | grep -q -E '^(at\.obdev\.littlesnitch|com\.(avast|avg|bitdefender|broadcom|checkpoint|cisco|crowdstrike|eset|f-secure|fortinet|intego|kaspersky|mcafee|norton|paloaltonetworks|sentinelone|sophos|symantec|trellix|trendmicro|withsecure))\.'
}

packet_filter_blocks() {
  [ "$OWN_UID" = 0 ] || return 1
  case $(pfctl -s info 2>/dev/null) in
    'Status: Enabled'*) pfctl -s rules 2>/dev/null | grep -q '^block ' ;;
    *) return 1 ;;
  esac
}

screen_lock() {
  [ -n "$PERSON" ] || return 0
  state=$(as_person /usr/sbin/sysadminctl -screenLock status 2>&1 | sed -n 's/^.*screenLock \(.*\)$/\1/p' | head -n 1 | sed 's/[[:space:]]*$//')
  grace=''
  case $state in
    'is off') grace=off ;;
    'delay is immediate') grace=0 ;;
    'delay is '*' seconds')
      grace=${state#delay is }
      grace=${grace% seconds}
      grace=$(printf '%s\n' "$grace" | sed -n 's/^\(-1\|[0-9][0-9]*\)$/\1/p;s/^\(-*[0-9][0-9]*\)\.0*$/\1/p')
      case $grace in
        -1) grace=off ;;
        *[!0-9]*) grace='' ;;
      esac
      ;;
  esac
  prescribed=$(managed com.apple.screensaver | bool_of askForPassword)
  prescribed_grace=$(managed com.apple.screensaver | integer_of askForPasswordDelay)
  enabled=''
  case $grace:$prescribed in
    off:true | :false | :) grace='' ;;
    off:*) enabled=false grace='' ;;
    :true) enabled=true grace=$prescribed_grace ;;
    *:false) grace='' ;;
    *)
      # The longer of both: at the latest then a password is needed.
      enabled=true
      if [ -n "$prescribed_grace" ] && [ "$prescribed_grace" -gt "$grace" ]; then grace=$prescribed_grace; fi
      ;;
  esac
  line screen_lock_enabled r "$enabled"
  line screen_lock_delay_secs r "$(screen_lock_delay)"
}

# Seconds from the last input until a password is needed; -1 is never.
screen_lock_delay() {
  case $enabled in
    '') return 0 ;;
    false)
      printf '%s' -1
      return 0
      ;;
  esac
  saver=$(managed com.apple.screensaver | integer_of idleTime)
  if [ -z "$saver" ]; then
    saver=$(as_person /usr/bin/defaults -currentHost read com.apple.screensaver idleTime 2>/dev/null | sed -n 's/^[[:space:]]*\([0-9][0-9]*\)[[:space:]]*$/\1/p')
  fi
  case $saver in
    -*) saver='' ;;
  esac
  # The longest of all power sources; 0 as soon as one of them never darkens.
  display=$(pmset -g custom 2>/dev/null | awk '
    /Power:$/ { sources++ }
    $1 == "displaysleep" && $2 ~ /^[0-9]+$/ { found++; if ($2 == 0) never = 1; if ($2 > longest) longest = $2 }
    END { if (sources && found == sources) print (never ? 0 : longest * 60) }')
  if [ "${saver:-0}" -gt 0 ] && [ "${display:-0}" -gt 0 ]; then
    if [ "$saver" -lt "$display" ]; then idle=$saver; else idle=$display; fi
  elif [ "${saver:-0}" -gt 0 ]; then
    idle=$saver
  elif [ "${display:-0}" -gt 0 ]; then
    idle=$display
  elif [ -n "$saver" ] && [ -n "$display" ]; then
    printf '%s' -1
    return 0
  else
    # A screen saver whose time is not set comes by a default that differs between releases.
    return 0
  fi
  if [ -n "$grace" ]; then printf '%s' $((idle + grace)); fi
}

SETTINGS=/Library/Preferences/com.apple.SoftwareUpdate.plist
DECLARED=/var/db/softwareupdate/SoftwareUpdateDDMStatePersistence.plist
POLICY=SUCorePersistedStatePolicyFields/SUCoreDDMDeclarationGlobalSettings

# What a declaration of device management says: nothing, on, or unclear.
declared() {
  plist "$DECLARED" >"$TEMP/declared"
  case $? in
    1)
      echo nothing
      return 0
      ;;
    0) ;;
    *)
      echo unclear
      return 0
      ;;
  esac
  os=$(integer_of "$POLICY/automaticallyInstallOSUpdates" <"$TEMP/declared")
  data=$(integer_of "$POLICY/automaticallyInstallSystemAndSecurityUpdates" <"$TEMP/declared")
  if [ "$os$data" = 11 ]; then
    echo on
  elif has "$POLICY/automaticallyInstallOSUpdates" <"$TEMP/declared" || has "$POLICY/automaticallyInstallSystemAndSecurityUpdates" <"$TEMP/declared"; then
    echo unclear
  else
    echo nothing
  fi
}

auto_update() {
  plist "$SETTINGS" >"$TEMP/settings"
  [ $? -le 1 ] || return 0
  all=true
  for switch in AutomaticCheckEnabled AutomaticDownload CriticalUpdateInstall ConfigDataInstall AutomaticallyInstallMacOSUpdates; do
    prescribed=$(managed com.apple.SoftwareUpdate | bool_of "$switch")
    set=$(bool_of "$switch" <"$TEMP/settings")
    value=${prescribed:-$set}
    if [ -n "$prescribed" ] && [ -n "$set" ] && [ "$prescribed" != "$set" ]; then
      # From this release on, profiles with these settings are on their way out.
      case ${RELEASE%%.*} in
        '' | *[!0-9]*) value='' ;;
        *) if [ "${RELEASE%%.*}" -ge 26 ]; then value=''; fi ;;
      esac
    elif [ -z "$value" ] && [ "$switch" != AutomaticallyInstallMacOSUpdates ] && ! has "$switch" <"$TEMP/settings"; then
      # Absent is on, but for the one that begins as the person chose when the Mac was set up.
      value=true
    fi
    if [ "$value" = false ]; then
      all=false
    elif [ -z "$value" ] && [ "$all" != false ]; then
      all=''
    fi
  done
  case $(declared) in
    nothing) printf '%s' "$all" ;;
    on) printf true ;;
  esac
}

# The newer of: the newest update of the system in the history; the last whole look at Apple's servers, if it left nothing to install.
last_update() {
  plist /Library/Receipts/InstallHistory.plist >"$TEMP/history"
  installed=$(awk -F '\t' '
    { n = split($1, parts, "/"); if (n < 2) next; known[parts[1]] = 1; have[parts[1], parts[2]] = 1; if (n == 2) value[parts[1], parts[2]] = $3 }
    END {
      for (at in known) {
        # Lists of known malware come almost daily and mend nothing.
        if ((at, "contentType") in have) continue
        if (value[at, "processName"] !~ /^(softwareupdated|softwareupdate|macOS Installer|OS X Installer)$/) continue
        if (value[at, "displayName"] !~ /^(macOS |Security Update |Rapid Security Response|Background Security Improvement)/) continue
        if (value[at, "date"] > newest) newest = value[at, "date"]
      }
      print newest
    }' "$TEMP/history")
  looked=''
  # Updates that are held back by rule are not offered: nothing to install then proves nothing.
  if [ "$(managed com.apple.applicationaccess | bool_of forceDelayedSoftwareUpdates)" != true ] && ! declared_at_all; then
    plist "$SETTINGS" >"$TEMP/settings"
    offered=$(awk -F '\t' 'index($1, "RecommendedUpdates/") == 1' "$TEMP/settings" | head -n 1)
    if [ "$(integer_of LastRecommendedUpdatesAvailable <"$TEMP/settings")" = 0 ] && [ -z "$offered" ]; then
      looked=$(time_of LastFullSuccessfulDate <"$TEMP/settings")
    fi
  fi
  printf '%s\n%s\n' "$installed" "$looked" | sort | tail -n 1
}

declared_at_all() {
  plist "$DECLARED" >"$TEMP/declared"
  case $? in
    0) has "$POLICY" <"$TEMP/declared" ;;
    1) return 1 ;;
    *) return 0 ;;
  esac
}

# Products by their system extension, or by the daemon that does the work: identifier, endpoint detection or not, name.
products() {
  cat <<'TEXT'
com.crowdstrike.falcon.Agent edr CrowdStrike Falcon
com.microsoft.wdav.epsext edr Microsoft Defender for Endpoint
com.vmware.carbonblack.cloud.se-agent.extension edr VMware Carbon Black Cloud
com.paloaltonetworks.traps.securityextension edr Palo Alto Cortex XDR
com.jamf.protect.security-extension edr Jamf Protect
com.cisco.endpoint.svc.securityextension edr Cisco Secure Endpoint
com.sophos.endpoint.scanextension edr Sophos Endpoint
com.malwarebytes.mbam.engine.sys.ext antivirus Malwarebytes
com.avg.Antivirus.SystemExtension antivirus AVG Antivirus
com.sentinelone.sentineld daemon SentinelOne
TEXT
}

malware() {
  if [ -n "$EXTENSIONS" ]; then extensions >"$TEMP/rows"; else : >"$TEMP/rows"; fi
  running='' edr=''
  while read -r identifier kind name; do
    runs=''
    if [ "$kind" = daemon ]; then
      if launchctl print "system/$identifier" >"$TEMP/job" 2>/dev/null; then
        runs=false
        if grep -q '^[[:space:]]*state = running[[:space:]]*$' "$TEMP/job"; then runs=true; fi
      fi
    else
      runs=$(awk -F '\t' -v wanted="$identifier" '$1 == wanted { found = 1; if ($2) active = 1 } END { if (found) print (active ? "true" : "false") }' "$TEMP/rows")
    fi
    [ -n "$runs" ] || continue
    if [ "$runs" = true ] && [ -z "$running" ]; then running=$name; fi
    if [ "$kind" != antivirus ] && [ "$edr" != true ]; then edr=$runs; fi
  done <<TEXT
$(products)
TEXT
  if [ -n "$running" ]; then
    line antivirus_enabled r true
    line antivirus_product s "$running"
  else
    # XProtect is part of macOS; its command is there since macOS 15.
    scans=$(xprotect status 2>/dev/null | awk '
      { sub(/^[ \t]+/, ""); sub(/[ \t\r]+$/, "") }
      /^XProtect launch scans: / { launch = $NF }
      /^XProtect background scans: / { background = $NF }
      END {
        if (launch == "enabled" && background == "enabled") print "true"
        else if (launch == "disabled" || background == "disabled") print "false"
      }')
    if [ "$scans" = false ] && ! nothing_else_watches; then scans=''; fi
    line antivirus_enabled r "$scans"
    if [ -n "$scans" ]; then line antivirus_product s XProtect; fi
  fi
  if [ "$edr" = false ] && ! nothing_else_watches; then edr=''; fi
  line edr_installed r "$edr"
}

# Whether no extension that the list does not know may watch for malware: one that filters the network does not.
nothing_else_watches() {
  [ -n "$EXTENSIONS" ] || return 1
  products | cut -d ' ' -f 1 >"$TEMP/known"
  ! awk -F '\t' '$2 && !$3 { print $1 }' "$TEMP/rows" | grep -v -x -F -f "$TEMP/known" | grep -q .
}

# What every Mac ships with is not counted, and none of the list says nothing.
password_manager() {
  for name in '1Password' '1Password 7' Bitwarden Dashlane Enpass KeePassXC 'Keeper Password Manager' LastPass MacPass NordPass 'Proton Pass' RoboForm Strongbox; do
    if [ -e "$ROOT/Applications/$name.app" ]; then
      printf true
      return 0
    fi
  done
}

local_admin() {
  [ -n "$PERSON" ] || return 0
  case $(dseditgroup -o checkmember -m "$PERSON" admin 2>/dev/null) in
    'yes '*' is a member of admin') printf true ;;
    'no '*' is NOT a member of admin') printf false ;;
  esac
}

# Jobs of launchd that are there only while the service is switched on.
remote_login() {
  known=yes on=''
  overrides=''
  if launchctl print-disabled system >"$TEMP/overrides" 2>/dev/null; then overrides=yes; fi
  for job in com.openssh.sshd com.apple.screensharing; do
    launchctl print "system/$job" >/dev/null 2>&1
    case $? in
      0) on=yes ;;
      113)
        # Switched on, but not there: it may come back with the next start.
        if [ -z "$overrides" ] || grep -q -E "^[[:space:]]*\"$job\" => (enabled|false)[[:space:]]*\$" "$TEMP/overrides"; then known=''; fi
        ;;
      *) known='' ;;
    esac
  done
  management="$ROOT/Library/Application Support/Apple/Remote Desktop/RemoteManagement.launchd"
  if [ -n "$on" ] || [ "$(cat "$management" 2>/dev/null)" = enabled ]; then
    printf true
  elif [ -n "$known" ]; then
    printf false
  fi
}

# Full security and System Integrity Protection on. Virtual machines have the host's firmware: unknown.
secure_boot() {
  [ "$VIRTUAL" = false ] || return 0
  if [ "$T2" = false ]; then
    printf false
    return 0
  fi
  level=''
  if [ "$OWN_UID" = 0 ]; then
    level=$(mdmclient QuerySecurityInfo 2>/dev/null | sed -n 's/^[[:space:]]*"\{0,1\}SecureBootLevel"\{0,1\} = "\{0,1\}\([^";]*\)"\{0,1\};*[[:space:]]*$/\1/p' | head -n 1)
    case $level in
      full | medium | off | 'not supported') ;;
      *) level='' ;;
    esac
  fi
  if [ -z "$level" ] && [ "$CHIP" = intel ]; then
    case $(nvram 94b73556-2197-4702-82a8-3e1337dafbfb:AppleSecureBootPolicy 2>/dev/null) in
      *'	%02') level=full ;;
      *'	%01' | *'	%00') level=off ;;
    esac
  fi
  case $level in
    '') ;;
    full)
      case $(csrutil status 2>/dev/null | head -n 1) in
        'System Integrity Protection status: enabled.') printf true ;;
        'System Integrity Protection status: disabled.') printf false ;;
      esac
      ;;
    *) printf false ;;
  esac
}

# Apple's own chips and the T2 have a Secure Enclave, which does a TPM's work.
tpm() {
  case $VIRTUAL:$CHIP in
    false:apple) printf true ;;
    false:intel) printf '%s' "$T2" ;;
  esac
}

LOGIN=/Library/Preferences/com.apple.loginwindow.plist

# FileVault always asks for a credential.
auto_login() {
  if [ "$DISK_ENCRYPTION" = true ] ||
    [ "$(managed com.apple.loginwindow | bool_of com.apple.login.mcx.DisableAutoLoginClient)" = true ]; then
    printf false
    return 0
  fi
  # Every Mac that was set up has this file: where it is missing, nothing is known.
  plist "$LOGIN" >"$TEMP/login" || return 0
  if [ -z "$(text_of autoLoginUser <"$TEMP/login")" ]; then
    printf false
  elif [ -e "$ROOT/etc/kcpassword" ]; then
    printf true
  fi
}

guest_account() {
  forbidden=$(managed com.apple.MCX | bool_of DisableGuestAccount)
  wanted=$(managed com.apple.MCX | bool_of EnableGuestAccount)
  case $forbidden:$wanted in
    true:true) return 0 ;;
    true:*)
      printf false
      return 0
      ;;
    *:true)
      printf true
      return 0
      ;;
  esac
  case $(sysadminctl -guestAccount status 2>&1 | sed -n 's/^.*\] Guest account \([a-z]*\)\.*[[:space:]]*$/\1/p' | head -n 1) in
    disabled) printf false ;;
    enabled) printf true ;;
    *)
      if plist "$LOGIN" >"$TEMP/login"; then bool_of GuestEnabled <"$TEMP/login"; fi
      ;;
  esac
}

time_sync() {
  case $(systemsetup -getusingnetworktime 2>/dev/null | sed -n 's/^[[:space:]]*Network Time: \(.*\)$/\1/p' | head -n 1) in
    On) printf true ;;
    Off) printf false ;;
  esac
}

# ---------------------------------------------------------------- hardware, software, network

hardware() {
  {
    if [ "$VIRTUAL" = false ]; then line manufacturer s 'Apple Inc.'; fi
    line model s "$MODEL"
    if profile SPHardwareDataType; then line firmware_version s "$(find_text boot_rom_version <"$TEMP/profile")"; fi
    case $CHIP in
      apple) line architecture s arm64 ;;
      intel) line architecture s x86_64 ;;
    esac
    line kernel s "$(uname -r 2>/dev/null)"
    line os_build s "$(sw_vers -buildVersion 2>/dev/null)"
    line processor s "$BRAND"
    line processor_count r "$(sysctl -n hw.logicalcpu 2>/dev/null | sed -n '/^[0-9][0-9]*$/p')"
    line memory_bytes r "$(sysctl -n hw.memsize 2>/dev/null | sed -n '/^[0-9][0-9]*$/p')"
    disks
    kind=$(mount 2>/dev/null | sed -n 's/^.* on \/ (\([^,)]*\)[,)].*$/\1/p' | head -n 1)
    if [ -n "$kind" ]; then
      line volumes r "[$({
        line mount s /
        line file_system s "$kind"
        line encrypted r "$DISK_ENCRYPTION"
      } | object)]"
    fi
  } | object
}

disks() {
  diskutil list -plist internal physical >"$TEMP/xml" 2>/dev/null || return 0
  flatten <"$TEMP/xml" | awk -F '\t' -v most="$DISKS_MAX" "$JSON"'
    { n = split($1, parts, "/") }
    n == 3 && parts[1] == "AllDisksAndPartitions" && parts[3] == "DeviceIdentifier" { name[parts[2] + 0] = $3; if (parts[2] + 1 > count) count = parts[2] + 1 }
    n == 3 && parts[1] == "AllDisksAndPartitions" && parts[3] == "Size" { size[parts[2] + 0] = $3 }
    END {
      for (at = 0; at < count && at < most; at++) if (at in name)
        print "{\"name\":" quoted(name[at]) ((at in size) ? ",\"size_bytes\":" size[at] : "") "}"
    }' >"$TEMP/disks"
  if [ -s "$TEMP/disks" ]; then line disks r "$(array <"$TEMP/disks")"; fi
}

# Programs in the folder for all users and in the folders directly below it, and Homebrew's packages.
software() {
  [ -d "$ROOT/Applications" ] || return 0
  {
    for path in "$ROOT/Applications"/*.app "$ROOT/Applications"/*/*.app; do
      if [ ! -e "$path" ]; then continue; fi
      case ${path%/*} in
        *.app) continue ;;
      esac
      name=${path##*/}
      program "$path" | awk -F '\t' -v OFS='\t' '
        $1 == "CFBundleShortVersionString" && $2 == "s" { short = $3 }
        $1 == "CFBundleVersion" && $2 == "s" { long = $3 }
        END { sub(/^ +/, "", short); sub(/ +$/, "", short); sub(/^ +/, "", long); sub(/ +$/, "", long); print (short != "" ? short : long) }' >"$TEMP/version"
      printf '%s\t%s\tapplication\n' "$(printf '%s' "${name%.app}" | tr '\t\n' '  ')" "$(cat "$TEMP/version")"
    done
    for path in "$ROOT/opt/homebrew/Cellar"/*/* "$ROOT/usr/local/Cellar"/*/*; do
      if [ ! -e "$path" ]; then continue; fi
      package=${path%/*}
      printf '%s\t%s\thomebrew\n' "${package##*/}" "${path##*/}"
    done
  } | sort -u >"$TEMP/packages"
  count=$(wc -l <"$TEMP/packages")
  if [ "$count" -eq 0 ] || [ "$count" -gt "$PACKAGES_MAX" ]; then return 0; fi
  awk -F '\t' "$JSON"'{ print "{\"name\":" quoted($1) ",\"version\":" quoted($2) ",\"source\":" quoted($3) "}" }' "$TEMP/packages" | array >"$TEMP/items"
  {
    line collected_at s "$NOW"
    printf 'items\tr\t%s\n' "$(cat "$TEMP/items")"
  } | object
}

# program PATH: its description flattened, or that of a program for iPad.
program() {
  for file in "$1/Contents/Info.plist" "$1/WrappedBundle/Info.plist"; do
    if [ -e "$file" ] && plutil -convert xml1 -o - "$file" >"$TEMP/xml" 2>/dev/null; then
      flatten <"$TEMP/xml"
      return 0
    fi
  done
}

network() {
  ifconfig -a >"$TEMP/ifconfig" 2>/dev/null || return 0
  # Without what changes by itself: radio links to devices nearby, link-local and temporary addresses.
  awk -v most="$INTERFACES_MAX" "$JSON"'
    function finish(base) {
      base = name; sub(/[0-9]+$/, "", base)
      if (name != "" && base !~ /^(lo|awdl|llw|ap|anpi|bridge|vmenet|feth|gif|stf|pktap|XHC)$/ && (mac != "" || addresses != ""))
        print name "\t{\"name\":" quoted(name) (mac != "" ? ",\"mac\":" quoted(mac) : "") (addresses != "" ? ",\"addresses\":[" addresses "]" : "") "}"
    }
    function bits(hex, out, at) {
      out = 0
      for (at = 1; at <= length(hex); at++) out += ones[substr(hex, at, 1)]
      return out
    }
    BEGIN { split("0 1 1 2 1 2 2 3 1 2 2 3 2 3 3 4", number, " "); for (at = 0; at < 16; at++) ones[substr("0123456789abcdef", at + 1, 1)] = number[at + 1] }
    /^[^ \t]/ { finish(); name = $1; sub(/:.*$/, "", name); mac = ""; addresses = ""; held = 0; next }
    $1 == "ether" { mac = $2 }
    ($1 == "inet" || $1 == "inet6") && held < 32 {
      if ($2 ~ /^fe80:/ || $2 ~ /^169\.254\./) next
      prefix = ""; mask = ""; passing = 0
      for (at = 3; at <= NF; at++) { if ($at == "temporary") passing = 1; if ($at == "prefixlen") prefix = $(at + 1); if ($at == "netmask") mask = $(at + 1) }
      if (passing) next
      if (prefix == "" && mask ~ /^0x[0-9a-f]+$/) prefix = bits(substr(mask, 3))
      if (prefix ~ /^[0-9]+$/) { addresses = addresses (held ? "," : "") quoted($2 "/" prefix); held++ }
    }
    END { finish() }' "$TEMP/ifconfig" | sort | head -n "$INTERFACES_MAX" | cut -f 2- | array >"$TEMP/interfaces"
  for family in -inet -inet6; do
    route -n get "$family" default 2>/dev/null | sed -n 's/^[[:space:]]*gateway: \([0-9a-f][^%]*\).*$/\1/p' | head -n 1
  done | awk "$JSON"'{ print quoted($0) }' | array >"$TEMP/gateways"
  # The servers of the first resolver; the others answer for single domains.
  scutil --dns 2>/dev/null | awk "$JSON"'
    { sub(/^[ \t]+/, ""); sub(/[ \t\r]+$/, "") }
    $0 == "resolver #1" && !begun { begun = 1; next }
    begun && $0 == "" { exit }
    begun && /^nameserver\[/ { server = $0; sub(/^[^:]* : /, "", server); if (!(server in known) && count < 8) { known[server] = 1; count++; print quoted(server) } }' |
    array >"$TEMP/servers"
  {
    line interfaces r "$(cat "$TEMP/interfaces")"
    if [ "$(cat "$TEMP/gateways")" != '[]' ]; then line gateways r "$(cat "$TEMP/gateways")"; fi
    if [ "$(cat "$TEMP/servers")" != '[]' ]; then line dns_servers r "$(cat "$TEMP/servers")"; fi
  } | object
}

main "$@"
