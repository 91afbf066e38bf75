# Python >= 3.11 and make are all that is needed; everything else comes from requirements.lock.
PYTHON ?= python3
HOME_DIR := $(or $(SHOUWANG_HOME),data)
AS_OF ?= 2026-11-20
BIN := .venv/bin

.PHONY: run test kills bench dev lint lock notebook clean

.venv/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("需要 Python 3.11 或更新版本 / Python 3.11 or newer is needed" if sys.version_info < (3, 11) else 0)'
	@echo "准备环境 .venv(首次约需几分钟) / building .venv, once"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# A demo landing folder of 10,000 persons in two counties, if there is none; then one whole check.
run: .venv/.ready
	@test -d "$(HOME_DIR)/landing" || $(BIN)/shouwang sample --persons 10000 --out "$(HOME_DIR)/landing" --area 150626,360202 --as-of $(AS_OF)
	@$(BIN)/shouwang check --as-of $(AS_OF) --home "$(HOME_DIR)"

test: .venv/.ready
	$(BIN)/python -m pytest -n 2

# Three hundred kills instead of a few dozen: about a quarter of an hour on an idle core.
kills: .venv/.ready
	SHOUWANG_KILLS=300 $(BIN)/python -m pytest tests/durability/test_kills.py

lint: .venv/.ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: .venv/.ready
	$(BIN)/python -m bench

dev: .venv/.ready
	@mkdir -p "$(HOME_DIR)/dagster"
	@cp dagster.yaml "$(HOME_DIR)/dagster/dagster.yaml"
	@DAGSTER_HOME="$(abspath $(HOME_DIR))/dagster" SHOUWANG_HOME="$(abspath $(HOME_DIR))" $(BIN)/python -m pipelines.dagster_tidy
	DAGSTER_HOME="$(abspath $(HOME_DIR))/dagster" SHOUWANG_HOME="$(abspath $(HOME_DIR))" $(BIN)/dagster dev -w workspace.yaml -h 127.0.0.1

notebook: .venv/.ready
	XDG_CONFIG_HOME="$(abspath $(HOME_DIR))/notebook" XDG_CACHE_HOME="$(abspath $(HOME_DIR))/notebook" XDG_STATE_HOME="$(abspath $(HOME_DIR))/notebook" \
	  SHOUWANG_HOME="$(abspath $(HOME_DIR))" $(BIN)/marimo run notebooks/overview.py --host 127.0.0.1

# The only step that asks an index; no address of it is written down.
lock: .venv/.ready
	$(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
	  --python-version 3.11 --extra dev pyproject.toml -o requirements.lock

clean:
	rm -rf .venv
