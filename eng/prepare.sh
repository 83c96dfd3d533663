# Sourced by ./run and ./test: everything between a fresh clone and a built program. Each step says one line, and a step with nothing
# to do says none. Works with the bash that macOS has (3.2).

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
state=$root/obj
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1

. "$root/eng/lock.sh"
. "$root/eng/package-feed.sh"

say() { printf '%s\n' "$*"; }

fail() {
  printf '%s\n' "$*" >&2
  give_up
}

# Whoever tries again must not find an installation under way.
give_up() {
  wait
  exit 1
}

# step TEXT LOG COMMAND…: runs the command with its output in LOG and says how long it took; a failure shows the output and ends the script.
# The lock's file handle is closed for the command: build servers that stay behind would hold the lock.
step() {
  local text=$1 log=$2 began=$SECONDS
  shift 2
  printf '%s… ' "$text"
  if "$@" >"$log" 2>&1 9>&-; then
    say "done ($((SECONDS - began)) s)"
  else
    say "failed:"
    awk '!seen[$0]++' "$log" >&2
    give_up
  fi
}

check_prerequisites() {
  command -v dotnet >/dev/null || fail "The .NET 10 SDK is needed and 'dotnet' is not on the PATH: https://dotnet.microsoft.com/download"
  sdk=$(cd "$root" && dotnet --version 2>/dev/null) || sdk=none
  case $sdk in
    10.*) ;;
    *) fail "The .NET 10 SDK is needed, and 'dotnet' here offers: $(dotnet --list-sdks 2>/dev/null | cut -d' ' -f1 | paste -sd' ' -). Get it from https://dotnet.microsoft.com/download" ;;
  esac
  command -v node >/dev/null || fail "Node.js 20 or newer is needed and 'node' is not on the PATH: https://nodejs.org"
  local node
  node=$(node -p 'process.versions.node')
  [ "${node%%.*}" -ge 20 ] || fail "Node.js 20 or newer is needed, and 'node' here is $node: https://nodejs.org"
  command -v npm >/dev/null || fail "npm is needed and not on the PATH; it normally comes with Node.js: https://nodejs.org"
}

# npm may or may not run the packages' install scripts, depending on its version and settings. Here it never does, and what they are
# needed for is done by finish-install.mjs.
# begin_packages platform|all: what the platform runs on, or what tests need besides. Whoever has all has enough for the platform. Nothing
# that is built needs them, so that goes on meanwhile, until end_packages.
begin_packages() {
  installing=
  packages_stamp=$root/node_modules/.installed
  packages_wanted=$(cat "$root/package.json" "$root/package-lock.json" | cksum; uname -sm; node -p process.version)
  if [ -f "$packages_stamp" ]; then
    case $(cat "$packages_stamp") in
      "$packages_wanted all" | "$packages_wanted $1") return ;;
    esac
  fi
  packages_wanted="$packages_wanted $1"
  install_from_lock "$1" >"$state/npm.log" 2>&1 9>&- &
  installing=$!
}

end_packages() {
  [ -n "$installing" ] || return 0
  step "Installing Bun, Azurite and PostgreSQL from npm" "$state/npm.out" finish_packages
  printf '%s\n' "$packages_wanted" >"$packages_stamp"
}

# What it said goes to the step's output.
finish_packages() {
  local exit=0
  wait "$installing" || exit=$?
  cat "$state/npm.log"
  return "$exit"
}

install_from_lock() {
  local without=--omit=dev
  [ "$1" = platform ] || without=--include=dev
  (cd "$root" && npm ci "$without" --ignore-scripts --no-audit --no-fund --loglevel=error && node eng/finish-install.mjs)
}

# build NAME PROJECT FOLDER…: builds, without the analyzers, which take as long as the compiler and have their own script, check.sh, unless nothing below the folders changed since the last time.
build() {
  local name=$1 project=$2 stamp=$state/${2##*/}.stamp wanted
  shift 2
  wanted="$sdk ${PackageFeed:-}"
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && [ -z "$(changed_since "$stamp" "$@")" ]; then
    return
  fi

  # The stamp gets the time of the beginning, so that a change made meanwhile is not missed. The output folders are there before that, because
  # a new one would make its parent look changed.
  local folder
  for folder in "$@"; do
    ls "$root/$folder"/*.csproj >/dev/null 2>&1 && mkdir -p "$root/$folder/bin" "$root/$folder/obj"
  done
  rm -f "$stamp"
  printf '%s\n' "$wanted" >"$stamp.new"
  step "Building $name" "$state/build.log" env DOTNET_TieredPGO=0 dotnet build "$root/$project" -c Release -v quiet --tl:off -clp:NoSummary -p:RunAnalyzers=false
  mv "$stamp.new" "$stamp"
}

changed_since() {
  local stamp=$1 place
  shift
  for place in Directory.Build.props Directory.Packages.props .editorconfig .package-feed.props global.json RootCx.Functions.sln eng/PartialFeed.props "$@"; do
    [ -e "$root/$place" ] || continue
    find "$root/$place" \( -name bin -o -name obj -o -name node_modules \) -prune -o -newer "$stamp" -print
  done | head -n 1
}

# prepare platform|all: what ./run or ./test needs.
prepare() {
  check_prerequisites
  mkdir -p "$state"
  lock "$state/prepare.lock"
  begin_packages "$1"
  choose_package_feed
  local platform="core functions supervisor-host local bun-shim/src"
  if [ "$1" = all ]; then
    # shellcheck disable=SC2086
    build "everything" RootCx.Functions.sln $platform tests bench
  else
    # shellcheck disable=SC2086
    build "the platform" local/RootCx.Local.csproj $platform
  fi
  end_packages
  unlock
}
