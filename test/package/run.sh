#!/usr/bin/env bash
# The package, as a user gets it: packed, installed into an empty folder under each supported version of Node, and used there as
# docs/library.md shows. Takes a few minutes; all but the downloads is offline.
set -euo pipefail
cd "$(dirname "$0")/../.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

npm pack --silent --pack-destination "$scratch"
node --import ./scripts/register-typescript.js test/package/prove.ts "$scratch"
