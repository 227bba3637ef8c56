#!/usr/bin/env bash
# The metrics, the alert rules and the dashboard, with a real Prometheus: its promtool checks the rules and a page of metrics, and it
# scrapes an engine with two workers, also while an operator replaces a model, rolls it back, replaces the certificate and revokes a key
# under load. Uses the programs on the path, or those of Debian's package, which are unpacked into a temporary folder; skipped where there
# are neither.
set -euo pipefail
cd "$(dirname "$0")/../.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

find_programs() {
  if command -v promtool > /dev/null && command -v prometheus > /dev/null; then
    dirname "$(command -v promtool)"
    return
  fi
  command -v apt-get > /dev/null && command -v dpkg > /dev/null || return 1
  (
    cd "$scratch"
    timeout 120 apt-get download prometheus || { timeout 120 apt-get update && timeout 120 apt-get download prometheus; }
    dpkg -x prometheus_*.deb .
  ) > "$scratch/log" 2>&1 || return 1
  echo "$scratch/usr/bin"
}

if ! programs=$(find_programs); then
  echo 'metrics: skipped, because there is no Prometheus, and its package cannot be had from Debian'
  exit 0
fi
node --import ./scripts/register-typescript.js test/metrics/prove.ts "$programs" "$scratch"
node --import ./scripts/register-typescript.js test/metrics/operate.ts "$programs" "$scratch"
