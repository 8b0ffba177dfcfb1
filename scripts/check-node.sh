#!/bin/sh
# Says clearly when Node.js is older than 20.19 or npm is missing.
set -eu

# Vite 7 needs 20.19; within the version 20 line an older one fails with an obscure error.
needs="The playground in web/ is built with Node.js 20.19 or newer, and npm."

if ! command -v node >/dev/null 2>&1; then
  echo "node is missing. $needs" >&2
  exit 1
fi

if ! node -e 'const [major, minor] = process.versions.node.split(".").map(Number);
              process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)'; then
  echo "node $(node --version) is too old. $needs" >&2
  exit 1
fi

if ! command -v npm >/dev/null 2>&1; then
  echo "npm is missing. $needs" >&2
  exit 1
fi
