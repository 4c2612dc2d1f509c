# The verbs of this repository. `make demo` and `make test` need only Python 3.11+ and make.

PYTHON ?= python3
VENV   ?= .venv
# The torch that tests use. On Linux the plain package brings CUDA; see README.md for other builds.
TORCH  ?= torch==2.13.0
BIN    := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
PIP    := $(BIN)/python -m pip --disable-pip-version-check -q
# Tests run one process per core, each single-threaded, as two fighting for cores are slower; those
# that share an editor stay together (loadgroup).
export OMP_NUM_THREADS ?= 1
# With 2, tests that failed are run once more, one at a time. Whatever else went wrong stays so.
TRIES  ?= 1
AGAIN  := $(if $(filter 2,$(TRIES)),|| { test $$? -eq 1 && $(BIN)/python -m tests.again; })

.PHONY: demo test test-quick check format protos constraints install clean

demo: install  ## Remove an object from a photograph, end to end
	$(BIN)/sfumato demo

test: install-dev  ## Everything, with what it needs
	$(BIN)/python -m pytest -n auto --dist loadgroup $(AGAIN)

test-quick: install-dev  ## What needs no editor and no patience
	$(BIN)/python -m pytest -n auto --dist loadgroup -m "not slow" --ignore tests/editors

check: install-dev  ## Lint, types, the wire contract
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	cd protos && $(abspath $(BIN))/buf lint && $(abspath $(BIN))/buf breaking --against released.binpb
	$(BIN)/python protos/generate.py --check

format: install-dev  ## Mend what can be mended by machine
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

protos: install-dev  ## Generate the Python side of the wire contract
	$(BIN)/python protos/generate.py

constraints: install-dev  ## Pin what is installed now
	$(BIN)/python -m pip freeze --exclude-editable | grep -viE '^(torch|pip|setuptools)[=@ ]|^\#' \
	  | sed '1i # Every package but torch, as tested together. Refresh with `make constraints`.' \
	  > constraints.txt

# A virtual environment may be shared by several checkouts; the stamps tell what it holds.
install: $(VENV)/.core
install-dev: $(VENV)/.dev
	@test "$$(cat $(VENV)/.checkout 2>/dev/null)" = "$(CURDIR)" \
	  || { $(PIP) install --no-deps -e . && echo "$(CURDIR)" > $(VENV)/.checkout; }

$(VENV)/.python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.core: $(VENV)/.python pyproject.toml constraints.txt
	$(PIP) install -c constraints.txt -e .
	echo "$(CURDIR)" > $(VENV)/.checkout
	touch $@

$(VENV)/.dev: $(VENV)/.core
	$(PIP) install -c constraints.txt "$(TORCH)" -e ".[diffusion,web,ray,dev]"
	touch $@

clean:
	rm -rf .venv build dist demo .mypy_cache .pytest_cache .ruff_cache .hypothesis
