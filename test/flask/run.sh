#!/usr/bin/env bash
# Runs `check` on an engine that is written like a tutorial, with Flask and scikit-learn: it must find the engine's faults, and print
# the report that docs/conformance.md shows. With --write, the report is written into that page.
set -euo pipefail
cd "$(dirname "$0")/../.."

python=$(bash scripts/python-environment.sh flask test/flask/requirements.txt 11)
if [ -z "$python" ]; then
  echo 'flask: skipped, because Python 3.11 or newer with venv is not installed'
  exit 0
fi

node --import ./scripts/register-typescript.js test/flask/accept.ts "$python" "$@"
