PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin

.PHONY: install run test test-postgres lives browser migrate demo lint types bench faults lock

install: $(VENV)/installed

# --require-hashes refuses anything that is not the locked file; our own package is then added without dependencies.
$(VENV)/installed: requirements.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes -r requirements.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

run: install
	$(BIN)/rykker run

demo: install
	$(BIN)/rykker demo

# Tests wait for engines more than they calculate; each worker has an engine, a database and stand-ins of its own.
AT_ONCE ?= 3
PYTEST := $(BIN)/pytest -n $(AT_ONCE) --dist worksteal

test: install
	$(PYTEST)

# Everything that touches the database once more, on the PostgreSQL that TEST_DATABASE_URL names.
test-postgres: install
	@test -n "$$TEST_DATABASE_URL" || { echo "say where: TEST_DATABASE_URL=postgresql://user:word@host/postgres"; exit 1; }
	$(PYTEST) -m database

# Random lives of cases, as many as LIVES says; the suite draws a few that are always the same.
lives: install
	LIVES=$${LIVES:-200} $(BIN)/pytest tests/test_any_life.py

# The customer's page and the case export in a real browser; needs Debian's chromium (apt-get install chromium).
browser: install
	$(BIN)/pytest tests/in_a_browser.py tests/export_in_a_browser.py

migrate: install
	$(BIN)/python -m commands.migrate

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install
	$(BIN)/mypy .

# Breaks the engine wherever it can break and counts what customers got; docs/crash-proof.md has the last run.
faults: install
	$(BIN)/python -m faults

bench: install
	$(BIN)/python -m bench.ladders
	$(BIN)/python -m bench.quotes

lock: install
	$(BIN)/pip install --quiet pip-tools
	$(BIN)/pip-compile --quiet --generate-hashes --strip-extras --extra dev --no-header --no-emit-index-url --no-emit-find-links --allow-unsafe -o requirements.txt pyproject.toml
