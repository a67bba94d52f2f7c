# Each target does the whole set-up on a bare machine that has Python 3.11 or newer (with venv), git and make.
PYTHON ?= python3
BIN := .venv/bin

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

# Each target for so many seconds, one after another; what is found stays in tests/fuzz/findings, which the tests replay.
fuzz: SECONDS ?= 600
fuzz: .venv/.fuzz
	$(BIN)/python -m tests.fuzz --seconds $(SECONDS)

.venv/.fuzz: .venv/.done
	if command -v uv >/dev/null; then uv pip install -q -p $(BIN)/python -c constraints.txt -e '.[fuzz]'; \
	else $(BIN)/python -m pip install -q -c constraints.txt -e '.[fuzz]'; fi
	touch $@

# A few minutes at 1,000 and 10,000 notes. NOTES='1000 10000 100000' measures more, DOCS=--docs writes the figures down,
# PEERS= leaves out the other tools, which pip fetches.
bench-engine: NOTES ?= 1000 10000
bench-engine: PEERS ?= --peers
bench-engine: .venv/.done
	$(BIN)/python -m benchmarks.engine --notes $(NOTES) $(PEERS) $(DOCS)

# The environment is made anew whenever what it is made from changes.
.venv/.done: pyproject.toml constraints.txt
	if command -v uv >/dev/null; then uv venv -q --clear -p $(PYTHON) .venv \
	  && uv pip install -q -p $(BIN)/python -c constraints.txt -e '.[torch,dev,browser,png,mcp,arxiv]'; \
	else $(PYTHON) -m venv --clear .venv \
	  && $(BIN)/python -m pip install -q -c constraints.txt -e '.[torch,dev,browser,png,mcp,arxiv]'; fi
	touch $@

clean:
	rm -rf .venv runs timeline.svg
