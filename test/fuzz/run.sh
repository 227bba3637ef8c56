#!/usr/bin/env bash
# The fuzzers: requests around the contract and mutated streams of HTTP/1.1 (fuzz.ts), then Schemathesis. Fails when one of them does.
# usage: run.sh [REQUESTS] [--seed N] [--case N]; with --case, only that stream is sent again
set -euo pipefail
cd "$(dirname "$0")/../.."
node scripts/build.js --if-stale
node --import ./scripts/register-typescript.js test/fuzz/fuzz.ts "$@"
case " $* " in *' --case '*) exit ;; esac
bash test/fuzz/schemathesis.sh
