#!/usr/bin/env bash
# Real model servers, each in a Python environment of its own, serve a scikit-learn pipeline, and are asked for its scores. With
# --record, what they answer is written to test/fixtures/exchanges/; names of peers (test/peers/peers.ts) leave out the others.
set -euo pipefail
cd "$(dirname "$0")/../.."

for name in mlserver mlflow kserve ray; do
  python=$(bash scripts/python-environment.sh "peers-$name" "bench/peers/requirements-$name.txt" 11)
  if [ -z "$python" ]; then
    echo 'peers: skipped, for there is no Python 3.11 or newer with venv here'
    exit 0
  fi
done

node --import ts-blank-space/register test/peers/accept.ts "$@"
