#!/usr/bin/env bash
# The package, as a user gets it: packed, installed into an empty folder under each supported version of Node, and used there as
# docs/library.md shows. Takes a few minutes; all but the downloads is offline.
set -euo pipefail
cd "$(dirname "$0")/../.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# What an earlier build left of a file that is gone is not packed.
mkdir -p dist/server
touch dist/server/gone.js
npm pack --silent --pack-destination "$scratch"
if tar -tzf "$scratch"/*.tgz | grep gone.js; then
  echo 'package: a file is packed that no source makes' >&2
  exit 1
fi
node --import ./scripts/register-typescript.js test/package/prove.ts "$scratch"
