#!/usr/bin/env bash
# Builds everything with the analyzers, whose warnings are errors and which know the code style, and looks at the white space. ./run and ./test do without.
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/prepare.sh"
check_prerequisites
mkdir -p "$state"
lock "$state/prepare.lock"
choose_package_feed
step "Building with the analyzers" "$state/check.log" dotnet build "$root/RootCx.Functions.sln" -c Release --no-incremental -v quiet --tl:off -clp:NoSummary
step "Checking the formatting" "$state/format.log" dotnet format whitespace "$root/RootCx.Functions.sln" --verify-no-changes --no-restore
unlock
