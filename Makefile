# Every target sets up what it needs on a fresh machine. PYTHON may name another interpreter.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PEERS := .venv-peers
# Order and seeds of the tests; another number finds what depends on them.
SEED ?= 20261123
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help demo test lint bench bench-peers clean install system constraints

help:
	@echo "make demo    the whole flow on the embedded default, ending with an HTML report in demo/"
	@echo "make test    every test, with branch coverage"
	@echo "make lint    ruff, mypy, import-linter"
	@echo "make bench   speed ratios against peers, in one run"
	@echo "make bench-peers   .venv-peers, which holds those peers"
	@echo "make clean   remove .venv, demo/ and caches"

demo: $(VENV)/runtime
	$(BIN)/ualm demo --output demo

test: $(VENV)/dev system
	$(BIN)/python -m pytest -n 2 --randomly-seed=$(SEED) --cov --cov-report=term

lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/runtime bench-peers
	$(BIN)/python -m bench.ingest

install: $(VENV)/dev

$(VENV)/runtime: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(None if (3, 11) <= v <= (3, 12) \
	  else f"expected Python 3.11 or 3.12, got {v[0]}.{v[1]}; run: make PYTHON=python3.11 $(MAKECMDGOALS)")'
	@echo "setting up $(VENV) (about 6.5 GB, mostly torch) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --upgrade "pip>=25.1"
	@$(PIP) install --constraint constraints.txt --editable .
	@touch $@

$(VENV)/dev: $(VENV)/runtime
	@$(PIP) install --constraint constraints.txt --group dev
	@touch $@

# The peers' own environment; it sees the suite's packages behind its own, so that torch is there once.
bench-peers: $(PEERS)/made

$(PEERS)/made: bench/peers.txt $(VENV)/runtime
	@echo "setting up $(PEERS) (about 0.3 GB) ..."
	@$(BIN)/python -m venv $(PEERS)
	@$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
	  > "$$($(PEERS)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/suite.pth"
	@$(PEERS)/bin/python -m pip --disable-pip-version-check --quiet install --no-deps -r bench/peers.txt
	@touch $@

# What only the tests use: a browser to open the report in.
system:
	@command -v chromium > /dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium > /dev/null; \
	  else echo "chromium is missing: the tests that open the report in it will be skipped"; fi; }

# From a .venv that holds nothing else: run `make clean` first.
constraints: $(VENV)/dev
	@{ head -2 constraints.txt; $(PIP) freeze --all --exclude pip --exclude-editable; } > constraints.new
	@mv constraints.new constraints.txt

clean:
	rm -rf $(VENV) $(PEERS) demo build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
