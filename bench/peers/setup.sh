#!/usr/bin/env bash
# Makes a Python environment of the peers, and prints its interpreter: requirements.txt's, or with the argument "mlflow" that of
# requirements-mlflow.txt. Prints nothing where there is no Python for it; fails where a package does not install.
set -euo pipefail
cd "$(dirname "$0")/../.."
python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || exit 0
requirements="bench/peers/requirements${1:+-$1}.txt"
environment=".venv/peers${1:+-$1}"
if ! cmp -s "$requirements" "$environment/requirements.txt"; then
  rm -rf "$environment"
  python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements" >&2
  cp "$requirements" "$environment/requirements.txt"
fi
echo "$environment/bin/python"
