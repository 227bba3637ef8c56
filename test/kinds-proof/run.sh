#!/usr/bin/env bash
# Models that another library trains, saves and scores are loaded by the kind that serves the library's files, and must score
# alike. The script make-NAME.py makes the models, once per file requirements-NAME*.txt, each in its own Python environment.
# Prints one line per model and a count; exits 1 if a score differs. A first line "# Python 3.MIN to 3.MAX" in the
# requirements names the versions of Python that the packages work with. Packages of npm that the kind needs are in files
# packages-NAME*.txt: the scores are compared once with each.
# Where that line ends with "large", the packages take gigabytes: their models are those of test/fixtures/NAME/, without --all.
# usage: run.sh NAME [--small | --all | --keep FOLDER] [CASE...]
#   --small  makes the small cases only, and writes them to test/fixtures/NAME/
#   --all    makes the models of large packages, too
#   --keep   the same, writes the cases to a folder, and leaves them there
#   CASE     a part of their names selects the cases that are compared, such as "2.1/dart"
set -euo pipefail
cd "$(dirname "$0")/../.."
name=$1
shift
size=()
all=yes
case "${1:-}" in
--small)
  cases=test/fixtures/$name
  size=(--small)
  shift
  ;;
--keep)
  cases=$2
  shift 2
  ;;
*)
  cases=$(mktemp -d)
  trap 'rm -rf "$cases"' EXIT
  if [ "${1:-}" = --all ]; then shift; else all=; fi
  ;;
esac

made=0
for requirements in test/kinds-proof/requirements-"$name"*.txt; do
  environment=$(basename "$requirements" .txt)
  environment=${environment#requirements-}
  version=${environment#"$name"}
  if [ -z "$all" ] && sed -n 1p "$requirements" | grep -q ', large$'; then
    echo "$environment: its models are those of test/fixtures/$name/${version#-}; --all makes them anew"
    cp -r "test/fixtures/$name/${version#-}" "$cases"
    continue
  fi
  read -r min max <<<"$(sed -nE '1s/^# Python 3\.([0-9]+) to 3\.([0-9]+).*/\1 \2/p' "$requirements")"
  python=$(bash scripts/python-environment.sh "proof-$environment" "$requirements" "${min:-10}" "$((${max:-14} + 1))")
  if [ -z "$python" ]; then
    echo "$environment: skipped, because there is no Python 3.${min:-10} to 3.${max:-14} with venv"
    continue
  fi
  "$python" "test/kinds-proof/make-$name.py" "$cases/${version#-}" "${size[@]}"
  made=$((made + 1))
done
if [ "$made" = 0 ]; then
  echo "$name: skipped, because no Python environment could be made"
  exit 0
fi
compare() {
  node --import ./scripts/register-typescript.js test/kinds-proof/compare.ts "$cases" "$@"
}
shopt -s nullglob
lists=(test/kinds-proof/packages-"$name"*.txt)
if [ "${#lists[@]}" = 0 ]; then compare "$@"; fi
for list in "${lists[@]}"; do
  echo "with $(tr '\n' ' ' <"$list")"
  NODE_PATH=$(bash test/kinds-proof/install-packages.sh "$list") compare "$@"
done
