# `make train` and `make test` are all that a fresh clone needs.
# Another Python: make train PYTHON=python3.13

PYTHON ?= python3
VENV := .venv
READY := $(VENV)/ready

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help train test clean

help:  ## Says what can be made.
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' $(MAKEFILE_LIST)

train: $(READY)  ## Trains the default character language model in runs/char_lm.
	$(VENV)/bin/python -m experiments train --config=configs/char_lm.py --workdir=runs/char_lm

# The tests of a file share what they compile: each worker gets a stretch of neighbours,
# and when it is through takes over what the slower one has not begun.
test: $(READY)  ## Checks style and runs every test on two cores.
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/python -m pytest -n 2 --dist worksteal

clean:  ## Removes the environment and caches; keeps runs.
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'error: Python 3.11 or newer is needed; name one: make PYTHON=python3.13'; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(READY): pyproject.toml | $(VENV)/bin/python
	$(VENV)/bin/python -m pip install --quiet --editable '.[test]'
	@touch $@
