# Mastery. The two that matter: `make run` and `make test`.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VENV   := .venv
PYTHON := $(VENV)/bin/python
PORT   ?= 8501
STAMP  := $(VENV)/.installed
DEV    := $(VENV)/.installed-dev
SYSTEM_TEST := $(VENV)/.system-test

.PHONY: help install run api test check format bench docs screenshots clean

help:  ## list the commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(PYTHON):
	bash deploy/install_system.sh deploy/system-run.txt --warn
	bash deploy/make_environment.sh $(VENV)

# PyTorch comes first and alone, by pip: whatever needs it then keeps this build. TORCH_INDEX names an index that has a
# build without CUDA, several GB smaller: make run TORCH_INDEX=https://download.pytorch.org/whl/cpu
TORCH  := torch==2.13.0
$(STAMP): requirements.txt | $(PYTHON)
	$(PYTHON) -m pip install --quiet --disable-pip-version-check $(TORCH) $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX))
	$(VENV)/bin/uv pip install --quiet --python $(PYTHON) -r requirements.txt
	@touch $@

$(DEV): requirements-dev.txt $(STAMP)
	$(VENV)/bin/uv pip install --quiet --python $(PYTHON) -r requirements.txt -r requirements-dev.txt
	@touch $@

$(SYSTEM_TEST): deploy/system-test.txt deploy/install_system.sh | $(PYTHON)
	bash deploy/install_system.sh deploy/system-test.txt
	@touch $@

install: $(STAMP)  ## create .venv with what the app needs

run: $(STAMP)  ## install what is missing, prepare data, warm up and serve on http://localhost:8501
	$(PYTHON) -m core data check
	$(PYTHON) deploy/run_app.py --port $(PORT)

api: $(STAMP)  ## serve the HTTP API on http://localhost:8000
	$(PYTHON) -m core serve

test: $(DEV) $(SYSTEM_TEST)  ## run every test: core, pages, real servers, browser
	$(PYTHON) -m pytest -n 2 --dist loadfile

check: $(DEV)  ## lint, types, layers, dead code, dependencies, spelling, cards and docs
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-cache
	$(VENV)/bin/vulture
	$(VENV)/bin/deptry .
	$(VENV)/bin/codespell
	$(VENV)/bin/hadolint Dockerfile
	$(PYTHON) -m core card --check
	$(PYTHON) -m core docs --check

format: $(DEV)  ## format the code and mend what can be mended
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

bench: $(DEV) $(SYSTEM_TEST)  ## measure speed and quality and write docs/BENCHMARKS.md
	$(PYTHON) -m benchmarks

docs: $(STAMP)  ## write cards and tables again from scores.json, the registry and the settings
	$(PYTHON) -m core card
	$(PYTHON) -m core docs

screenshots: $(DEV) $(SYSTEM_TEST)  ## picture every page in both themes and widths into .screenshots
	$(PYTHON) -m tests.browser.screenshots

clean:  ## remove the environment and caches
	rm -rf $(VENV) .cache .pytest_cache .mypy_cache .ruff_cache .screenshots
