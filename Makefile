# Two commands do all set-up: `make up` and `make test`. Both need only Python >= 3.10 and make.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
SEED ?=
SOAK ?= 3600
WORLDS ?= 1000000
SECONDS ?= 0
export PYTHONDONTWRITEBYTECODE =

.PHONY: up test lint core live faults fuzz bench lock wheel generate clean

up: .venv/.installed                ## the whole road on embedded parts, with a simulated park; ARGS="--no-simulate"
	@exec $(BIN)/touchline up $(ARGS)

test: .venv/.installed-dev          ## everything; on Apache Kafka too where Java 17 and Maven are present
	@$(MAKE) --no-print-directory lint
	$(BIN)/pytest tests/core tests/shell tests/sql tests/live
	$(BIN)/pytest tests/faults -m "not slow"
	@$(MAKE) --no-print-directory wheel

lint: .venv/.installed-dev          ## format, lint, types, generated files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m schemas.generate --check
	$(BIN)/touchline dashboards render --check

core: .venv/.installed-dev          ## the pure core, in seconds, no service
	$(BIN)/pytest tests/core

live: .venv/.installed-dev
	$(BIN)/pytest tests/live

faults: .venv/.installed-dev        ## everything that can break, an hour's soak at the end; SEED=n repeats, SOAK=seconds, ARGS="-k row_07"
	SEED=$(SEED) SOAK=$(SOAK) $(BIN)/pytest tests/faults $(ARGS)

fuzz: .venv/.installed-dev          ## a million worlds of people against the oracle; SEED=n the first, WORLDS=n, SECONDS=n at most, PROCESSES=n
	PYTHONPATH=tests $(BIN)/python -m support.identity_fuzz --seed $(or $(SEED),0) --worlds $(WORLDS) --seconds $(SECONDS) $(if $(PROCESSES),--processes $(PROCESSES))

bench: .venv/.installed-dev         ## speed as ratios in one run; on Apache Kafka where Java 17 and Maven are present
	PYTHONPATH=tests $(BIN)/python tests/bench/core.py
	PYTHONPATH=tests $(BIN)/python tests/bench/identity.py
	PYTHONPATH=tests $(BIN)/python tests/bench/road.py
	PYTHONPATH=tests $(BIN)/python tests/bench/places.py
	PYTHONPATH=tests $(BIN)/python tests/bench/recovery.py
	PYTHONPATH=tests $(BIN)/python tests/bench/rows.py

generate: .venv/.installed-dev      ## rewrite what is generated from the models and the panels
	$(BIN)/python -m schemas.generate
	$(BIN)/touchline dashboards render

wheel: .venv/.installed-dev         ## builds, installs in a clean environment and starts
	$(BIN)/python tests/wheel.py

lock: .venv/bin/python                   ## resolve the version ranges of pyproject.toml anew
	$(BIN)/python -m pip install -q uv
	$(BIN)/uv pip compile -q --universal --python-version 3.10 --generate-hashes --no-header --no-annotate pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.10 --generate-hashes --no-header --no-annotate --extra dev pyproject.toml -o requirements-dev.lock

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Touchline needs Python 3.10 or newer; this is " + sys.version.split()[0] + " (make PYTHON=/path/to/python3)" if sys.version_info < (3, 10) else 0)'
	$(PYTHON) -m venv .venv

.venv/.installed: requirements.lock pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@

.venv/.installed-dev: requirements-dev.lock pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@ .venv/.installed

clean:
	rm -rf .venv dist build .kafka
