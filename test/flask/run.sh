#!/usr/bin/env bash
# `check` is pointed at an engine written in Python, with Flask and scikit-learn, as tutorials have it: it finds its faults by
# name, and docs/conformance.md shows what it says. With --write, the page is written.
set -euo pipefail
cd "$(dirname "$0")/../.."

python=$(bash scripts/python-environment.sh flask test/flask/requirements.txt 11)
if [ -z "$python" ]; then
  echo 'flask: skipped, for there is no Python 3.11 or newer with venv here'
  exit 0
fi

node --import ts-blank-space/register test/flask/accept.ts "$python" "$@"
