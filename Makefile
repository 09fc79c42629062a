# `make help` lists what there is. Everything is installed into .venv/ when first needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes

.DEFAULT_GOAL := help
.PHONY: help demo up test lint bench docs screenshots lock clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1	/' | expand -t 14

demo: $(VENV)/.installed-runtime ## a synthetic organisation, scanned, on a dashboard; ONCE=1 checks its own pages and ends
	$(BIN)/python -m lab.demo $(if $(filter 1,$(ONCE)),--once)

up: $(VENV)/.installed-runtime ## run Amphora on http://127.0.0.1:8000/
	$(BIN)/python manage.py up

test: $(VENV)/.installed-dev ## run all tests, or those that TEST=tests/posture names
	$(BIN)/python -m pytest -n 2 --dist loadscope $(TEST)

lint: $(VENV)/.installed-dev ## style, types, import rules, forgotten migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy config connectors inventory posture web lab
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run

bench: $(VENV)/.installed-dev ## measure, as ratios against a floor
	$(BIN)/python -m bench

docs: $(VENV)/.installed-docs ## build the documentation into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet

screenshots: $(VENV)/.installed-dev ## take the pictures of the documentation anew
	$(BIN)/python -m lab.screenshots

lock: $(VENV)/.installed-dev ## lock the requirements anew from the ranges in pyproject.toml
	requirements/lock

clean: ## remove what the tools made; keeps var/, which holds your data
	rm -rf $(VENV) site .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' || \
	    { echo "Amphora needs Python 3.11 to 3.14; say which by: make PYTHON=python3.11 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed-runtime: requirements/runtime.txt | $(BIN)/python
	$(INSTALL) -r $<
	@touch $@

$(VENV)/.installed-dev: requirements/dev.txt $(VENV)/.installed-runtime
	$(INSTALL) -r $<
	@touch $@

$(VENV)/.installed-docs: requirements/docs.txt $(VENV)/.installed-runtime
	$(INSTALL) -r $<
	@touch $@
