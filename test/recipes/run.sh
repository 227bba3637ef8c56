#!/usr/bin/env bash
# Runs the recipes of docs/importing.md as a reader would: the Python and the shell of each section, in an empty folder with a table
# of loans; then the deployment is served, and a row is scored. Skips what this machine has no Python for.
# Recipes with requirements of their own run only if they are named: their packages take gigabytes, and are removed afterwards.
# usage: run.sh [SECTION...], such as XGBoost or PyTorch
set -euo pipefail
cd "$(dirname "$0")/../.."
common=() own=()
for section in "$@"; do
  if [ -e "test/recipes/requirements-$section.txt" ]; then own+=("$section"); else common+=("$section"); fi
done
if [ $# = 0 ]; then
  for requirements in test/recipes/requirements-*.txt; do
    section=$(basename "$requirements" .txt)
    section=${section#requirements-}
    echo "recipes: $section: not run, because its packages take gigabytes; npm run test:recipes $section runs it"
  done
fi
npm run --silent build
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# The optional runtime of ONNX, where the engine finds it and the project does not.
npm install --silent --no-save --ignore-scripts --prefix "$scratch/runtime" onnxruntime-node@1.30.0

# run_in ENVIRONMENT REQUIREMENTS [SECTION...]
run_in() {
  local environment=$1 requirements=$2 min max python
  shift 2
  read -r min max <<<"$(sed -nE '1s/^# Python 3\.([0-9]+) to 3\.([0-9]+).*/\1 \2/p' "$requirements")"
  python=$(bash scripts/python-environment.sh "$environment" "$requirements" "$min" "$((max + 1))")
  if [ -z "$python" ]; then
    echo "$environment: skipped, because there is no Python 3.$min to 3.$max with venv"
    return
  fi
  NODE_PATH="$scratch/runtime/node_modules" PATH="$PWD/$(dirname "$python"):$PATH" \
    node --import ./scripts/register-typescript.js test/recipes/run-recipes.ts docs/importing.md "$scratch" "$@"
}
if [ $# = 0 ] || [ "${#common[@]}" -gt 0 ]; then run_in recipes test/recipes/requirements.txt "${common[@]}"; fi
failed=0
for section in "${own[@]}"; do
  run_in "recipes-$section" "test/recipes/requirements-$section.txt" "$section" || failed=1
  rm -rf ".venv/recipes-$section"
done
exit "$failed"
