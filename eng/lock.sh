# One at a time through installing and building. Sourced by prepare.sh.

# lock FILE: waits until nobody else holds it. Held until unlock or the end of the script, whichever way that comes.
lock() {
  if command -v flock >/dev/null; then
    exec 9>"$1"
    flock -n 9 && return
    say "Waiting for another ./run or ./test to finish building…"
    flock 9
  else
    lock_folder=$1.d
    lock_by_folder
  fi
}

unlock() {
  if [ -n "${lock_folder:-}" ]; then
    rm -rf "$lock_folder"
    trap - EXIT
  else
    exec 9>&-
  fi
}

# macOS has no flock: creating a folder succeeds for one only, and a holder that is gone left its number.
lock_by_folder() {
  local holder told=
  until mkdir "$lock_folder" 2>/dev/null; do
    holder=$(cat "$lock_folder/pid" 2>/dev/null) || holder=
    if [ -n "$holder" ] && ! kill -0 "$holder" 2>/dev/null; then
      rm -rf "$lock_folder"
      continue
    fi
    [ -n "$told" ] || say "Waiting for another ./run or ./test to finish building…"
    told=yes
    sleep 0.5
  done
  trap 'rm -rf "$lock_folder"' EXIT
  echo $$ >"$lock_folder/pid"
}
