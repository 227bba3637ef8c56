#!/usr/bin/env bash
# IBM's own Python SDK takes what `register` writes for every sample deployment: its classes hold all of the bodies, and the
# program runs against a server on loopback that stands for OpenScale and looks at what it is sent.
set -euo pipefail
cd "$(dirname "$0")/../.."

python=$(bash scripts/python-environment.sh sdk test/sdk/requirements.txt 11 14)
if [ -z "$python" ]; then
  echo 'sdk: skipped, for there is no Python 3.11 to 3.13 with venv here, which the SDK wants'
  exit 0
fi

"$python" test/sdk/accept.py
