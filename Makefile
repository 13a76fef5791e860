# Every target that a person needs. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Of the benchmarks: full, medium, or small for a quick look; ONLY names some rows.
SIZE ?= full
ONLY ?=

.PHONY: help install run test faults check format bench bench-peers bench-profile lock screenshots clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Marquee needs Python 3.11 or newer; run: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements/run.txt pyproject.toml | $(BIN)/python
	@echo "Installing the locked requirements into $(VENV) ..."
	$(PIP) install --require-hashes --requirement requirements/run.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: requirements/dev.txt $(VENV)/.installed
	@echo "Installing the locked test requirements into $(VENV) ..."
	$(PIP) install --require-hashes --requirement requirements/dev.txt
	@touch $@

$(VENV)/.installed-bench: requirements/bench.txt $(VENV)/.installed-dev
	@echo "Installing the locked requirements of the benchmarks into $(VENV) ..."
	$(PIP) install --require-hashes --requirement requirements/bench.txt
	@touch $@

install: $(VENV)/.installed ## build .venv with the marquee command in it

run: install ## start web, scheduler and simulated carrier (PORT=8000)
	@exec $(BIN)/marquee run

test: $(VENV)/.installed-dev ## the whole suite, on SQLite and PostgreSQL, with Chromium
	@scripts/ensure-chromium
	$(BIN)/python -m pytest -n 2 --dist loadgroup tests

faults: $(VENV)/.installed-dev ## the fault tests with their full counts (docs/FAULTS.md)
	FAULTS=full $(BIN)/python -m pytest tests/faults

check: $(VENV)/.installed-dev ## lint, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed-dev ## rewrite the code as the formatter wants it
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.installed-bench ## measure the figures of docs/PERFORMANCE.md (SIZE=small ONLY="blast join")
	@scripts/ensure-command cc "the benchmarks' carrier" gcc libc6-dev
	$(BIN)/python -m benchmarks rows --size $(SIZE) --only "$(ONLY)"

bench-peers: $(VENV)/.installed-bench ## the blast beside Kannel and Jasmin, on the same carrier
	@scripts/ensure-command cc "the benchmarks' carrier" gcc libc6-dev
	@scripts/ensure-peers
	@scripts/in-loopback-only $(BIN)/python -m benchmarks peers --size $(SIZE)

bench-profile: $(VENV)/.installed-bench ## where one message's microseconds go
	@scripts/ensure-command cc "the benchmarks' carrier" gcc libc6-dev
	$(BIN)/python -m benchmarks profile --size $(SIZE)

lock: ## compile requirements/*.in again (needs uv on the PATH)
	for name in run dev bench jasmin; do uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
		--no-header --no-annotate requirements/$$name.in -o requirements/$$name.txt; done

screenshots: $(VENV)/.installed-dev ## draw the README's pictures anew from a running demo
	@scripts/ensure-chromium
	$(BIN)/python -m scripts.screenshots

clean: ## remove the environment and caches (var/, your data, stays)
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache *.egg-info
