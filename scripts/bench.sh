#!/usr/bin/env bash
# The benchmark: a private Postgres below target/bench, seeded once, and all peers in one run: gateway, limit, tuned, stock;
# then decisions about access in a tenant of 100 000 organizations.
# What is said here is passed on to `bench run`, such as `--seconds 10 --only org-tree`.
set -euo pipefail
cd "$(dirname "$0")/.."
export TENANTRY_DATA_DIR=target/bench
export TENANTRY_POSTGRES_SETTINGS="shared_preload_libraries=pg_stat_statements"
# The benchmark measures on data of its own, whatever else is set.
unset DATABASE_URL
tenantry=target/release/tenantry
if [ ! -f target/bench/seeded ]; then
    "$tenantry" postgres -- "$tenantry" seed --tenants 100 --organizations 200 --members 25
    touch target/bench/seeded
fi
"$tenantry" postgres -- "$tenantry" token --one-per-tenant target/bench/tokens.json
"$tenantry" postgres -- target/release/bench run --tokens target/bench/tokens.json "$@"
# Whoever asks for a part means the part.
if [ $# -eq 0 ]; then
    "$tenantry" postgres -- target/release/bench access
fi
