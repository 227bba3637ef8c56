#!/usr/bin/env bash
# IBM's own Python SDK accepts what `register` writes for every sample deployment: its classes parse the bodies, and the
# program runs against a stub of OpenScale on loopback, which checks what it receives.
set -euo pipefail
cd "$(dirname "$0")/../.."

python=$(bash scripts/python-environment.sh sdk test/sdk/requirements.txt 11 14)
if [ -z "$python" ]; then
  echo 'sdk: skipped: the SDK needs Python 3.11 to 3.13 with venv'
  exit 0
fi

"$python" test/sdk/accept.py
