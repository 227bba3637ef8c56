#!/usr/bin/env bash
# Runs a command that downloads something, and again after 5, 20 and 60 seconds where it fails: networks and registries do now and then.
# usage: try-again.sh COMMAND...
set -uo pipefail
for pause in 5 20 60; do
  "$@" && exit
  echo "$1 failed; once more in $pause s" >&2
  sleep "$pause"
done
exec "$@"
