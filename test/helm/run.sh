#!/usr/bin/env bash
# Renders the Helm chart with many values, and the kustomization, with the tools themselves, and holds the manifests against the schemas
# of Kubernetes and against each other. Helm and kustomize are built from their Go modules, which takes a minute or two the first time. Skipped where
# there is no Go, or the modules cannot be had at the second attempt either.
set -euo pipefail
cd "$(dirname "$0")/../.."
if ! command -v go >/dev/null; then
  echo 'helm: skipped, because there is no Go to build Helm and kustomize with'
  exit 0
fi
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
install_tool() {
  GOBIN=$tools go install "$1" || GOBIN=$tools go install "$1"
}
if ! install_tool helm.sh/helm/v3/cmd/helm@v3.16.4 || ! install_tool sigs.k8s.io/kustomize/kustomize/v5@v5.5.0; then
  echo 'helm: skipped, because Helm and kustomize cannot be built from their Go modules, as is said above'
  exit 0
fi
node --import ./scripts/register-typescript.js test/helm/prove.ts "$tools"
