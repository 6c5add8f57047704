PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin

.PHONY: install run test test-uncached test-postgres migrate demo lint types bench lock

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

test: install
	$(BIN)/pytest

# A case that is rebuilt from its history at every step must go the same way as one that stayed in memory.
test-uncached: install
	MAX_CACHED_WORKFLOWS=0 $(BIN)/pytest -m engine

# Everything that touches the database once more, on the PostgreSQL that TEST_DATABASE_URL names.
test-postgres: install
	@test -n "$$TEST_DATABASE_URL" || { echo "say where: TEST_DATABASE_URL=postgresql://user:word@host/postgres"; exit 1; }
	$(BIN)/pytest -m database

migrate: install
	$(BIN)/python -m commands.migrate

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install
	$(BIN)/mypy .

bench: install
	$(BIN)/python -m bench.ladders
	$(BIN)/python -m bench.quotes

lock: install
	$(BIN)/pip install --quiet pip-tools
	$(BIN)/pip-compile --quiet --generate-hashes --strip-extras --extra dev --no-header --no-emit-index-url --no-emit-find-links --allow-unsafe -o requirements.txt pyproject.toml
