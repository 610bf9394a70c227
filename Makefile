# Everything here works in an environment of the project's own: Python packages in .venv, Node in
# .node, the CDK CLI in node_modules, in the versions of the lock files. `make help` lists the
# targets.
#
# Variables: PYTHON (the interpreter to make .venv with), SERVICE (make run), ARGS (more options
# for make run, synth, demo, bench, load, verify-aws and e2e), RECORDINGS (another file for make
# verify-gateway).

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

# The user's own Python environment is not this one.
unexport PYTHONPATH PYTHONHOME PYTHONSAFEPATH VIRTUAL_ENV FLASK_APP FLASK_RUN_PORT CWS_STAGE
# The CDK is compiled once, and not at each import: that takes ten seconds.
unexport PYTHONDONTWRITEBYTECODE

# The installer's settings, taken from pip's configuration when .venv was made.
-include .venv/settings.mk

ROOT := $(CURDIR)
BIN := $(ROOT)/.venv/bin
export PATH := $(BIN):$(ROOT)/.node/bin:$(ROOT)/node_modules/.bin:$(PATH)
export JSII_NODE := $(ROOT)/.node/bin/node
export CDK_DISABLE_CLI_TELEMETRY := true
export NO_MKDOCS_2_WARNING := 1

PACKAGES := .venv/.installed
TOOLS := node_modules/.installed
SERVICE ?= first
RECORDINGS ?=
ARGS ?=

.PHONY: help
help: ## list the targets
	@echo "make TARGET, where TARGET is one of"
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  \1|\2/p' $(firstword $(MAKEFILE_LIST)) \
		| awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'

.PHONY: demo
demo: env ## synthesize the quickstart, serve it here, call it, and check every answer
	@$(BIN)/python scripts/demo.py $(ARGS)

.PHONY: test
test: env ## the whole gate: format, lint, types, synth, docs, tests and their coverage
	@$(BIN)/python scripts/gate.py $(ARGS)

.PHONY: run
run: env ## serve one service here: make run SERVICE=first
	@$(BIN)/cws --app $(SERVICE) run $(ARGS)

.PHONY: synth
synth: env ## synthesize the sample stack into cdk.out
	$(ROOT)/node_modules/.bin/cdk synth --quiet $(ARGS)

.PHONY: docs
docs: env ## build the documentation into site, warnings being errors
	$(BIN)/mkdocs build --strict

.PHONY: bench
bench: env ## measure against other frameworks; see benchmarks/README.md
	$(BIN)/python -m benchmarks $(ARGS)
	$(BIN)/python -m benchmarks.bench_synth
	$(BIN)/python -m benchmarks.streams

.PHONY: load
load: env ## load and faults on the local gateway
	$(BIN)/python -m benchmarks.load $(ARGS)

.PHONY: streams
streams: env ## a gigabyte streamed, by the loop and through the local gateway
	COWORKS_LONG=1 $(BIN)/python -m pytest -q tests/runtime/on_lambda/test_streamed_answers.py \
		tests/parity/test_streams.py -k memory $(ARGS)

.PHONY: verify-gateway
verify-gateway: env ## play what AWS was recorded to answer against the local gateway and the runtime
	@RECORDINGS="$(RECORDINGS)" $(BIN)/python -m pytest tests/recordings -q $(ARGS)

.PHONY: verify-aws
verify-aws: env ## ask AWS itself: make verify-aws ARGS="--account ID"; see tests/verify_aws
	@$(BIN)/python -m tests.verify_aws $(ARGS)

.PHONY: e2e
e2e: env ## cdk deploy, update and destroy against an embedded AWS (needs Python 3.13)
	$(BIN)/python -m e2e $(ARGS)

.PHONY: first-hour
first-hour: env ## a new project by real pip and npm, its workflow run to a deploy
	$(BIN)/python -m e2e.first_hour

.PHONY: oldest
oldest: env ## synthesize and test with the oldest versions allowed of every dependency
	@$(BIN)/python scripts/oldest.py $(ARGS)

.PHONY: flask-next
flask-next: env ## the handler's tests with the newest Flask that can be had
	$(BIN)/python scripts/flask_next.py $(ARGS)

.PHONY: format
format: env ## format the sources and fix what the linter can fix
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

.PHONY: lock
lock: env ## resolve the dependencies again, and write the lock files
	$(BIN)/python scripts/lock.py $(ARGS)

.PHONY: clean
clean: ## remove what make made, the environment included
	rm -rf .venv .node node_modules .cache build dist cdk.out site
	rm -rf .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: env
env: $(TOOLS) ## make the environment only

$(PACKAGES): pyproject.toml requirements.txt requirements-dev.txt scripts/setup_environment.py
	@python=; \
	for candidate in $(PYTHON) python3 python3.13 python3.12 python3.11 python3.14 python; do \
		if "$$candidate" -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' \
			>/dev/null 2>&1; then python=$$candidate; break; fi; \
		if [ -n "$(PYTHON)" ]; then break; fi; \
	done; \
	if [ -z "$$python" ]; then \
		echo "Python 3.11 or newer is needed, and none of$(if $(PYTHON), $(PYTHON),\
	 python3, python3.11 to python3.14, python) is one. Say which to take: make PYTHON=/path/to/python3 ..." >&2; \
		exit 1; \
	fi; \
	echo "Installing the Python packages of the lock files into .venv"; \
	"$$python" scripts/setup_environment.py python
	@touch $@

$(TOOLS): $(PACKAGES) package.json package-lock.json
	@echo "Installing Node into .node and the CDK CLI into node_modules"
	@$(BIN)/python scripts/setup_environment.py node
	@touch $@
