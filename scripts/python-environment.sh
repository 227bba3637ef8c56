#!/usr/bin/env bash
# Creates a Python environment under .venv/, or recreates it when its requirements have changed, and prints the path of its
# interpreter. Prints nothing if there is no suitable Python with venv; fails if a package cannot be installed.
# usage: python-environment.sh NAME REQUIREMENTS MIN [BELOW], minor versions of Python 3
set -euo pipefail
cd "$(dirname "$0")/.."
name=$1 requirements=$2 min=$3 below=${4:-1000}
suitable=
for python in python3 python3.{8..14} "$HOME"/.pyenv/versions/3.*/bin/python3; do
  if "$python" -c "import sys, venv, ensurepip; sys.exit(not (3, $min) <= sys.version_info < (3, $below))" 2>/dev/null; then
    suitable=$python
    break
  fi
done
[ -n "$suitable" ] || exit 0
environment=.venv/$name
if ! cmp -s "$requirements" "$environment/requirements.txt"; then
  rm -rf "$environment"
  "$suitable" -m venv "$environment"
  # Only what is imported is worth compiling, and most is not.
  bash scripts/try-again.sh \
    "$environment/bin/pip" install --no-compile --quiet --disable-pip-version-check --requirement "$requirements" >&2
  cp "$requirements" "$environment/requirements.txt"
fi
echo "$environment/bin/python"
