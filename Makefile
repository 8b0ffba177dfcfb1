# All that a newcomer needs: `make run` and `make test`. The README says which tools must be there.

.DEFAULT_GOAL := help
.PHONY: help run test check bench playground schema permissions clean

NODE_MODULES := web/node_modules/.package-lock.json
CLIENT_MODULES := tests/clients/node_modules/.package-lock.json
DIST := web/dist/index.html
WEB_SOURCES := $(shell find web/src -type f 2>/dev/null) web/index.html web/vite.config.ts web/package.json web/tsconfig.json

help: ## Say what there is
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 14

run: playground ## Build everything and start the gateway with its playground, a private Postgres and demo data
	cargo build --release --locked --bin tenantry
	@exec target/release/tenantry dev

test: playground check $(CLIENT_MODULES) ## Format, lint, and run every test
	scripts/install-redis.sh
	cargo test --locked --workspace
	cd tests/clients && npm test
	scripts/install-chromium.sh
	cd web && npm test
	@scripts/stop-test-postgres.sh

check: playground ## Format and lint
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings

bench: ## Measure against two hand-written programs and the stock executor (some minutes)
	cargo build --release --locked --workspace
	scripts/bench.sh

playground: $(DIST) ## Build the playground's assets

schema: ## Write schema.graphql anew
	cargo run --locked --bin tenantry -- schema > schema.graphql.new
	mv schema.graphql.new schema.graphql

permissions: ## Write docs/permissions.md anew
	cargo run --locked --bin tenantry -- permissions > docs/permissions.md.new
	mv docs/permissions.md.new docs/permissions.md

clean: ## Remove what was built, and the state of `make run`
	@scripts/stop-test-postgres.sh
	rm -rf target web/dist web/node_modules tests/clients/node_modules tests/clients/generated .tenantry

# `npm ci` brings a Postgres along, for machines that have none.
$(NODE_MODULES): web/package.json web/package-lock.json
	scripts/check-node.sh
	cd web && npm ci --no-audit --no-fund
	@touch $@

# The clients of other people, which the gateway is tried with.
$(CLIENT_MODULES): tests/clients/package.json tests/clients/package-lock.json
	scripts/check-node.sh
	cd tests/clients && npm ci --no-audit --no-fund
	@touch $@

$(DIST): $(NODE_MODULES) $(WEB_SOURCES)
	cd web && npm run build
	@touch $@
