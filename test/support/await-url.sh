#!/usr/bin/env bash
# Prints the URL that an engine has written to the file of its greeting, as soon as it is there. Fails when the engine has ended without.
# usage: await-url.sh FILE PID
set -euo pipefail
# The file may not be there yet.
read_url() { sed -nE 's/.* on (https?:[^ ]*)$/\1/p' "$1" 2>/dev/null | head -1 || true; }
for _ in $(seq 3000); do
  url=$(read_url "$1")
  # Once more after the end: it may have come in between.
  kill -0 "$2" 2>/dev/null || url=$(read_url "$1")
  [ -n "$url" ] && break
  kill -0 "$2" 2>/dev/null || break
  sleep 0.1
done
[ -n "$url" ] || { echo 'the engine did not start' >&2; exit 1; }
echo "$url"
