#!/usr/bin/env bash
# Runs the benchmark in turn with the reference server, a FastAPI program with the same routes.
#
#   tests/bench/reference.sh [FOLDER] [OPTIONS OF THE BENCHMARK]
#
# FOLDER holds app.py, seed.py, run.sh and requirements.txt; default ../shared/bench/fastapi_ref beside this repository. Its environment and
# data are made in target/reference and kept for the next run. The server listens on loopback and ends with this script.
set -Eeuo pipefail
cd "$(dirname "$0")/../.."

readonly DEVICES=10000
readonly PORT=8100
# How long the server may take to answer.
readonly SECONDS_MAX=30

main() {
  local folder=../shared/bench/fastapi_ref
  if [[ $# -gt 0 && $1 != --* ]]; then
    folder=$1
    shift
  fi
  folder=$(cd "$folder" && pwd)
  local work=$PWD/target/reference
  mkdir -p "$work"
  if [[ ! -x $work/venv/bin/uvicorn ]]; then
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet --requirement "$folder/requirements.txt"
  fi
  if [[ ! -f $work/reference.db.ids ]]; then
    rm -f "$work"/reference.db*
    (cd "$folder" && DB=$work/reference.db PYTHONDONTWRITEBYTECODE=1 "$work/venv/bin/python" seed.py "$work/reference.db" "$DEVICES")
  fi
  cargo bench --no-run
  VENV=$work/venv PYTHONDONTWRITEBYTECODE=1 "$folder/run.sh" "$work/reference.db" "$PORT" &
  readonly SERVER=$!
  trap 'kill "$SERVER" 2>/dev/null; wait "$SERVER" 2>/dev/null || true' EXIT
  wait_for_server
  cargo bench -- --reference "127.0.0.1:$PORT" "$@"
}

wait_for_server() {
  local deadline=$((SECONDS + SECONDS_MAX))
  until (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; do
    kill -0 "$SERVER" 2>/dev/null || { echo "the reference server ended; see above" >&2; exit 1; }
    ((SECONDS < deadline)) || { echo "the reference server did not answer within $SECONDS_MAX s" >&2; exit 1; }
    sleep 0.2
  done
}

main "$@"
