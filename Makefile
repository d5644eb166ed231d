# The targets' names are a contract; docs/development.md describes each.
SHELL := /bin/bash
PYTHON ?= python3
VAR ?= $(CURDIR)/var
export VAR
BIN := .venv/bin
PORTAL := $(BIN)/python deploy/local/portal.py
ARGS ?=
SHARED = -n $(WORKERS) --max-worker-restart=0
TESTED := $(PORTAL) with-test-services

.PHONY: run test test-long up down services services-down env demo bench check docs solr solr-down clean lock install messages mail

run up demo services: install
	@$(PORTAL) $@

# The newest mails of the demonstration portal.
mail: install
	@$(PORTAL) mail

down services-down:
	@[ ! -x $(BIN)/python ] || $(PORTAL) $@

env:
	@[ -x $(BIN)/python ] || { echo "run 'make services' first" >&2; exit 1; }
	@$(PORTAL) env

install: .venv/.installed .venv/.messages

.venv/.installed: requirements-dev.txt setup.py requirements-plugin.in
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo "Python 3.10 or newer is needed (set PYTHON=...)"; exit 1; }
	@[ -x $(BIN)/pip ] || $(PYTHON) -m venv .venv || { echo "python3 -m venv failed: install Debian's python3-venv"; exit 1; }
	@echo "Installing the locked dependencies into .venv ..."
	@$(BIN)/pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.txt
	@PYTHONWARNINGS=ignore $(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python deploy/local/pth.py
	@touch $@

# Message catalogues are built from one file for each room, so that two people never edit the same one.
.venv/.messages: .venv/.installed $(wildcard ckanext/satudata/i18n/parts/*.po) ckanext/satudata/i18n/build.py
	@$(BIN)/python ckanext/satudata/i18n/build.py
	@touch $@

messages: .venv/.messages

# The whole suite is shared out among workers; what is named in ARGS runs in one process, which starts sooner.
test: WORKERS ?= $(if $(ARGS),0,auto)
test: install
	@$(PORTAL) chromium
	@$(TESTED) $(BIN)/pytest --ckan-ini=test.ini $(SHARED) -m "not long" $(ARGS)

# Starts Solr for as long as it runs, where Java and Maven are there, and runs the leak matrix on it, too; ends with
# what was skipped and why.
test-long: WORKERS ?= 0
test-long: install
	@$(PORTAL) chromium
	@$(BIN)/python deploy/solr/solr.py during $(TESTED) $(BIN)/pytest --ckan-ini=test.ini $(SHARED) -m long --timeout=1800 -rs --durations=10 $(ARGS)

bench: install
	@for file in benchmarks/*.py; do [ ! -e "$$file" ] || $(TESTED) $(BIN)/python "$$file" || exit 1; done

# A Solr 9 with CKAN's schema, for comparison; SEARCH=solr makes run, up and test use it. Needs Java 17 and Maven.
solr: install
	@$(BIN)/python deploy/solr/solr.py up

solr-down:
	@[ ! -x $(BIN)/python ] || $(BIN)/python deploy/solr/solr.py down

check: install
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy && $(BIN)/python deploy/local/arrows.py

# Writes the parts of docs/ that come from the program; `make test` fails while they are stale.
docs: install
	@$(TESTED) $(BIN)/pytest --ckan-ini=test.ini ckanext/satudata/tests/docs -k written >/dev/null || git status --short docs

lock: install
	$(BIN)/python deploy/local/lock.py

clean: solr-down down services-down
	rm -rf .venv
	[ ! -e "$(VAR)/settings.json" ] || rm -rf "$(VAR)"
