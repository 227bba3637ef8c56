#!/usr/bin/env bash
# What a new user does: clone, install, start, paste the curl line that is printed, edit a source and start again. Takes the folder
# to clone into.
set -euo pipefail
cd "$(dirname "$0")/.."
clone=$1
git clone --quiet "$PWD" "$clone"
cd "$clone"
npm ci
ENGINE_PORT=0 npm start >greeting.txt 2>log.txt &
engine=$!
trap 'kill "$engine" 2>/dev/null || true' EXIT
bash test/support/await-url.sh greeting.txt "$engine" >/dev/null
cat greeting.txt
answer=$(bash -c "$(grep -m 1 'curl .*/online' greeting.txt)")
echo "$answer"
ANSWER=$answer node -e '
  const { fields, values } = JSON.parse(process.env.ANSWER);
  if (!fields.includes("prediction") || values.length !== 1) process.exit(1);
'
kill "$engine"
wait "$engine"
grep -q '"msg":"stopped"' log.txt
echo 'The fresh clone scores, and stops when it is told to.'

sed -i.bak 's/custom-ml-engine serves/an edited engine serves/' cli/greeting.ts
ENGINE_PORT=0 npm start >edited.txt 2>edited-log.txt &
engine=$!
bash test/support/await-url.sh edited.txt "$engine" >/dev/null
grep 'an edited engine serves' edited.txt
kill "$engine"
wait "$engine"
echo 'After an edit, npm start serves the new code.'
