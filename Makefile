# Each target installs what it needs. `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO_DATA ?= build/demo

.DEFAULT_GOAL := help
.PHONY: help install demo test check fix docs bench clean

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(VENV)/.installed: requirements.lock carried.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("casetrail needs Python 3.11 or newer: make PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "venv is missing: apt-get install python3-venv"; exit 5; }
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r carried.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

install: $(VENV)/.installed  ## make .venv with casetrail and everything it needs

demo: install  ## the whole job on real sample footage, printed and written as a report
	@$(BIN)/casetrail models pull --role all --optional
	$(BIN)/casetrail demo --data $(DEMO_DATA)

test: install  ## every test; those that want shared models or footage are skipped without them
	$(BIN)/python -m pytest

check: install  ## types, style, import contract; changes nothing
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: install  ## format and mend what can be mended
	$(BIN)/ruff format src tests benchmarks
	$(BIN)/ruff check --fix src tests benchmarks

docs: install  ## write the command reference
	$(BIN)/python -m casetrail.surfaces.cli.reference > docs/reference/commands.md

bench: install  ## measurements beside other tools, printed as JSON
	$(PYTHON) benchmarks/run.py

clean:  ## remove what the other targets made
	rm -rf $(VENV) .venv-bench build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
