#!/usr/bin/env bash
# The journeys through the pages of the engine, in a real browser: Chromium, as Debian and others package it. Arguments go to mocha, such
# as a file or `--grep 'keyboard'`. Skipped where there is no Chromium; but it fails there with CI=true or REQUIRE_BROWSER=1, because a gate
# that skips proves nothing. SCREENSHOTS=<folder> keeps a picture of the page of each journey that fails.
set -euo pipefail
cd "$(dirname "$0")/../.."
find_browser() {
  command -v chromium || command -v chromium-browser || command -v google-chrome
}
CHROMIUM=$(find_browser || true)
# The gate installs it where it can.
if [ -z "$CHROMIUM" ] && [ "${CI:-}" = true ] && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  echo "browser: installing Debian's package of Chromium"
  { timeout 600 apt-get update && timeout 600 apt-get install -y --no-install-recommends chromium; } >/dev/null 2>&1 || true
  CHROMIUM=$(find_browser || true)
fi
if [ -z "$CHROMIUM" ]; then
  how='no chromium, chromium-browser or google-chrome is on the PATH (on Debian: apt-get install chromium)'
  if [ "${CI:-}" = true ] || [ "${REQUIRE_BROWSER:-}" = 1 ]; then
    echo "browser: failed, because $how" >&2
    exit 1
  fi
  echo "browser: skipped, because $how"
  exit 0
fi
export CHROMIUM
node scripts/build.js --if-stale
files=()
for argument in "$@"; do
  case $argument in *.journey.ts) files=(set) ;; esac
done
[ ${#files[@]} -gt 0 ] || set -- 'test/browser/**/*.journey.ts' "$@"
npx mocha --config test/browser/mocharc.json "$@"
