#!/usr/bin/env bash
# Stops the Postgres that the tests of this checkout share. It holds nothing that is worth keeping.
set -u
for pid_file in /dev/shm/tenantry-test-*/data/postmaster.pid "$(dirname "$0")"/../target/test-postgres/data/postmaster.pid; do
    [ -f "$pid_file" ] || continue
    # Others' checkouts have servers too: ours are those whose directory names this one.
    directory=$(dirname "$(dirname "$pid_file")")
    owner=$(cat "$directory/checkout" 2>/dev/null || true)
    [ "$owner" = "$(cd "$(dirname "$0")/.." && pwd)" ] || continue
    # The first line is the server's process; an interrupt is a fast shutdown.
    kill -INT "$(head -n 1 "$pid_file")" 2>/dev/null || true
done
exit 0
