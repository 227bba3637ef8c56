#!/usr/bin/env bash
# Makes the Python environment of the peers, and prints its interpreter; prints nothing where there is no Python for it.
set -euo pipefail
cd "$(dirname "$0")/../.."
python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || exit 0
environment=.venv/peers
if ! cmp -s bench/peers/requirements.txt "$environment/requirements.txt"; then
  rm -rf "$environment"
  python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet --disable-pip-version-check --requirement bench/peers/requirements.txt >&2
  cp bench/peers/requirements.txt "$environment/requirements.txt"
fi
echo "$environment/bin/python"
