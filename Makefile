# Each target does the whole setup on a bare machine with Python 3.11 or newer (with venv), git and make.
PYTHON ?= python3
BIN := .venv/bin
EXTRAS := torch,dev,browser,png,mcp,arxiv
install = if command -v uv >/dev/null; then uv pip install -q -p $(BIN)/python -c constraints.txt -e '.[$(1)]'; \
	else $(BIN)/python -m pip install -q -c constraints.txt -e '.[$(1)]'; fi

.PHONY: demo test test-all lint fuzz bench-engine clean

demo: .venv/.done
	$(BIN)/paperkb query 'pattern:attention has:code'
	$(BIN)/paperkb timeline -o timeline.svg
	$(BIN)/paperkb run batchnorm

test: lint
	$(BIN)/python -m pytest -q -n 2 --dist worksteal -m 'not slow'

test-all: lint
	$(BIN)/python -m pytest -q -n 2 --dist worksteal --hypothesis-profile=thorough

lint: .venv/.done
	$(BIN)/ruff check .
	$(BIN)/mypy

# Fuzzes each target for SECONDS, one after another; findings stay in tests/fuzz/findings, which the tests replay.
fuzz: SECONDS ?= 600
fuzz: .venv/.fuzz
	$(BIN)/python -m tests.fuzz --seconds $(SECONDS)

.venv/.fuzz: .venv/.done
	$(call install,fuzz)
	touch $@

# Takes a few minutes at 1,000 and 10,000 notes. NOTES='1000 10000 100000' measures more, DOCS=--docs writes the figures
# into the docs, PEERS= leaves out the other tools, which pip installs.
bench-engine: NOTES ?= 1000 10000
bench-engine: PEERS ?= --peers
bench-engine: .venv/.done
	$(BIN)/python -m benchmarks.engine --notes $(NOTES) $(PEERS) $(DOCS)

# The environment is rebuilt whenever its inputs change.
.venv/.done: pyproject.toml constraints.txt
	if command -v uv >/dev/null; then uv venv -q --clear -p $(PYTHON) .venv; else $(PYTHON) -m venv --clear .venv; fi
	$(call install,$(EXTRAS))
	touch $@

clean:
	rm -rf .venv runs timeline.svg
