#!/usr/bin/env bash
# Makes a Python environment under .venv/, anew where its requirements have changed, and prints its interpreter. Prints nothing
# where there is no Python for it, with venv; fails where a package does not install.
# usage: python-environment.sh NAME REQUIREMENTS LEAST [BELOW], the minor versions of Python 3
set -euo pipefail
cd "$(dirname "$0")/.."
name=$1 requirements=$2 least=$3 below=${4:-1000}
python3 -c "import sys, venv, ensurepip; sys.exit(not (3, $least) <= sys.version_info < (3, $below))" 2>/dev/null || exit 0
environment=.venv/$name
if ! cmp -s "$requirements" "$environment/requirements.txt"; then
  rm -rf "$environment"
  python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements" >&2
  cp "$requirements" "$environment/requirements.txt"
fi
echo "$environment/bin/python"
