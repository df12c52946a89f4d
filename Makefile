# `make help` lists what there is. `make run` and `make test` work alone on a fresh clone.

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
.DEFAULT_GOAL := help
.PHONY: help install reinstall run browser test test-cov test-long test-faults check bench bench-cold bench-flow bench-live bench-noon bench-session clean

# What is compiled is kept: else each of the many processes of a stack, and of its tests, compiles the whole house again.
export PYTHONDONTWRITEBYTECODE :=

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

install: $(INSTALLED) ## the virtual environment with everything in it

# The stamp holds what was installed: a file that is only newer, after a clone or on another branch, installs nothing.
$(INSTALLED): pyproject.toml requirements.txt
	@if ! cat $^ | cmp -s - $@; then $(MAKE) --no-print-directory reinstall; fi
	@touch $@

reinstall:
	@python=; for candidate in python3.11 python3.12 python3.13 python3; do \
	  if $$candidate -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then python=$$candidate; break; fi; \
	done; \
	if [ -z "$$python" ]; then echo 'Python 3.11, 3.12 or 3.13 is needed, and none was found.' >&2; exit 1; fi; \
	if [ ! -x $(BIN)/python ]; then echo "making $(VENV) with $$($$python --version)"; $$python -m venv $(VENV) || { rm -rf $(VENV); exit 1; }; fi
	@echo 'installing (about a minute the first time)'
	@$(BIN)/python -m pip install --disable-pip-version-check --editable '.[dev]' >$(VENV)/install.log 2>&1 || \
	  { cat $(VENV)/install.log >&2; exit 1; }
	@cat pyproject.toml requirements.txt >$(INSTALLED)

run: $(INSTALLED) ## start everything, and print where it is (options: python -m local up --help)
	@exec $(BIN)/python -m local up --tied

browser: ## chromium for the tests of the screens (Debian or Ubuntu, as root)
	@.ci/browser

TEST := -m pytest -m 'not long' -n 4 --dist loadfile --no-loadscope-reorder

test: $(INSTALLED) ## every test but the long ones, four files at a time, those with whole stacks first
	@$(BIN)/python $(TEST)

test-cov: $(INSTALLED) ## the same, and how much of shared/ and functions/ it reaches; fails below 80 %
	@$(BIN)/python $(TEST) --cov --cov-report=term --cov-fail-under=80

test-long: $(INSTALLED) ## an hour of kill -9, long outages, each page in detail, and many examples; goes on where it was stopped
	@$(BIN)/python -m pytest -s -m 'long or hypothesis' --hypothesis-profile=many

test-faults: $(INSTALLED) ## kill -9 at each step of paying, with each fault of the gateway: 500 cells (CELLS=, SEED=, LANES=); goes on
	@$(BIN)/python -m tests.faults run $(if $(CELLS),--cells $(CELLS)) $(if $(SEED),--seed $(SEED)) $(if $(LANES),--lanes $(LANES))

check: $(INSTALLED) ## style, types and layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(INSTALLED) ## menus, previews, placements and orders at 1, 16 and 64 connections (two minutes)
	@$(BIN)/python -m tests.bench.bench

bench-cold: $(INSTALLED) ## how long importing and indexing the app takes, and how much memory
	@$(BIN)/python -m tests.bench.cold

bench-flow: $(INSTALLED) ## orders per second, and how long a diner waits
	@$(BIN)/python -m tests.bench.flow

bench-live: $(INSTALLED) ## a thousand screens on live connections while orders flow at 20 a second: how late they hear (a minute)
	@$(BIN)/python -m tests.bench.live_clients

bench-noon: $(INSTALLED) ## texts, mails, pushes, live screens and files hang while orders flow at 20 a second: does a table notice? (minutes)
	@$(BIN)/python -m tests.bench.noon

bench-session: $(INSTALLED) ## what checking a session costs, beside one jwt.decode: six times that at most
	@$(BIN)/python -m tests.bench.bench_session

clean: ## remove the virtual environment and what tools left behind (the data in .local stays)
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
