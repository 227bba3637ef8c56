#!/usr/bin/env bash
# Schemathesis against the live engine and its own contract: with ids of every sort, then on a deployment that exists.
# No 5xx, and every reply as the contract says. Leaves out positive_data_acceptance: the contract cannot say which columns
# a deployment has, so that most tables it allows are refused with 400.
set -euo pipefail
cd "$(dirname "$0")/../.."

python=$(bash scripts/python-environment.sh fuzz test/fuzz/requirements.txt 10)
if [ -z "$python" ]; then
  echo 'fuzz: skipped, because there is no Python 3.10 or newer with venv'
  exit 0
fi

scratch=$(mktemp -d)
export ENGINE_USERNAME=fuzz ENGINE_PASSWORD=fuzz ENGINE_LOG_LEVEL=warn
: >"$scratch/greeting"
node dist/cli/main.js serve --port 0 >>"$scratch/greeting" 2>"$scratch/log" &
engine=$!
trap 'kill "$engine" 2>/dev/null || true; rm -rf "$scratch"' EXIT
url=$(bash test/support/await-url.sh "$scratch/greeting" "$engine") || { cat "$scratch/log" >&2; exit 1; }

fuzz() {
  "${python%/python}/schemathesis" "$@" --url "$url" --auth fuzz:fuzz --exclude-checks positive_data_acceptance \
    --phases examples,coverage,fuzzing --max-examples "${FUZZ_EXAMPLES:-200}" --seed 1 --workers 1 --warnings off \
    --request-timeout 10 --suppress-health-check too_slow generated/openapi.json
}
fuzz run
fuzz --config-file test/fuzz/schemathesis.toml run
kill -0 "$engine" || { echo 'fuzz: the engine died' >&2; exit 1; }
if [ -s "$scratch/log" ]; then
  echo 'fuzz: the engine logged errors:' >&2
  cat "$scratch/log" >&2
  exit 1
fi
echo 'fuzz: the engine lives, and its log has no errors'
