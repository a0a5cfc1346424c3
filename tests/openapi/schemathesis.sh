#!/usr/bin/env bash
# Throws generated requests at the running program, as each role, and holds every answer against the program's own document.
#
#   tests/openapi/schemathesis.sh          # the short form, which tests/run runs too: about two minutes
#   tests/openapi/schemathesis.sh long     # up to ten minutes for each role, and sequences of requests
#
# The tool is installed into target/schemathesis (Python 3). It talks to loopback only; the program ends with this script.
set -Eeuo pipefail
cd "$(dirname "$0")/../.."

readonly CHECKS=not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance
# What an admin may change could end the others' turns, and nobody uses up what one address may ask without signing in.
readonly ROLES=(agent viewer auditor user admin nobody)
readonly PASSWORD='seven geese crossed the frozen lake'
# How long the program may take to start.
readonly START_SECONDS_MAX=30

main() {
  local work=$PWD/target/schemathesis
  mkdir -p "$work"
  install_tool "$work"
  cargo build --locked --quiet
  FOLDER=$(mktemp -d "$work/run.XXXXXX")
  readonly FOLDER
  trap stop EXIT
  start
  local role failed=()
  for role in "${ROLES[@]}"; do
    turn "$work" "$role" "${1:-short}" || failed+=("$role")
  done
  if grep -E ' ERROR |panicked' "$FOLDER/log" >&2; then
    echo "the program logged errors" >&2
    return 1
  fi
  if ((${#failed[@]} > 0)); then
    printf 'findings as %s\n' "${failed[@]}" >&2
    return 1
  fi
  echo "no finding as ${ROLES[*]}"
}

# install_tool WORK: once, and again when requirements.txt has changed.
install_tool() {
  local work=$1 wanted=tests/openapi/requirements.txt
  if ! cmp --silent "$wanted" "$work/installed.txt"; then
    rm -rf "$work/venv"
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$wanted"
    cp "$wanted" "$work/installed.txt"
  fi
}

recoger() {
  target/debug/recoger "$@" --data "$FOLDER/recoger.db"
}

start() {
  RECOGER_LOG=warn RECOGER_ADMIN_PASSWORD=$PASSWORD \
    target/debug/recoger serve --data "$FOLDER/recoger.db" --listen 127.0.0.1:0 >"$FOLDER/out" 2>"$FOLDER/log" &
  SERVER=$!
  local deadline=$((SECONDS + START_SECONDS_MAX))
  until ADDRESS=$(sed -n 's/^listening on //p' "$FOLDER/out") && [[ -n $ADDRESS ]]; do
    kill -0 "$SERVER" 2>/dev/null || { cat "$FOLDER/log" >&2; return 1; }
    ((SECONDS < deadline)) || { echo "the program did not start within $START_SECONDS_MAX s" >&2; return 1; }
    sleep 0.1
  done
  target/debug/recoger openapi >"$FOLDER/openapi.json"
  # Else most answers would be 429.
  recoger tenant plan default enterprise --per-minute none --per-day none >"$FOLDER/plan"
}

stop() {
  if [[ -n ${SERVER:-} ]]; then
    kill "$SERVER" 2>/dev/null || true
    wait "$SERVER" 2>/dev/null || true
  fi
  rm -rf "$FOLDER"
}

# turn WORK ROLE FORM: one run as ROLE.
turn() {
  local work=$1 role=$2 form=$3 credential
  credential=$(credential "$role")
  local options=(--checks "$CHECKS" --tls-verify false --warnings off --output-sanitize true --seed 1)
  # What ends the session that the run lives on. Ids that one answer shows are tried in other requests.
  local row
  for row in 'POST /v1/auth/logout' 'DELETE /v1/auth/session' 'DELETE /v1/users/me/sessions/{session_id}'; do
    options+=(--exclude-name "$row")
  done
  case $form in
    short) options+=(--phases 'examples,coverage,fuzzing' --max-examples 6 --no-shrink) ;;
    # An access token lasts 15 minutes.
    long) options+=(--phases 'examples,coverage,fuzzing,stateful' --max-examples 200 --max-time 600) ;;
    *) echo "\`$form\` is neither short nor long" >&2; return 2 ;;
  esac
  if [[ -n $credential ]]; then
    options+=(--header "Authorization: Bearer $credential")
    works "$role" "$credential" || { echo "the credential of $role does not work before its turn" >&2; return 1; }
  fi
  # It keeps what it found in the folder where it runs; each run of ours is to begin anew.
  if ! (cd "$FOLDER" && exec "$work/venv/bin/schemathesis" run "$FOLDER/openapi.json" --url "$ADDRESS" "${options[@]}") >"$FOLDER/$role" 2>&1; then
    cat "$FOLDER/$role" >&2
    return 1
  fi
  printf '%-8s %s\n' "$role" "$(grep -E 'generated|cases' "$FOLDER/$role" | tail -1 | xargs)"
  # If it had ended on the way, the rest of the run would have tested nothing but 401.
  if [[ -n $credential ]] && ! works "$role" "$credential"; then
    echo "the credential of $role does not work after its turn" >&2
    return 1
  fi
}

credential() {
  local role=$1
  case $role in
    nobody) ;;
    agent) recoger api-key add --tenant default --role agent --name "generated requests" 2>/dev/null ;;
    *)
      recoger user add "$role@example.com" --tenant default --role "$role" --password-stdin <<<"$PASSWORD" >/dev/null
      curl --silent --fail --insecure "$ADDRESS/v1/auth/login" --header 'Content-Type: application/json' \
        --data "{\"username\": \"$role@example.com\", \"password\": \"$PASSWORD\"}" | jq --raw-output .access_token
      ;;
  esac
}

# works ROLE CREDENTIAL: an agent may do nothing but report, which tells by 400 that it was let in.
works() {
  local path=/v1/devices expected=200 data=()
  if [[ $1 == agent ]]; then
    path=/v1/devices/report expected=400 data=(--data '{}' --header 'Content-Type: application/json')
  fi
  local status
  status=$(curl --silent --insecure --output /dev/null --write-out '%{http_code}' "${data[@]}" --header "Authorization: Bearer $2" "$ADDRESS$path")
  [[ $status == "$expected" ]] || { echo "$path answers $status" >&2; return 1; }
}

main "$@"
