# Two commands are all a fresh machine needs: `make site` and `make test`.
# Each makes an environment of its own in .venv; nothing else on the machine is touched.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
SITE := site

.PHONY: help site pages serve test test-long check format golden reference bench clean

help:
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

site: $(VENV)/run ## install, analyse examples/platform, build Groundplan's own site with it
	@$(BIN)/python -m analyzer.reference
	@$(MAKE) --no-print-directory pages

pages: $(VENV)/run # the site of documentation that is up to date
	@said=$$($(BIN)/groundplan -C examples/platform docs -o docs/example 2>&1) \
		|| { echo "$$said" >&2; exit 1; }; echo "$$said" | head -n 1
	@said=$$(NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --site-dir $(SITE) 2>&1) \
		|| { echo "$$said" >&2; exit 1; } # with --quiet it would not count warnings
	@echo "The site is in $(SITE)/. Look at it with: make serve"

serve: ## serve the built site on http://127.0.0.1:8000
	@test -d $(SITE) || $(MAKE) site
	@echo "http://127.0.0.1:8000/ (Ctrl-C ends)"
	@$(PYTHON) -m http.server --bind 127.0.0.1 --directory $(SITE) 8000

test: $(VENV)/dev ## install and run the tests
	@$(BIN)/python -m pytest -n auto --dist loadfile -m "not long" -rs

test-long: $(VENV)/dev ## everything that takes long: whole real trees, mutation
	@$(BIN)/python -m pytest -n auto --dist loadfile -rs

check: $(VENV)/dev ## what CI runs: style, types, import layers, the example's README, tests, the site
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/groundplan -C examples/platform readme --check
	@$(MAKE) --no-print-directory test pages # of which the tests say that the reference is up to date

format: $(VENV)/dev ## write what ruff would have
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

golden: $(VENV)/dev ## write the expected outputs anew; read their diff, that is the review
	@$(BIN)/python -m pytest -n auto --update-golden

reference: $(VENV)/dev ## make docs/reference, docs/schema and shown output anew; read their diff
	@$(BIN)/python -m analyzer.reference

bench: $(VENV)/run ## time Groundplan beside the bare engine
	@$(BIN)/python -m benchmarks.run

clean: ## remove what these commands made
	rm -rf $(VENV) $(SITE) docs/example .pytest_cache .mypy_cache .ruff_cache

$(VENV)/run: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	@echo "Installing into $(VENV); this needs a network"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) install -r requirements.txt
	@$(PIP) install --no-deps -e .
	@touch $@

$(VENV)/dev: $(VENV)/run requirements-dev.txt
	@$(PIP) install -r requirements-dev.txt
	@touch $@
