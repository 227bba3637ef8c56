#!/usr/bin/env bash
# IBM's own Python packages drive the double of OpenScale, accept what `register` writes, compute the same statistics, and score, explain and train against a
# live engine: the SDK in several versions, ScoreManager, the scoring clients (one in Spark), LIME, the drift trainer and the
# configuration utility; `archive` writes what that utility makes. `archive_speed` compares how long both take, and is run by its name
# alone. Names of proofs (accept, monitors, ...) select some of them.
set -euo pipefail
cd "$(dirname "$0")/../.."

# IBM's packages have compiled parts for 3.11 alone, and pins that contradict each other.
python=$(PIP_NO_DEPS=1 bash scripts/python-environment.sh sdk test/sdk/requirements.txt 11 12)
if [ -z "$python" ]; then
  echo "sdk: skipped: IBM's packages need Python 3.11 with venv"
  exit 0
fi

# Older versions of the SDK, each in a folder of its own beside the environment, with what they cannot share with it.
older=()
for packages in 'ibm-watson-openscale==3.0.14 ibm-cloud-sdk-core==3.10.1' 'ibm-watson-openscale==3.0.35'; do
  version=${packages#*==} version=${version%% *}
  folder=.venv/sdk-versions/$version
  if [ ! -e "$folder/complete" ]; then
    rm -rf "$folder"
    # Built with the pinned setuptools: newer ones lack what these packages need. The list is split into words.
    # shellcheck disable=SC2086
    "$python" -m pip install --no-compile --quiet --disable-pip-version-check --no-deps --no-build-isolation --target "$folder" $packages
    touch "$folder/complete"
  fi
  older+=("$PWD/$folder")
done
newest=.venv/sdk-versions/$(sed -n 's/^ibm-watson-openscale==//p' test/sdk/requirements.txt)
mkdir -p "$newest"

log=$(mktemp)
trap 'rm -f "$log"' EXIT
# IBM's packages write a lot; it is shown where a proof fails.
prove() {
  if "$python" "test/sdk/$1.py" "${@:2}" >"$log" 2>&1; then grep -a -o 'sdk: .*' "$log"; else cat "$log"; return 1; fi
}

for proof in "${@:-double custom_monitors accept monitors same_statistics scoring explain archives configuration_archive documented_archive}"; do
  for name in $proof; do
    if [ "$name" = monitors ]; then prove monitors "${older[@]}" "$PWD/$newest"; else prove "$name"; fi
  done
done
