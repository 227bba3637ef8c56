#!/usr/bin/env bash
# Real model servers, each in its own Python environment, serve scikit-learn pipelines and are scored directly and through an
# engine that wraps them; AWS signatures are compared with botocore's, deploy/kserve with KServe's own models, and
# the engine's own Open Inference Protocol with MLServer's. With --record, the
# exchanges are written to test/fixtures/exchanges/; names of peers (test/peers/peers.ts) select some of them.
set -euo pipefail
cd "$(dirname "$0")/../.."

pythons=$(printf '%s\n' mlserver mlflow kserve ray |
  xargs -P 4 -I NAME bash scripts/python-environment.sh peers-NAME bench/peers/requirements-NAME.txt 11 14)
if [ -z "$pythons" ]; then
  echo 'peers: skipped, because there is no Python 3.11 to 3.13 with venv'
  exit 0
fi
kserve=$(grep -m 1 peers-kserve <<<"$pythons")
"$kserve" test/peers/check_manifests.py deploy/kserve/*.yaml
aws=$(bash scripts/python-environment.sh peers-aws test/peers/requirements-aws.txt 11 14)

node --import ./scripts/register-typescript.js test/peers/sigv4.ts "$aws"
node --import ./scripts/register-typescript.js test/peers/prove-open-inference.ts
node --import ./scripts/register-typescript.js test/peers/accept.ts "$@"
