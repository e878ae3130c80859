# `make` or `make help` lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# Python may keep what it compiled: without, each process compiles torch anew (10 s).
unexport PYTHONDONTWRITEBYTECODE

# Threads that spin while they wait make small models ten times slower on a busy machine.
export OMP_WAIT_POLICY ?= PASSIVE

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCK := requirements.lock
DEPENDENCIES := $(VENV)/.dependencies
STAMP := $(VENV)/.package
UV := VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv

.PHONY: help setup demo test lint format types check bench golden fuzz lock clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## /  \1\t/' | expand -t 12

setup: $(STAMP) ## make .venv from the lock; does nothing when it is up to date

# uv is itself in the lock, and pip installs that one version, checked by its hash.
$(DEPENDENCIES): $(LOCK)
	@echo "setup: making $(VENV) from $(LOCK)"
	$(PYTHON) -m venv --clear $(VENV)
	sed -n '/^uv==/,/[^\\]$$/p' $(LOCK) > $(VENV)/uv.lock
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r $(VENV)/uv.lock
	$(UV) pip install --quiet --no-deps --require-hashes --build-constraints build-constraints.txt -r $(LOCK)
	@touch $@

$(STAMP): $(DEPENDENCIES) pyproject.toml
	$(UV) pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(STAMP) ## make the example film, find its people, compare with the truth
	@mkdir -p demo
	$(BIN)/python examples/make_film.py demo/film.mp4
	$(BIN)/vcn cluster demo/film.mp4 -o demo/clusters.json
	$(BIN)/vcn evaluate demo/clusters.json --gt demo/film.labels.csv
	@echo "open demo/clusters.report.html in a browser: the people, when each is on screen, and the unknown"

# A file stays with one process: what its tests share is made once.
test: $(STAMP) ## run the tests (slow ones, fuzzing and benchmarks apart)
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

lint: $(STAMP) ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(STAMP) ## ruff: rewrite what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(STAMP) ## mypy --strict on src
	$(BIN)/mypy

check: lint types test ## what continuous integration runs

bench: $(STAMP) ## measure quality and time, and write the committed tables
	$(BIN)/python -m pytest -m bench -s

golden: $(STAMP) ## write the golden files anew
	$(BIN)/python -m pytest tests/pipeline/test_golden.py --write-golden

fuzz: $(STAMP) ## run the long random tests
	$(BIN)/python -m pytest -m fuzz

lock: $(DEPENDENCIES) ## resolve the dependencies anew
	$(UV) pip compile pyproject.toml --quiet --extra dev --extra voice --extra ray --universal --python-version 3.11 \
	  --fork-strategy fewest --generate-hashes --no-header --no-annotate \
	  --no-emit-index-url --no-emit-find-links --upgrade --output-file $(LOCK)
	for lock in linux-aarch64:aarch64-unknown-linux-gnu macos-arm64:aarch64-apple-darwin; do \
	  MACOSX_DEPLOYMENT_TARGET=14.0 $(UV) pip compile pyproject.toml --quiet --extra voice \
	    --python-platform $${lock#*:} --python-version 3.11 --generate-hashes --no-header --no-annotate \
	    --no-emit-index-url --no-emit-find-links --upgrade --output-file locks/$${lock%%:*}.txt; \
	done

clean: ## remove everything that the targets made
	rm -rf $(VENV) demo build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
