# Two commands for everybody:   make demo   and   make test
# Both do all set-up themselves; only Python 3.11 or newer and make are needed.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
PYTHONS ?= python3.11 python3.12 python3.13
OUT    ?= demo-out
JOBS   ?= auto
LOG    ?= test-log
TESTS  ?=
# 1: every combination of what an ordinary run only meets in pairs (tests/sweeps.py)
WHOLE  ?= $(DOD2OSO_TEST_WHOLE)
export DOD2OSO_TEST_WHOLE := $(WHOLE)
# where it is set, each of the hundreds of processes of the tests would compile everything anew
unexport PYTHONDONTWRITEBYTECODE

.PHONY: site compiled fuzz loop odd demo test lint types tests again test-matrix setup lock bench docs advisories clean

demo: setup
	@$(BIN)/python samples/demo.py $(OUT)

test: setup lint types tests

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

tests: setup
	@DOD2OSO_TEST_LOG=$(LOG) $(BIN)/python -m pytest -n $(JOBS) --dist loadfile $(TESTS)

# only what failed in the last run of the tests
again: setup
	@test -s $(LOG)/failed.txt || { echo "Niets om over te doen: de laatste keer faalde er geen test ($(LOG)/failed.txt)."; exit 1; }
	@DOD2OSO_TEST_LOG=$(LOG) $(BIN)/python -m pytest '@$(LOG)/failed.txt'

# the tests under every Python that we promise, as far as it is on this machine; each in a .venv-X.Y of its own
test-matrix:
	@for python in $(PYTHONS); do \
	  if $$python -c '' >/dev/null 2>&1; then \
	    echo "== $$python"; $(MAKE) tests PYTHON=$$python VENV=.venv-$$python LOG=$(LOG)/$$python || exit 1; \
	  else echo "== $$python: niet op deze machine, overgeslagen"; fi; \
	done

# The innermost loops compiled (needs a C compiler), in a copy of the sources, and the tests that go through them.
COMPILED_TESTS ?= tests/mapping tests/meaning tests/findings/test_catalogue.py tests/source/test_walk.py \
  tests/source/test_record.py \
  tests/oso/rules/test_coverage.py tests/oso/rules/test_differential.py tests/oso/rules/test_semantics.py \
  tests/oso/test_writer.py tests/run/test_workers.py
compiled: setup
	@rm -rf build/compiled && mkdir -p build/compiled
	@git ls-files -z --cached --others --exclude-standard | tar -c --null -T - | tar -x -C build/compiled
	@cd build/compiled && "$(CURDIR)/$(BIN)/python" hatch_build.py . >/dev/null
	@cd build/compiled && DOD2OSO_TEST_WHOLE= "$(CURDIR)/$(BIN)/python" -m pytest -n $(JOBS) --dist loadfile $(COMPILED_TESTS)

# The tests in another order and with other numbers of workers each time, and on odd machines; both have more options.
loop: setup
	$(BIN)/python -m tests.loop --times $(or $(TIMES),10)

odd: setup
	$(BIN)/python -m tests.odd

# Broken inputs through every reader; SECONDS=120 stops by the clock, INPUTS=20000 by number.
fuzz: setup
	$(BIN)/python -m tests.fuzz $(if $(SECONDS),--seconds $(SECONDS),--inputs $(or $(INPUTS),20000))

bench: setup
	$(BIN)/python -m benchmarks.pipeline
	$(BIN)/python -m benchmarks.checking
	$(BIN)/python -m benchmarks.bron
	$(BIN)/python -m benchmarks.report
	$(BIN)/python -m benchmarks.peers

docs: setup
	$(BIN)/python -m tools.oso_reference
	$(BIN)/python -m tools.findings_reference
	$(BIN)/python -m tools.mapping_reference
	$(BIN)/python -m tools.command_reference
	$(BIN)/python -m tools.manual
	$(BIN)/python -m tools.messages_reference
	$(BIN)/python -m tools.report_schema
	$(BIN)/python -m tools.schemas
	$(BIN)/python -m tools.privacy_reference
	$(BIN)/python -m tools.packages_reference
	$(BIN)/python -m tools.sbom
	$(BIN)/python -m tests.oso.corpus

# Known vulnerabilities of the locked packages; needs a connection, and says so when there is none (exit code 3).
advisories: setup
	$(BIN)/python -m tools.advisories

# The documentation as a site that needs no network: build/site-sources/site/index.html. Fetches Zensical the first time.
site: setup
	@$(BIN)/python -c 'import zensical' 2>/dev/null || $(BIN)/python -m pip install --quiet --disable-pip-version-check zensical
	@$(BIN)/python -m tools.site

setup: $(STAMP)

# every package at the version, and with the hash, that requirements.lock names
$(STAMP): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "dod2oso heeft Python 3.11 of nieuwer nodig (nu: $$($(PYTHON) --version)). Probeer: make PYTHON=python3.12 ..."; exit 1; }
	@echo "Eenmalige installatie in $(VENV)/ ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

# make requirements.lock anew from pyproject.toml; for every platform and every Python that we promise
lock:
	@$(PYTHON) -m venv .venv-lock && .venv-lock/bin/python -m pip install --quiet --disable-pip-version-check uv
	@.venv-lock/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 \
	  --extra official --extra open --extra sender --extra dev --custom-compile-command "make lock" \
	  --output-file requirements.lock pyproject.toml
	@rm -rf .venv-lock

clean:
	rm -rf $(VENV) .venv-* $(OUT) $(LOG) .mypy_cache .ruff_cache
