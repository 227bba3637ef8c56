#!/usr/bin/env bash
# Models that another library trains, saves and scores are loaded by the kind that serves the library's files, and must score
# alike. The script test/kinds-proof/NAME.py makes the models, once per file test/kinds-proof/requirements-NAME*.txt, each in
# its own Python environment. Prints one line per model and a count; exits 1 if a score differs.
# A first line "# Python 3.MIN to 3.MAX" in the requirements names the versions of Python that the packages work with.
# usage: run.sh NAME [--keep FOLDER] [CASE...]: the part of their names selects some cases, such as "2.1/dart"
set -euo pipefail
cd "$(dirname "$0")/../.."
name=$1
shift
if [ "${1:-}" = --keep ]; then
  cases=$2
  shift 2
  mkdir -p "$cases"
else
  cases=$(mktemp -d)
  trap 'rm -rf "$cases"' EXIT
fi

made=0
for requirements in test/kinds-proof/requirements-"$name"*.txt; do
  environment=$(basename "$requirements" .txt)
  environment=${environment#requirements-}
  read -r min max < <(sed -nE '1s/^# Python 3\.([0-9]+) to 3\.([0-9]+).*/\1 \2/p' "$requirements"; echo) || true
  python=$(bash scripts/python-environment.sh "proof-$environment" "$requirements" "${min:-10}" "$((${max:-14} + 1))")
  if [ -z "$python" ]; then
    echo "$environment: skipped, because there is no Python 3.${min:-10} to 3.${max:-14} with venv"
    continue
  fi
  version=${environment#"$name"}
  "$python" "test/kinds-proof/$name.py" "$cases/${version#-}"
  made=$((made + 1))
done
if [ "$made" = 0 ]; then
  echo "$name: skipped, because no Python environment could be made"
  exit 0
fi
node --import ts-blank-space/register test/kinds-proof/compare.ts "$cases" "$@"
