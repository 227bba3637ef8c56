#!/usr/bin/env bash
# `check` is pointed at an engine written in Python, with Flask and scikit-learn, as tutorials have it: it finds its faults by
# name, and docs/conformance.md shows what it says. With --write, the page is written.
set -euo pipefail
cd "$(dirname "$0")/../.."

if ! python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  echo 'peers: skipped, for there is no Python 3.11 or newer with venv here'
  exit 0
fi
environment=.venv/flask
if ! cmp -s test/peers/requirements.txt "$environment/requirements.txt"; then
  rm -rf "$environment"
  python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet --disable-pip-version-check --requirement test/peers/requirements.txt
  cp test/peers/requirements.txt "$environment/requirements.txt"
fi

node --import ts-blank-space/register test/peers/accept.ts "$environment/bin/python" "$@"
