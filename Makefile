# Picus: every task is one target here. `make help` lists them.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

# What `make run` hands to `picus serve`, `make test` to scripts/test, `make image` to scripts/image, and
# `make bench` to bench/run.py:
# make run ARGS='--listen 127.0.0.1:9000'
ARGS ?=
PICUS := build/release/picus

.PHONY: help run build arm64 lambda image images dist test fuzz coverage soak rehearse bench check lint format setup
.PHONY: deploy environment debian tag publish builder clean

help: ## Show the tasks
	@sed -nE 's/^([a-z0-9]+): .*## (.*)/  make \1	\2/p' Makefile | expand -t 20

run: build ## Build Picus and serve ./data on http://127.0.0.1:8080 (options: ARGS='…')
	@exec $(PICUS) serve $(ARGS)

build: ## Build the release binary, build/release/picus
	@scripts/setup run
	@[[ -e build/release/build.ninja ]] || cmake --preset release --log-level=WARNING
	@cmake --build --preset release --target picus -- --quiet

arm64: ## Build the same for 64-bit Arm on another machine, build/arm64/picus
	@scripts/setup arm64
	@[[ -e build/arm64/build.ninja ]] || cmake --preset arm64 --log-level=WARNING
	@cmake --build --preset arm64 --target picus picus-verify -- --quiet

lambda: ## Pack the Lambda functions, build/lambda/picus-lambda.zip and picus-verify.zip
	@scripts/setup run
	@[[ -e build/release/build.ninja ]] || cmake --preset release --log-level=WARNING
	@cmake --build --preset release --target bootstrap picus-verify -- --quiet
	@/usr/bin/python3 scripts/lambda_zip.py build/release/bootstrap build/lambda/picus-lambda.zip
	@/usr/bin/python3 scripts/lambda_zip.py build/release/picus-verify build/lambda/picus-verify.zip

image: ## Build the container image, build/image/picus.tar (ARGS='--architecture arm64', '--inside')
	@scripts/setup image
	@.venv/bin/python scripts/image $(ARGS)

images: ## Build the container image for both architectures, build/images/picus.tar, an OCI archive
	@for name in amd64 arm64; do \
	  $(MAKE) image ARGS="--architecture $$name --out build/images/$$name $(ARGS)"; done
	@.venv/bin/python scripts/image/index.py build/images/picus.tar build/images/*/picus.tar

dist: ## Build the files of a release, build/dist (ARGS='--architecture amd64')
	@scripts/setup dist
	@.venv/bin/python scripts/dist $(ARGS)

test: ## Build, and run the quick tests (more: ARGS=ci, all: ARGS=full, some: ARGS='unit black-box')
	@scripts/setup run
	@/usr/bin/python3 scripts/test $(ARGS)

fuzz: ## Run each fuzzer for two minutes (others: ARGS='--fuzz-seconds 3600 -k event')
	@scripts/setup quick
	@cmake --preset asan --log-level=WARNING
	@cmake --build --preset asan -- --quiet
	@.venv/bin/python -m pytest -q tests/fuzz --picus=build/asan/picus --fuzz-seconds 120 $(ARGS)

coverage: ## How much of each room the tests run, with a floor for each (again without the tests: ARGS=--keep)
	@scripts/setup quick
	@/usr/bin/python3 scripts/coverage.py $(ARGS)

soak: ## Keep a server busy for an hour: does it grow, does it lose anything (ARGS='--soak-seconds 36000')
	@scripts/setup quick
	@cmake --preset release --log-level=WARNING
	@cmake --build --preset release --target picus -- --quiet
	@.venv/bin/python -m pytest -q -s tests/soak --picus=build/release/picus --soak-seconds 3600 $(ARGS)

rehearse: build ## Deploy again and again under load, from blue to green and back (a few times: ARGS=--short)
	@scripts/setup ci
	@$(MAKE) image ARGS= || echo "make rehearse: goes on without containers" >&2
	@cmake --build --preset release --target bootstrap picus-verify rehearsal_load -- --quiet
	@PYTHONPATH=.:deploy:tests .venv/bin/python -m rehearsal $(ARGS)

bench: build ## Compare with rivals, and write the results to bench/runs/
	@scripts/setup bench
	@cmake --build --preset release --target bench_tools -- --quiet
	@/usr/bin/python3 bench/run.py $(ARGS)

check: ## Everything that a change has to pass, make lint and make test ARGS=ci: calls .ci/run
	@.ci/run

lint: ## Check layout, static analysis, shell, Python, OpenAPI, English, and the repository's own rules
	@scripts/setup lint
	@.venv/bin/python scripts/lint $(ARGS)

format: ## Format C++ and Python sources
	@scripts/setup lint
	@.venv/bin/python scripts/lint --format

setup: ## Install the packages for running, all tests and checks (for one job: ARGS=deploy)
	@for job in $(or $(ARGS),run full lint); do scripts/setup $$job; done

deploy: ## Deploy the results of `make image lambda` (ARGS='dev', see deploy/deploy --help)
	@scripts/setup deploy
	@deploy/deploy $(ARGS)

environment: ## Refuse a GitHub environment without its rules or with a newer commit, in a workflow (ARGS=prod)
	@scripts/environment $(ARGS)

debian: ## Make targets on Debian 12, in a container, on any machine with docker or podman (ARGS='lint test')
	@scripts/on-debian $(ARGS)

tag: ## Refuse a tag that is not the version or has no section in CHANGELOG.md (ARGS=v0.2.0)
	@scripts/tag "$${ARGS:-}"

publish: ## Push the image, or make a release of build/dist, in a workflow (see scripts/publish)
	@scripts/publish $(ARGS)

builder: ## Build the image with all packages for `make debian` (ARGS=--push, see scripts/builder)
	@scripts/builder $(ARGS)

clean: ## Remove everything that was built (not ./data)
	@rm -rf build
