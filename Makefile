# Two commands: `make report` renders every report, `make test` proves that it works.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

.PHONY: report test messages tidy clean

report: $(READY)
	$(BIN)/opsbook report

test: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist loadfile

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	touch $@

# Bring the message catalogue and the data dictionary up to date with the source.
messages: $(READY)
	$(BIN)/python -m opsbook.language
	$(BIN)/python -m opsbook.shop.dictionary

# Notebooks without outputs, code and notebooks formatted.
tidy: $(READY)
	$(BIN)/jupyter nbconvert --log-level ERROR --clear-output --inplace notebooks/*.ipynb
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv reports/out data/demo
