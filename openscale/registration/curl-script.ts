/** A shell script that registers with curl and jq. */
import { toArgument } from '../../errors/quote-text.ts';
import type { ProgramSettings } from './python-program.ts';

/** The script. It finds what is there, and adds what is missing. */
export function toCurlScript({ id, container, archives = {} }: ProgramSettings): string {
  const scope = container
    ? new URLSearchParams({ container_type: container.type, container_id: container.id }).toString()
    : '';
  const names = Object.keys(archives);
  return `#!/usr/bin/env bash
# Registers the engine with OpenScale, subscribes to its deployment ${id}, and creates the monitors. Needs curl and jq.
#
#   IBM_CLOUD_API_KEY=... OPENSCALE_INSTANCE=... ENGINE_USERNAME=... ENGINE_PASSWORD=... bash register.sh
#
# An engine without authentication needs no ENGINE_ variables.
# On Cloud Pak for Data, set OPENSCALE_URL, OPENSCALE_USERNAME and OPENSCALE_PASSWORD or OPENSCALE_API_KEY instead.
# What is there already stays as it is.
set -euo pipefail
cd "$(dirname "$0")"
scope=${toArgument(scope)}
archives=${toArgument(names.join(' '))}

url=\${OPENSCALE_URL:-https://api.aiopenscale.cloud.ibm.com}
url=\${url%/}
# Secrets go through standard input, because other users see the arguments of a process.
if [ -n "\${OPENSCALE_USERNAME:-}" ]; then
  instance=\${OPENSCALE_INSTANCE:-00000000-0000-0000-0000-000000000000}
  token=$(jq -n 'if env.OPENSCALE_API_KEY then {username: env.OPENSCALE_USERNAME, api_key: env.OPENSCALE_API_KEY}
      else {username: env.OPENSCALE_USERNAME, password: env.OPENSCALE_PASSWORD} end' |
    curl -fsS -H 'Content-Type: application/json' --data @- "$url/icp4d-api/v1/authorize" | jq -er .token)
else
  instance=\${OPENSCALE_INSTANCE:?must be the id of the service instance}
  : "\${IBM_CLOUD_API_KEY:?must be an API key}"
  token=$(printf 'grant_type=urn:ibm:params:oauth:grant-type:apikey&apikey=%s' "$(jq -rn 'env.IBM_CLOUD_API_KEY | @uri')" |
    curl -fsS --data @- "\${OPENSCALE_TOKEN_URL:-https://iam.cloud.ibm.com/identity/token}" | jq -er .access_token)
fi
api=$url/openscale/$instance/v2

# call METHOD PATH [QUERY]: a body comes from standard input.
call() {
  local query=$scope
  [ -z "\${3:-}" ] || query="$3\${scope:+&$scope}"
  local body=(--data-binary @-)
  [ "$1" != GET ] || body=()
  curl -sS --fail-with-body -X "$1" -H "Content-Type: \${type:-application/json}" -H @<(printf 'Authorization: Bearer %s' "$token") \\
    "\${body[@]}" "$api/$2\${query:+?$query}"
}

# await COLLECTION ID: waits until it is active.
await() {
  local state
  for _ in $(seq 300); do
    state=$(call GET "$1/$2" | jq -er .entity.status.state)
    case $state in
      active) return 0 ;;
      error) call GET "$1/$2" | jq .entity.status >&2; return 1 ;;
    esac
    sleep 1
  done
  echo "$1/$2 is still $state" >&2
  return 1
}

data_mart=\${DATA_MART_ID:-$(call GET data_marts | jq -r '.data_marts | if length == 1 then .[0].metadata.id else empty end')}
if [ -z "$data_mart" ]; then echo 'DATA_MART_ID must name the data mart.' >&2; exit 1; fi

name=$(jq -r .name service-provider.json)
provider=$(call GET service_providers | jq -r --arg name "$name" 'first(.service_providers[] | select(.entity.name == $name)).metadata.id // empty')
if [ -z "$provider" ]; then
  provider=$(jq 'if .credentials.username then .credentials.username = env.ENGINE_USERNAME | .credentials.password = env.ENGINE_PASSWORD else . end' \\
    service-provider.json | call POST service_providers | jq -er .metadata.id)
fi
await service_providers "$provider"

deployment=$(jq -r .deployment.deployment_id subscription.json)
subscription=$(call GET subscriptions | jq -r --arg deployment "$deployment" --arg provider "$provider" 'first(.subscriptions[]
  | select(.entity.deployment.deployment_id == $deployment and .entity.service_provider_id == $provider)).metadata.id // empty')
if [ -z "$subscription" ]; then
  subscription=$(jq --arg data_mart "$data_mart" --arg provider "$provider" '.data_mart_id = $data_mart | .service_provider_id = $provider' \\
    subscription.json | call POST subscriptions | jq -er .metadata.id)
fi
await subscriptions "$subscription"

failed=0
present=$(call GET monitor_instances "target.target_id=$subscription" | jq -r '.monitor_instances[].entity.monitor_definition_id')
for monitor in $(jq -r '.[].monitor_definition_id' monitors.json); do
  if grep -qx "$monitor" <<<"$present"; then echo "$monitor: found"; continue; fi
  for archive in $archives; do
    case $monitor-$archive in
      explainability-explainability.tar.gz | drift_v2-drift_v2_archive.tar.gz)
        type=application/octet-stream call PUT "monitoring_services/$monitor/archives" "subscription_id=$subscription" <"$archive" >/dev/null ;;
    esac
  done
  query=$(jq -r --arg name "$monitor" '.[] | select(.monitor_definition_id == $name) | if .skip_scheduler then "skip_scheduler=True" else "" end' monitors.json)
  if added=$(jq --arg name "$monitor" --arg data_mart "$data_mart" --arg subscription "$subscription" '.[] | select(.monitor_definition_id == $name)
      | del(.skip_scheduler) + {data_mart_id: $data_mart, target: {target_type: "subscription", target_id: $subscription}}' monitors.json |
    call POST monitor_instances "$query"); then
    await monitor_instances "$(jq -er .metadata.id <<<"$added")" && echo "$monitor: added" || failed=1
  else
    echo "$monitor: failed: $added" >&2
    failed=1
  fi
done
echo "$subscription"
exit "$failed"
`;
}
