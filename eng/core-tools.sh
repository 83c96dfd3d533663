#!/usr/bin/env bash
# Runs the end-to-end tests against the function app under Azure Functions Core Tools, with Azurite and a supervisor beside it.
# Needs func on the PATH, and ConnectionStrings__Postgres with an empty database in it. Logs are in .rootcx/core-tools.
# Usage: eng/core-tools.sh [filter for ./test]
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/prepare.sh"
: "${ConnectionStrings__Postgres:?the connection string of an empty PostgreSQL database}"
command -v func >/dev/null || fail "Azure Functions Core Tools are needed and 'func' is not on the PATH: npm install --global azure-functions-core-tools@4"
prepare all

settings=$root/functions/local.settings.json
[ ! -e "$settings" ] || fail "$settings is there already; move it out of the way, since this writes one of its own."

port=${PORT:-9100} supervisor_port=${SUPERVISOR_PORT:-9101}
url=http://127.0.0.1:$port
logs=$root/.rootcx/core-tools
rm -rf "$logs"
mkdir -p "$logs"

new_key() { node -p 'require("node:crypto").randomBytes(32).toString("hex")'; }
export ROOTCX_MASTER_KEY ROOTCX_JWT_SECRET
ROOTCX_MASTER_KEY=$(new_key)
ROOTCX_JWT_SECRET=$(new_key)

started=()
finish() {
  local code=$? process
  rm -f "$settings"
  for process in "${started[@]}"; do kill "$process" 2>/dev/null || true; done
  wait || true
  exit "$code"
}
trap finish EXIT

# start NAME COMMAND…: in the background, with what it says in a file of its own.
start() {
  local name=$1
  shift
  "$@" >"$logs/$name.log" 2>&1 &
  started+=($!)
}

# until_healthy NAME ADDRESS: while the one that was started last lives.
until_healthy() {
  local process=${started[${#started[@]} - 1]} tries=0
  until curl --fail --silent --output /dev/null --max-time 5 "$2"; do
    if ! kill -0 "$process" 2>/dev/null || [ $((tries += 1)) -gt 180 ]; then
      cat "$logs/$1.log" >&2
      fail "$1 did not become healthy."
    fi
    sleep 1
  done
}

start azurite node "$root/node_modules/azurite/dist/src/azurite.js" --location "$logs/azurite" --silent --skipApiVersionCheck --disableTelemetry

node -e '
  const { readFileSync, writeFileSync } = require("node:fs");
  const sample = JSON.parse(readFileSync(process.argv[1], "utf8"));
  for (const name of ["ConnectionStrings__Postgres", "ROOTCX_MASTER_KEY", "ROOTCX_JWT_SECRET"]) sample.Values[name] = process.env[name];
  writeFileSync(process.argv[2], JSON.stringify(sample, null, 2), { mode: 0o600 });
' "$root/local.settings.sample.json" "$settings"
start api bash -c 'cd "$1" && exec func start --port "$2"' func "$root/functions" "$port"
until_healthy api "$url/health"

export ConnectionStrings__Storage=UseDevelopmentStorage=true Runtime__Url=$url
start supervisor env ASPNETCORE_HTTP_PORTS="$supervisor_port" Supervisor__DataFolder="$logs/supervisor" Workers__BunPath="$root/node_modules/.bin/bun" \
  dotnet "$root/supervisor-host/bin/Release/net10.0/RootCx.SupervisorHost.dll"
until_healthy supervisor "http://127.0.0.1:$supervisor_port/health"

# The first account is the administrator. Stacks that tests start themselves must not get what is meant for this one.
unset ConnectionStrings__Storage Runtime__Url ROOTCX_MASTER_KEY ROOTCX_JWT_SECRET ConnectionStrings__Postgres
export ROOTCX_TEST_URL=$url ROOTCX_TEST_EMAIL=admin@example.com ROOTCX_TEST_PASSWORD
ROOTCX_TEST_PASSWORD=$(new_key)
curl --fail --silent --show-error --output /dev/null "$url/api/v1/auth/register" -H 'content-type: application/json' \
  -d "{\"email\":\"$ROOTCX_TEST_EMAIL\",\"password\":\"$ROOTCX_TEST_PASSWORD\"}"
"$root/test" "$@"
