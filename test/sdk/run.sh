#!/usr/bin/env bash
# IBM's own Python SDK takes what `register` writes for every sample deployment: its classes hold all of the bodies, and the
# program runs against a server on loopback that stands for OpenScale and looks at what it is sent.
set -euo pipefail
cd "$(dirname "$0")/../.."

if ! python3 -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
  echo 'sdk: skipped, for there is no Python 3.11 to 3.13 with venv here, which the SDK wants'
  exit 0
fi
environment=.venv/sdk
if ! cmp -s test/sdk/requirements.txt "$environment/requirements.txt"; then
  rm -rf "$environment"
  python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet --disable-pip-version-check --requirement test/sdk/requirements.txt
  cp test/sdk/requirements.txt "$environment/requirements.txt"
fi

"$environment/bin/python" test/sdk/accept.py
