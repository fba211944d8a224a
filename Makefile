# The commands of Shopbell. `make help` lists them.
#
# Every command sets up what it needs: what can live in target/ is brought there, Debian packages are installed when
# this is root, and otherwise the line to type is printed. How: deploy/setup/.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

export PATH := $(CURDIR)/target/tools/bin:$(PATH)

SETUP := deploy/setup
# What the demo starts.
PROGRAMS := --locked --package shopbell-server --package shopbell-edge --bins
# All tests and the programs that they start. Always all of them: cargo chooses the features of the crates below by what
# is built together, and a part of this by itself would compile most of them again.
TESTS := --locked --workspace
# Tests of whole processes mostly wait, so more of them run than there are cores; .config/nextest.toml says which.
THREADS := $(shell echo $$((2 * $$(nproc))))
BUF := web/node_modules/.bin/buf
MODULES := web/node_modules/.package-lock.json
PAGE := web/dist/index.html
PAGE_SOURCES := $(shell find web proto -type d \( -name node_modules -o -name dist -o -name gen \
	-o -name test-results -o -name playwright-report \) -prune -o -type f -print)
SCRIPTS := $(shell find deploy tests -name node_modules -prune -o -name '*.sh' -print) .ci/run
# The newest released wire contract; `make check` holds the protos to it.
GOLDEN := $(lastword $(sort $(wildcard proto/golden/*.binpb)))

.PHONY: help
help: ## Lists the commands
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

.PHONY: demo
demo: machine $(PAGE) ## Starts a shop on this machine and prints the addresses to open; Ctrl-C ends it
	cargo build $(PROGRAMS)
	exec deploy/demo/run.sh

.PHONY: test
test: tests-built ## Passes every test
	@# At the same time: the browser's tests wait for the demo's guests, and those of whole processes for each other.
	$(MAKE) --jobs 2 --keep-going BUILT=yes test-rust test-web

# Once for all: what the tests below need.
.PHONY: tests-built
tests-built: machine $(PAGE)
	@$(SETUP)/debian.sh tests browser python
	@$(SETUP)/tools.sh cargo-nextest
	cargo build $(TESTS) --bins --tests

.PHONY: test-rust
test-rust: export SHOPBELL_PROGRAMS := $(or $(CARGO_TARGET_DIR),$(CURDIR)/target)/debug
test-rust: $(if $(BUILT),,tests-built) ## Tests of the Rust crates and of whole processes (ONLY=name for some)
	cargo nextest run $(TESTS) --test-threads $(THREADS) --no-fail-fast $(ONLY)
	@# Without make's own flags: rustdoc would warn for each crate that it cannot share its jobs.
	$(if $(ONLY),,env -u MAKEFLAGS cargo test $(TESTS) --doc)

.PHONY: test-web
test-web: test-page test-browser

.PHONY: test-page
test-page: $(MODULES) ## Tests and type checks of the page
	npm --prefix web run check
	npm --prefix web test

.PHONY: test-browser
test-browser: machine $(PAGE) ## The page in Chromium, against real processes
	@$(SETUP)/debian.sh browser
	$(if $(BUILT),,cargo build $(PROGRAMS))
	cd web && npx playwright test

.PHONY: check
check: machine $(PAGE) ## Formatting, lints, architecture, wire contract, documents, licences
	@$(SETUP)/debian.sh check
	@$(SETUP)/tools.sh cargo-deny
	cargo fmt --all -- --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	@# Without what only tests ask of the crates below: so this also shows that the programs compile by themselves.
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps --document-private-items
	cargo test $(TESTS) --test architecture
	$(BUF) lint
	$(BUF) format --diff --exit-code
	$(if $(GOLDEN),$(BUF) breaking --against $(GOLDEN),@echo "no release yet: no golden contract in proto/golden")
	cargo fetch --locked
	cargo deny --offline check bans licenses sources
	shellcheck $(SCRIPTS)

.PHONY: bench
bench: machine ## Measures, in release; results in target/bench/summary.json (ONLY=name for one)
	cargo run --locked --release --package shopbell-tests --bin bench -- $(ONLY)

.PHONY: page
page: $(PAGE) ## Builds the page that the server embeds

.PHONY: golden
golden: $(MODULES) ## At a release: freezes the wire contract (VERSION=v0.2)
	@test -n "$(VERSION)" || { echo "name the release: make golden VERSION=v0.2"; exit 1; }
	@test ! -e proto/golden/$(VERSION).binpb || { echo "proto/golden/$(VERSION).binpb is released: it never changes"; exit 1; }
	mkdir -p proto/golden
	$(BUF) build --exclude-source-info -o proto/golden/$(VERSION).binpb

.PHONY: machine
machine:
	@$(SETUP)/debian.sh rust build

$(MODULES): web/package-lock.json
	@$(SETUP)/tools.sh node
	npm --prefix web ci --no-audit --no-fund --loglevel error
	@touch $@

$(PAGE): $(MODULES) $(PAGE_SOURCES)
	npm --prefix web run build
	@touch $@
