# Finds out whether the package feed carries the whole public gallery ("full") or only part of it ("partial"); eng/PartialFeed.props
# says what the difference is. The answer is kept in .package-feed.props, which every build reads. Delete that file to ask again.
# Sourced by prepare.sh.

choose_package_feed() {
  local memory=$root/.package-feed.props log=$state/restore.log
  [ -z "${PackageFeed:-}" ] || return 0
  [ ! -f "$memory" ] || return 0

  printf 'Restoring the NuGet packages… '
  local began=$SECONDS
  rm -f "$log.partial"
  if restore_from full "$log"; then
    say "done ($((SECONDS - began)) s)"
    remember_feed full "$memory"
  elif only_packages_missing "$log" && restore_from partial "$log.partial"; then
    say "done ($((SECONDS - began)) s)"
    say "This machine's package feed lacks the Azure Functions worker: building with local stand-ins for it (PackageFeed=partial)."
    remember_feed partial "$memory"
  else
    say "failed:"
    for log in "$log" "$log.partial"; do
      [ ! -f "$log" ] || awk '!seen[$0]++' "$log" >&2
    done
    give_up
  fi
}

restore_from() {
  rm -f "$2"
  dotnet restore "$root/local/RootCx.Local.csproj" -p:PackageFeed="$1" >"$2" 2>&1 9>&-
}

# Packages or versions that the feed does not have: NU1101, NU1102, NU1103, and NU1603 where an older or newer one stood in. Any other error,
# such as NU1301 for a feed that can't be reached, is not an answer to our question.
only_packages_missing() {
  grep -q 'error NU' "$1" && ! grep -E 'error [A-Z]+[0-9]+' "$1" | grep -qvE 'error NU(1101|1102|1103|1603)'
}

remember_feed() {
  cat >"$2" <<PROPS
<Project>

  <!-- Written by eng/package-feed.sh after asking this machine's package feed. Delete it to ask again. -->
  <PropertyGroup>
    <PackageFeed>$1</PackageFeed>
  </PropertyGroup>

</Project>
PROPS
}
