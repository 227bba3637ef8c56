#!/usr/bin/env bash
# Hostile and mutated ONNX files are refused by the kind onnx with the real runtimes, and the engine lives: attack-onnx.ts.
# usage: attack.sh [MUTATIONS [PART...]], of each good file; parts of names select files
set -euo pipefail
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- 50
for list in test/kinds-proof/packages-onnx*.txt; do
  echo "with $(tr '\n' ' ' <"$list")"
  NODE_PATH=$(bash test/kinds-proof/install-packages.sh "$list") \
    node --import ./scripts/register-typescript.js test/kinds-proof/attack-onnx.ts "$@"
done
