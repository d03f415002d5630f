# `make help` lists what there is; every target is one command you may as well type.
.DEFAULT_GOAL := help
.PHONY: help setup run test test-long oracle mutation lint bench clean
BIN := .venv/bin

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(BIN)/pytest ## Install everything into .venv

$(BIN)/pytest: pyproject.toml
	python3 -m venv .venv
	$(BIN)/pip install --quiet -e '.[test]'
	@touch $@

run: setup ## Serve a demo company at http://127.0.0.1:8000
	$(BIN)/upline demo

test: setup ## Run the tests
	$(BIN)/pytest

test-long: setup ## Run the long programmes too
	$(BIN)/pytest -m ''

# TREES times as many companies as the suite draws; SEED repeats a run.
TREES ?= 5
SEED ?= $(shell date +%s)
oracle: setup ## Hold the engine against the slow oracle on 10,000 random companies and more
	@echo "seed $(SEED)"
	UPLINE_TEST_EXAMPLES=$(TREES) $(BIN)/pytest -m '' --hypothesis-seed=$(SEED) \
	  tests/engine/test_oracle*.py tests/engine/test_standing.py tests/engine/bonuses \
	  tests/engine/test_metamorphic.py

# So many of the ledger's and of the engine's 17,000 mutants, seconds of processor time each; none
# is begun after so many MINUTES of each. It fails if tests notice fewer than 90 %.
MUTANTS ?= 300
MINUTES ?= 600
mutation: setup ## Change the code of the money at random and see whether tests notice
	$(BIN)/pip install --quiet -e '.[mutation]'
	failed=0; for part in ledger engine; do \
	  $(BIN)/python tests/mutation/run.py $$part --count $(MUTANTS) --seed $(SEED) \
	    --minutes $(MINUTES) --jobs 2 || failed=1; \
	done; exit $$failed

lint: setup ## Check style, types, layers and migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest tests/migrations/test_statements.py

bench: setup ## Measure, as ratios to floors taken in the same run
	@failed=0; for program in bench/[a-z]*.py; do \
	  echo "== $$program"; $(BIN)/python $$program || failed=1; \
	done; exit $$failed

clean: ## Remove what tools left behind
	rm -rf .venv-ci .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
