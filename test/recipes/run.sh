#!/usr/bin/env bash
# Runs the recipes of docs/importing.md as a reader would: the Python and the shell of each section, in an empty folder with a table
# of loans; then the deployment is served, and a row is scored. Skips what this machine has no Python for.
# usage: run.sh [SECTION...], such as XGBoost
set -euo pipefail
cd "$(dirname "$0")/../.."
python=$(bash scripts/python-environment.sh recipes test/recipes/requirements.txt 10 13)
if [ -z "$python" ]; then
  echo 'recipes: skipped, because there is no Python 3.10 to 3.12 with venv'
  exit 0
fi
npm run --silent build
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# The optional runtime of ONNX, where the engine finds it and the project does not.
npm install --silent --no-save --ignore-scripts --prefix "$scratch/runtime" onnxruntime-node@1.30.0
NODE_PATH="$scratch/runtime/node_modules" PATH="$PWD/$(dirname "$python"):$PATH" \
  node --import ./scripts/register-typescript.js test/recipes/run-recipes.ts docs/importing.md "$scratch" "$@"
