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
#   IBM_CLOUD_API_KEY=... ENGINE_USERNAME=... ENGINE_PASSWORD=... bash register.sh
#
# An engine that is called with an API key needs ENGINE_API_KEY instead of these two, and one without authentication neither. Instead of IBM_CLOUD_API_KEY, set
# - on Cloud Pak for Data: OPENSCALE_URL, OPENSCALE_USERNAME, and OPENSCALE_PASSWORD or OPENSCALE_API_KEY
# - on AWS: OPENSCALE_URL, OPENSCALE_API_KEY, and OPENSCALE_TOKEN_URL, the whole URL of the token operation
# OPENSCALE_REGION and OPENSCALE_INSTANCE name a region and a service instance. A secret may be in the file that <NAME>_FILE names.
# What is there already stays as it is.
set -euo pipefail
for name in IBM_CLOUD_API_KEY OPENSCALE_PASSWORD OPENSCALE_API_KEY ENGINE_PASSWORD ENGINE_API_KEY; do
  file=\${name}_FILE
  if [ -z "\${!name:-}" ] && [ -n "\${!file:-}" ]; then export "$name=$(<"\${!file}")"; fi
done
cd "$(dirname "$0")"
if grep -qF '<ENGINE_API_KEY>' service-provider.json; then : "\${ENGINE_API_KEY:?must be an API key of the engine}"; fi
scope=${toArgument(scope)}
archives=${toArgument(names.join(' '))}

region=\${OPENSCALE_REGION:-us-south}
host=api.aiopenscale.cloud.ibm.com
[ "$region" = us-south ] || host=$region.$host
url=\${OPENSCALE_URL:-https://$host}
url=\${url%/} url=\${url%/v2}
instance=
# The URL may have /openscale/<instance> at its end.
if [[ $url =~ ^(.*)/openscale(/([A-Za-z0-9_-]+))?$ ]]; then url=\${BASH_REMATCH[1]} instance=\${BASH_REMATCH[3]:-}; fi
instance=\${OPENSCALE_INSTANCE:-$instance}
post_json() { curl -fsS -H 'Content-Type: application/json' --data @- "$1"; }
# Secrets go through standard input, because other users see the arguments of a process.
if [ -n "\${OPENSCALE_USERNAME:-}" ]; then
  : "\${OPENSCALE_URL:?must be the URL of OpenScale}"
  instance=\${instance:-00000000-0000-0000-0000-000000000000}
  token=$(jq -n 'if (env.OPENSCALE_PASSWORD // "") != "" then {username: env.OPENSCALE_USERNAME, password: env.OPENSCALE_PASSWORD}
      else {username: env.OPENSCALE_USERNAME, api_key: env.OPENSCALE_API_KEY} end' |
    post_json "$url/icp4d-api/v1/authorize" | jq -er .token)
elif [ -n "\${OPENSCALE_API_KEY:-}" ]; then
  : "\${OPENSCALE_URL:?must be the URL of OpenScale}"
  token=$(jq -n '{apikey: env.OPENSCALE_API_KEY}' |
    post_json "\${OPENSCALE_TOKEN_URL:?must be the URL of the token operation}" | jq -er .token)
else
  : "\${IBM_CLOUD_API_KEY:?must be an API key}"
  token=$(printf 'grant_type=urn:ibm:params:oauth:grant-type:apikey&apikey=%s' "$(jq -rn 'env.IBM_CLOUD_API_KEY | @uri')" |
    curl -fsS --data @- "\${OPENSCALE_TOKEN_URL:-https://iam.cloud.ibm.com/identity/token}" | jq -er .access_token)
fi
fill() { jq 'walk(if . == "<ENGINE_API_KEY>" then env.ENGINE_API_KEY else . end)'; }
authorization() { printf 'Authorization: Bearer %s' "$token"; }
if [ -z "$instance" ]; then
  found=$(curl -fsS -H @<(authorization) "$url/v1/entitlements?nocache=true" | jq -r '[.entitlements.ai_openscale[]?.id] | join(" ")')
  if [[ $found != ?* || $found == *' '* ]]; then
    echo "OPENSCALE_INSTANCE must name the service instance: \${found:-there is none}" >&2
    exit 1
  fi
  instance=$found
fi
api=$url/openscale/$instance/v2

# call METHOD PATH [QUERY]: a body comes from standard input.
call() {
  local query=$scope
  [ -z "\${3:-}" ] || query="$3\${scope:+&$scope}"
  local body=(--data-binary @-)
  [ "$1" != GET ] || body=()
  curl -sS --fail-with-body -X "$1" -H "Content-Type: \${type:-application/json}" -H @<(authorization) \\
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

data_mart=\${DATA_MART_ID:-}
if [ -z "$data_mart" ]; then
  found=$(call GET data_marts | jq -r '[.data_marts[].metadata.id] | join(" ")')
  if [[ $found == *' '* ]]; then echo "There are several data marts, of which DATA_MART_ID must name one: $found" >&2; exit 1; fi
  data_mart=\${found:-$(echo '{"name": "custom-ml-engine", "internal_database": true}' | call POST data_marts | jq -er .metadata.id)}
  await data_marts "$data_mart"
fi

name=$(jq -r .name service-provider.json)
provider=$(call GET service_providers | jq -r --arg name "$name" 'first(.service_providers[] | select(.entity.name == $name)).metadata.id // empty')
if [ -z "$provider" ]; then
  provider=$(jq 'if .credentials.username then .credentials.username = env.ENGINE_USERNAME | .credentials.password = env.ENGINE_PASSWORD else . end' \\
    service-provider.json | fill | call POST service_providers | jq -er .metadata.id)
fi
await service_providers "$provider"

deployment=$(jq -r .deployment.deployment_id subscription.json)
subscription=$(call GET subscriptions | jq -r --arg deployment "$deployment" --arg provider "$provider" 'first(.subscriptions[]
  | select(.entity.deployment.deployment_id == $deployment and .entity.service_provider_id == $provider)).metadata.id // empty')
if [ -z "$subscription" ]; then
  subscription=$(jq --arg data_mart "$data_mart" --arg provider "$provider" '.data_mart_id = $data_mart | .service_provider_id = $provider' \\
    subscription.json | fill | call POST subscriptions | jq -er .metadata.id)
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
