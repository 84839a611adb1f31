# Only Python 3.11+ and make are needed; every target makes the virtual environment it wants.
# `make` lists the targets.

DEMO_DIR  ?= demo-case
VENV      := .venv
DEMO_VENV := .venv-demo
BIN       := $(VENV)/bin

# The first of these that runs, is new enough and can make virtual environments; PYTHON=… overrides.
CANDIDATES := python3.13 python3.12 python3.11 python3 python
PYTHON_OK  := import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))
PYTHON     ?= $(shell for p in $(CANDIDATES); do $$p -c '$(PYTHON_OK)' 2>/dev/null && { echo $$p; break; }; done)

PIP_INSTALL := -m pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt
LOCK        := pyproject.toml constraints.txt
SHIPPED     := $(shell find workbench queries reports notebooks -type f \
                 -not -path '*/.*' -not -path '*/__pycache__/*' 2>/dev/null | sed 's/ /\\ /g')

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help venv demo test check bench eval fuzz lab docs wheel compose-env compose-check clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

demo: $(DEMO_VENV)/.stamp ## load the bundled case and answer the main questions (in DEMO_DIR=demo-case)
	@$(DEMO_VENV)/bin/workbench demo "$(DEMO_DIR)"

venv: $(VENV)/.stamp ## make .venv with everything a developer needs

test: $(VENV)/.stamp ## run the tests (PYTEST_ARGS='-k name' for some of them)
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

check: $(VENV)/.stamp ## lint, formatting, types and import contracts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.stamp ## measure, and write docs/benchmarks.md
	$(BIN)/python -m bench

eval: $(VENV)/.stamp ## measure how often every method is right (tools/eval_*.py), and write the pages
	$(BIN)/workbench eval --docs
	@for script in tools/eval_*.py; do echo "$$script" >&2; $(BIN)/python $$script || exit 1; done

fuzz: $(VENV)/.stamp ## damage real files and read them, for ten minutes
	$(BIN)/python -m tests.fuzzing --minutes 10 --data ../shared/data tests/data

docs: $(VENV)/.stamp ## write the generated pages under docs/
	$(BIN)/workbench docs

lab: $(VENV)/.stamp ## open the notebooks in JupyterLab
	@$(BIN)/workbench init "$(DEMO_DIR)"
	WORKBENCH_WORKSPACE="$(abspath $(DEMO_DIR))" $(BIN)/jupyter lab notebooks

wheel: $(VENV)/.stamp ## build the wheel and the source archive into dist/
	@rm -rf dist
	$(BIN)/python -m build

compose-env: .env ## write .env with random passwords for docker compose, if there is none

compose-check: ## have docker compose check docker-compose.yml
	@if docker compose version >/dev/null 2>&1; then compose="docker compose"; \
	elif command -v docker-compose >/dev/null; then compose=docker-compose; \
	else echo "compose-check: neither 'docker compose' nor 'docker-compose' is installed" >&2; exit 1; fi; \
	WORKBENCH_DB_PASSWORD=checked-only WORKBENCH_JUPYTER_TOKEN=checked-only \
	  $$compose -f docker-compose.yml config --quiet && echo "docker-compose.yml is valid ($$compose)"

clean: ## stop the demo's database, remove environments, caches and demo-case
	@if [ -d demo-case ] && [ -x $(DEMO_VENV)/bin/workbench ]; then \
	  WORKBENCH_WORKSPACE=demo-case $(DEMO_VENV)/bin/workbench db stop --force || true; fi
	rm -rf $(VENV) $(DEMO_VENV) .venv-java demo-case build dist \
	  .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +

# --- files ------------------------------------------------------------------------------------

# The demo gets the wheel, as a user would; a changed source is installed anew (3 seconds).
$(DEMO_VENV)/.stamp: $(LOCK) $(SHIPPED)
	$(call need-python)
	@[ -e $@ ] || echo "Installing the workbench into $(DEMO_VENV) (about 95 MB to download, once)"
	@[ -x $(DEMO_VENV)/bin/python ] || "$(PYTHON)" -m venv $(DEMO_VENV)
	@$(DEMO_VENV)/bin/python $(PIP_INSTALL) .
	@touch $@

# Developers get the checkout itself.
$(VENV)/.stamp: $(LOCK)
	$(call need-python)
	@echo "Installing the workbench and its tools into $(VENV) (about 310 MB to download, once)"
	@[ -x $(BIN)/python ] || "$(PYTHON)" -m venv $(VENV)
	@$(BIN)/python $(PIP_INSTALL) -e '.[all,dev]'
	@touch $@

.env:
	$(call need-python)
	@umask 077 && "$(PYTHON)" -c 'from secrets import token_hex as t; \
	  print("WORKBENCH_DB_PASSWORD=" + t(24)); print("WORKBENCH_JUPYTER_TOKEN=" + t(24))' > $@
	@echo "Wrote .env with random passwords (readable by you only)"

define need-python
@[ -n "$(PYTHON)" ] && "$(PYTHON)" -c '$(PYTHON_OK)' 2>/dev/null || { \
  echo "This needs Python 3.11 or newer with its venv module, as one of: $(CANDIDATES)." >&2; \
  echo "Install it (Debian and Ubuntu: apt install python3-venv), or say where it is: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; \
  exit 1; }
endef
