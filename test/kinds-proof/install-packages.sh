#!/usr/bin/env bash
# Installs the packages of npm that a list names, one per line, under .venv/, and prints the folder for NODE_PATH.
# usage: install-packages.sh LIST
set -euo pipefail
cd "$(dirname "$0")/../.."
list=$1
packages=$(pwd)/.venv/$(basename "$list" .txt)
if ! cmp -s "$list" "$packages/packages.txt"; then
  rm -rf "$packages"
  mkdir -p "$packages"
  # Their scripts download what is not needed.
  xargs bash scripts/try-again.sh npm install --prefix "$packages" --ignore-scripts --no-audit --no-fund --silent <"$list" >&2
  cp "$list" "$packages/packages.txt"
fi
echo "$packages/node_modules"
