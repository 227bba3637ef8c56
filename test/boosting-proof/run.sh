#!/usr/bin/env bash
# LightGBM, installed from PyPI, loads the models of `train --kind gradient-boosting` and predicts the same; and it learns the same
# models from the same rows. With --record, its predictions are written to test/fixtures/boosting/.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=$(bash scripts/python-environment.sh boosting test/boosting-proof/requirements.txt 10 13)
if [ -z "$python" ]; then
  echo 'boosting: skipped, because there is no Python 3.10 to 3.12 with venv'
  exit 0
fi
node --import ./scripts/register-typescript.js test/boosting-proof/prove.ts "$python" "$@"
