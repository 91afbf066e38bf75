# Python >= 3.11 and make are all that is needed; everything else comes from requirements.lock.
PYTHON ?= python3
HOME_DIR := $(or $(SHOUWANG_HOME),data)
DEMO_DIR ?= data-demo
AS_OF ?= 2026-11-20
BIN := .venv/bin

.PHONY: run demo pictures spark test fuzz kills changes bench dev lint lock notebook clean

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
	@$(BIN)/shouwang check --ahead --as-of $(AS_OF) --home "$(HOME_DIR)"

# Half a year of six monthly checks with generated people who answer: a minute or two on an idle machine.
demo: .venv/.ready
	@$(BIN)/python -m tools.demo --home "$(DEMO_DIR)"

# The pictures of the README, drawn anew from the demo; needs Chromium and a Chinese font.
pictures: demo
	$(BIN)/python -m tools.pictures --home "$(DEMO_DIR)"

# A module's tests stay together, so that what they share is made once; in the order of the folders, the longest modules first.
LONGEST := $(addprefix tests/,rules/test_ten_days.py rules/test_clocks.py)
test: .venv/.ready
	$(BIN)/python -m pytest -n 3 --dist loadscope --no-loadscope-reorder $(LONGEST) tests

# The Spark engine (an extra: half a gigabyte, and Java 17 or newer on this machine).
spark: .venv/.spark
	@$(BIN)/python -m pipelines.engines.spark_session

.venv/.spark: .venv/.ready requirements-spark.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-spark.lock
	@touch $@

# Three hundred kills instead of some twenty: about a quarter of an hour on an idle core.
kills: .venv/.ready
	SHOUWANG_KILLS=300 $(BIN)/python -m pytest tests/durability/test_kills.py

# Two thousand damaged files of all feeds and forms; the suite reads some two hundred.
fuzz: .venv/.ready
	$(BIN)/python -m tests.reading.fuzz --files $(or $(FILES),2024) --seed $(or $(SEED),20261201)

# Two hundred change sets instead of six: each checked on top of the last check and in full.
changes: .venv/.ready
	SHOUWANG_CHANGES=200 $(BIN)/python -m pytest -n 2 tests/end_to_end/test_incremental.py

lint: .venv/.ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# Engines side by side, 10,000 to a million persons. Ten million take about twenty minutes on two cores and have to be asked for:
# make bench PERSONS=10000000 (all in one run: PERSONS=10000,100000,1000000,10000000). More: OPTIONS="--help".
bench: .venv/.ready
	@$(BIN)/python -m bench $(if $(PERSONS),--persons $(PERSONS)) $(OPTIONS)

dev: .venv/.ready
	@umask 077; mkdir -p "$(HOME_DIR)/dagster"; f="$(HOME_DIR)/dagster/dagster.yaml"; \
	  if [ ! -e "$$f" ]; then cp dagster.yaml "$$f"; \
	  elif ! cmp -s dagster.yaml "$$f"; then echo "$$f 与随附的 dagster.yaml 不同, 保留不动 / differs from the shipped dagster.yaml and is left as it is"; fi
	@DAGSTER_HOME="$(abspath $(HOME_DIR))/dagster" SHOUWANG_HOME="$(abspath $(HOME_DIR))" $(BIN)/python -m pipelines.orchestration.tidy
	umask 077; DAGSTER_HOME="$(abspath $(HOME_DIR))/dagster" SHOUWANG_HOME="$(abspath $(HOME_DIR))" $(BIN)/dagster dev -w workspace.yaml -h 127.0.0.1

# All notebooks with a page that lists them, or one: make notebook NOTEBOOK=rule (overview, household, rule, data_quality).
notebook: .venv/.ready
	umask 077; XDG_CONFIG_HOME="$(abspath $(HOME_DIR))/notebook" XDG_CACHE_HOME="$(abspath $(HOME_DIR))/notebook" XDG_STATE_HOME="$(abspath $(HOME_DIR))/notebook" \
	  SHOUWANG_HOME="$(abspath $(HOME_DIR))" $(BIN)/marimo run $(if $(NOTEBOOK),notebooks/$(NOTEBOOK).py,notebooks) --host 127.0.0.1

# The only step that asks an index; no address of it is written down.
lock: .venv/.ready
	$(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
	  --python-version 3.11 --extra dev pyproject.toml -o requirements.lock
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["spark"], sep="\n")' | \
	  $(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
	  --python-version 3.11 --constraint requirements.lock - -o requirements-spark.lock

clean:
	rm -rf .venv
