#!/bin/sh
# Ensures that a Redis is on the machine for the tests of shared budgets.
set -eu

if command -v redis-server >/dev/null 2>&1; then
  exit 0
fi

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update && apt-get install -y --no-install-recommends redis-server
  exit
fi

cat >&2 <<'TEXT'
No redis-server was found. Install it:
  Debian, Ubuntu   sudo apt-get install redis-server
  Fedora           sudo dnf install redis
  macOS            brew install redis
TEXT
exit 1
