#!/bin/sh
# Ensures that a Chromium is on the machine for the playground's browser test.
set -eu

for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
  if [ -n "$name" ] && command -v "$name" >/dev/null 2>&1; then
    exit 0
  fi
done

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update && apt-get install -y --no-install-recommends chromium
  exit
fi

cat >&2 <<'TEXT'
No Chromium was found. Install one of
  Debian, Ubuntu   sudo apt-get install chromium
  Fedora           sudo dnf install chromium
  macOS            Google Chrome or Chromium, then set CHROMIUM to its program,
                   such as "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
or set CHROMIUM to the path of a browser that is already there.
TEXT
exit 1
