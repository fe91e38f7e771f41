# Everything sets itself up: .venv is made from the locks, once.
PORT ?= 8000
PYTHON ?= python3
RUN := .venv/bin/python

.PHONY: demo serve test bench lock setup-run setup-dev

demo:
	@$(PYTHON) manage.py demo --port $(PORT)

# The settings come from the environment, and from a file .env where that says nothing. Without a way of
# signing in it is for this machine alone.
serve: setup-run
	@exec $(RUN) manage.py serve --port $(PORT) --local

test: setup-dev
	@$(RUN) -m tests.run

bench: setup-dev
	@$(RUN) -m tests.bench

setup-run:
	@$(PYTHON) -m hoopviewer.bootstrap

setup-dev:
	@$(PYTHON) -m hoopviewer.bootstrap dev

lock: setup-dev
	@$(RUN) -m uv pip compile -q pyproject.toml --generate-hashes --universal --no-header -o requirements.lock
	@$(RUN) -m uv pip compile -q pyproject.toml --group dev --generate-hashes --universal --no-header -o requirements-dev.lock
