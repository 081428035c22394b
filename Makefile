# One command each, the same for people and CI. `make help` lists them.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
export PYTHONDONTWRITEBYTECODE ?= 1

.PHONY: help run test test-long check bench screenshots clean
.DEFAULT_GOAL := help

help:  ## List these commands
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

run: $(VENV)/.run  ## Install, simulate a city if there are no data yet, and start the dashboard on 127.0.0.1:8501
	@$(BIN)/python -m scripts.run

check: $(VENV)/.dev  ## Lint, format, types and import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check  ## Everything a change must pass, browser included; under ten minutes on two cores
	@$(BIN)/python -m scripts.chromium
	$(BIN)/python -m pytest -n 2 --dist worksteal

test-long: check  ## What takes longer: full trials, soaks and loads
	@$(BIN)/python -m scripts.chromium
	$(BIN)/python -m pytest -m long --timeout=3600

bench: $(VENV)/.bench  ## Speed and memory beside peers, as ratios within one run of a million rows
	$(BIN)/python -m bench.load

screenshots: $(VENV)/.dev  ## The pictures of the README and docs
	@$(BIN)/python -m scripts.chromium
	$(BIN)/python -m scripts.screenshots

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt constraints.txt | $(VENV)/bin/python
	$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt requirements.txt constraints.txt | $(VENV)/bin/python
	$(PIP) -r requirements-dev.txt
	@touch $@ $(VENV)/.run

$(VENV)/.bench: requirements-bench.txt constraints.txt $(VENV)/.dev
	$(PIP) -r requirements-bench.txt
	@touch $@

clean:  ## Remove the environment (never the data)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
