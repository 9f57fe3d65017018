# Two commands for everybody:   make demo   and   make test
# Both do all set-up themselves; only Python 3.11 or newer and make are needed.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
OUT    ?= demo-out
JOBS   ?= auto

.PHONY: demo test lint types tests setup bench docs clean

demo: setup
	@$(BIN)/python samples/demo.py $(OUT)

test: setup lint types tests

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

tests: setup
	$(BIN)/python -m pytest -n $(JOBS)

bench: setup
	$(BIN)/python -m benchmarks.pipeline
	$(BIN)/python -m benchmarks.checking
	$(BIN)/python -m benchmarks.bron
	$(BIN)/python -m benchmarks.report

docs: setup
	$(BIN)/python -m tools.oso_reference
	$(BIN)/python -m tools.findings_reference
	$(BIN)/python -m tools.mapping_reference
	$(BIN)/python -m tools.command_reference
	$(BIN)/python -m tools.report_schema
	$(BIN)/python -m tests.oso.corpus

setup: $(STAMP)

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "dod2oso heeft Python 3.11 of nieuwer nodig (nu: $$($(PYTHON) --version)). Probeer: make PYTHON=python3.12 ..."; exit 1; }
	@echo "Eenmalige installatie in $(VENV)/ ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[official,sender,dev]"
	@touch $(STAMP)

clean:
	rm -rf $(VENV) $(OUT) .mypy_cache .ruff_cache
