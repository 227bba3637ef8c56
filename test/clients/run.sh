#!/usr/bin/env bash
# Clients that four generators make of the contract compile, read discovery of a live engine and score: openapi-typescript,
# openapi-python-client, and openapi-generator for Python and for Go. Their output is kept nowhere.
set -euo pipefail
cd "$(dirname "$0")/../.."

root=$PWD
contract=$PWD/generated/openapi.json
sources=$PWD/test/clients
# Inside the project, where its packages are found.
mkdir -p .venv
work=$(mktemp -d "$PWD/.venv/clients-XXXXXX")
engine=
trap '[ -z "$engine" ] || kill "$engine" 2>/dev/null || true; rm -rf "$work"' EXIT

: >"$work/greeting"
node --import ./scripts/register-typescript.js cli/main.ts serve --port 0 --log-level warn >>"$work/greeting" &
engine=$!
url=$(bash test/support/await-url.sh "$work/greeting" "$engine")
expected="$url/v1/deployments/iris/online iris setosa"

# usage: check GENERATOR COMMAND...; the command prints what it read
check() {
  local read
  read=$("${@:2}")
  [ "$read" = "$expected" ] || { printf 'clients: %s read %s, expected %s\n' "$1" "$read" "$expected" >&2; exit 1; }
  echo "clients: $1 reads discovery and scores"
}

# Its types are generated/api.ts, which `npm run typecheck` compiles.
check openapi-typescript node --import ./scripts/register-typescript.js "$sources/read-typescript.ts" "$url"

python=$(bash scripts/python-environment.sh clients test/clients/requirements.txt 11)
if [ -z "$python" ]; then
  echo 'clients: skipped: openapi-python-client needs Python 3.11 or newer with venv'
else
  "${python%python}openapi-python-client" generate --path "$contract" --meta none --output-path "$work/client" >"$work/log" 2>&1 ||
    { cat "$work/log" >&2; exit 1; }
  check openapi-python-client env PYTHONPATH="$work" "$python" "$sources/read_openapi_python_client.py" "$url"
fi

if ! command -v java mvn >/dev/null; then
  echo 'clients: skipped: openapi-generator needs Java and Maven'
  exit 0
fi
version=7.25.0
jar=.venv/openapi-generator-cli-$version.jar
[ -e "$jar" ] ||
  bash scripts/try-again.sh mvn --quiet --batch-mode dependency:copy "-Dartifact=org.openapitools:openapi-generator-cli:$version" "-DoutputDirectory=$PWD/.venv"
generate() {
  java -jar "$jar" generate -i "$contract" -g "$1" -o "$work/$1" \
    --global-property apiTests=false,modelTests=false,apiDocs=false,modelDocs=false "${@:2}" >"$work/log" 2>&1 ||
    { cat "$work/log" >&2; exit 1; }
}

if [ -n "$python" ]; then
  generate python --package-name engine_client
  check 'openapi-generator for Python' env PYTHONPATH="$work/python" "$python" "$sources/read_openapi_generator.py" "$url"
fi

if ! command -v go >/dev/null; then
  echo 'clients: skipped: the client for Go needs Go'
  exit 0
fi
# One module: the program, and the client in a folder of it.
generate go --package-name client --additional-properties=withGoMod=false
mkdir -p "$work/module/client"
cp "$work"/go/*.go "$work/module/client/"
cp "$sources/read.go" "$work/module/main.go"
printf 'module example.com/engine\n\ngo 1.21\n\nrequire gopkg.in/validator.v2 v2.0.1\n' >"$work/module/go.mod"
(cd "$work/module" && GOFLAGS=-mod=mod bash "$root/scripts/try-again.sh" go build -o read . && go vet .)
check 'openapi-generator for Go' "$work/module/read" "$url"
