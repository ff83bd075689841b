# Ironlaw. Each target sets up what it needs in .venv; your ledger lies elsewhere, and no target touches it.
# Works with GNU make 3.81 and BSD tools. PYTHON=/path/to/python and IRONLAW_CHROMIUM=/path/to/chromium override a search.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help start test setup lint check bench screenshots instruments docs pins clean installed chromium

BIN := .venv/bin
PORT ?=
ARGS ?=

help: ## print this list
	@echo 'Ironlaw: a flight simulator for people who build machine-learning systems.'
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

start: installed ## set up, serve the labs and open them in the browser (PORT=8200 for another port)
	@$(BIN)/ironlaw serve $(if $(PORT),--port $(PORT)) || { echo 'make start PORT=8200 takes another port.'; exit 1; }

test: setup chromium lint ## set up, find or install a Chromium, lint, run every test (ARGS="-k ledger")
	@IRONLAW_CHROMIUM="$$($(BIN)/python tools/chromium.py)" $(BIN)/python -m pytest -n $$(( $$(getconf _NPROCESSORS_ONLN) + 1 )) --dist worksteal $(ARGS)

setup: ## make .venv with all that the tests need
	@sh tools/setup.sh test

lint: setup ## ruff, mypy and the import contracts
	@echo "Lint: ruff, mypy, import contracts ..."
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/python -m mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo

check: installed ## prove every lab: solvable, fair, no figure typed by hand
	@$(BIN)/ironlaw check

bench: setup chromium ## measure the speed budgets
	@IRONLAW_CHROMIUM="$$($(BIN)/python tools/chromium.py)" $(BIN)/ironlaw bench $(ARGS)

screenshots: setup chromium ## take the pictures in docs/images anew
	@IRONLAW_CHROMIUM="$$($(BIN)/python tools/chromium.py)" $(BIN)/python tools/screenshots.py $(ARGS)

instruments: setup chromium ## write the page of the instruments' parts and take its pictures anew
	@IRONLAW_CHROMIUM="$$($(BIN)/python tools/chromium.py)" $(BIN)/python tools/instruments.py $(ARGS)

docs: setup ## write the pages that are made from the code: equations, validation
	@$(BIN)/python tools/pages.py

pins: setup ## write requirements/ anew after a change of dependencies
	@sh tools/pins.sh

clean: ## remove .venv and everything that tools left behind; not your ledger
	@rm -rf .venv build dist src/ironlaw.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find src tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

installed:
	@sh tools/setup.sh start

chromium: setup
	@$(BIN)/python tools/chromium.py --install >/dev/null
