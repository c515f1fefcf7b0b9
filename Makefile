# `make train` and `make test` are all that a fresh clone needs.
# Another Python: make train PYTHON=python3.13

PYTHON ?= python3
VENV := .venv
READY := $(VENV)/ready
# The peers have an environment of their own. TORCH is what pip installs as PyTorch:
# make race TORCH='torch==2.13.0 --index-url ...'
RACE := .venv-race
TORCH ?= torch==2.13.0
PEERS := dm-haiku equinox keras

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help train test race clean

help:  ## Lists the targets.
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' $(MAKEFILE_LIST)

train: $(READY)  ## Trains the default character language model in runs/char_lm.
	$(VENV)/bin/python -m experiments train --config=configs/char_lm.py --workdir=runs/char_lm

# The tests of a file share what they compile: each worker gets consecutive tests, and
# takes over tests that the other has not begun when its own are done.
test: $(READY)  ## Checks style and runs every test on two cores.
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/python -m pytest -n 2 --dist worksteal

# Part of a race: make race ARGS='--cells LSTM --shapes 0,3'
race: $(RACE)/ready  ## Races the peers of benchmarks/README.md, and writes RESULTS.md.
	$(RACE)/bin/python -m benchmarks $(ARGS)

clean:  ## Removes the environment and caches; keeps runs.
	rm -rf $(VENV) $(RACE) build dist .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'error: Python 3.11 or newer is needed; name one: make PYTHON=python3.13'; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(READY): pyproject.toml | $(VENV)/bin/python
	$(VENV)/bin/python -m pip install --quiet --editable '.[experiments,test]'
	@touch $@

# A peer that does not install is absent from the race, and does not stop it.
$(RACE)/ready: pyproject.toml | $(VENV)/bin/python
	$(VENV)/bin/python -m venv $(RACE)
	@echo '*' > $(RACE)/.gitignore
	$(RACE)/bin/python -m pip install --quiet --editable '.[experiments]'
	for peer in "$(TORCH)" $(PEERS); do \
	  $(RACE)/bin/python -m pip install --quiet $$peer || echo "absent: $$peer"; \
	done
	@touch $@
