#!/usr/bin/env bash
# Starts a supervisor's image against PostgreSQL and Azurite on this machine's usual ports, waits until it says that it is healthy, and stops it.
# Usage: eng/try-image.sh IMAGE
set -euo pipefail

image=${1:?which image?}
postgres=${ConnectionStrings__Postgres:-Host=127.0.0.1;Port=5432;Database=rootcx;Username=rootcx;Password=rootcx}
container=$(docker run --detach --network host --health-interval 2s \
  --env ConnectionStrings__Postgres="$postgres" \
  --env ConnectionStrings__Storage=UseDevelopmentStorage=true \
  --env ROOTCX_MASTER_KEY="$(openssl rand -hex 32)" \
  --env ROOTCX_JWT_SECRET="$(openssl rand -hex 32)" \
  --env Runtime__Url=http://127.0.0.1:9100 \
  "$image")
trap 'docker logs "$container"; docker rm --force "$container" >/dev/null' EXIT

state() { docker inspect --format '{{.State.Health.Status}}' "$container"; }
running() { [ "$(docker inspect --format '{{.State.Running}}' "$container")" = true ]; }

until [ "$(state)" = healthy ]; do
  if ! running || [ $((waited = ${waited:-0} + 1)) -gt 60 ]; then
    echo "$image did not become healthy: $(state)" >&2
    exit 1
  fi
  sleep 2
done

docker stop --time 90 "$container" >/dev/null
code=$(docker inspect --format '{{.State.ExitCode}}' "$container")
[ "$code" = 0 ] || { echo "$image ended with $code" >&2; exit 1; }
echo "$image becomes healthy and ends when it is told to."
