# hemostat. Every target installs what it needs and says what it does; `make help` lists them.

.DEFAULT_GOAL := help
.PHONY: help setup setup-go setup-test setup-guard setup-run demo test e2e-guard e2e-run lint bench soak fuzz clean

SHELL := /bin/bash
# The pinned Node and the tools come first; Go is often installed beside the PATH.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH):/usr/local/go/bin:/usr/lib/go/bin

# How many mutated inputs `make fuzz` gives to each reader.
RUNS ?= 100000

# What the page is built from: `make setup` builds it again when one of these is newer.
PAGE_SOURCES := ui/index.html ui/vite.config.ts ui/tsconfig.json ui/src src/findings/units.ts

say = @printf '==> %s\n'

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# node_modules/.setup is a copy of the lock file that was installed: nothing is done while it is the same.
setup: ## install the pinned Node and the packages into node_modules
	@if ! command -v npm >/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    printf '==> %s\n' 'installing Node and npm with apt-get (any Node from 20 on can bootstrap)'; \
	    apt-get update -q && apt-get install -qy --no-install-recommends nodejs npm; \
	  else \
	    echo 'setup: npm was not found; install Node.js 20 or newer (any package manager) and run this again' >&2; exit 1; \
	  fi; \
	fi
	@if ! cmp -s package-lock.json node_modules/.setup; then \
	  printf '==> %s\n' 'installing the pinned Node and the packages: npm ci'; \
	  npm ci --no-audit --no-fund --loglevel=error && cp package-lock.json node_modules/.setup; \
	fi
	@if [ ! -f ui/dist/report.html ] || [ -n "$$(find $(PAGE_SOURCES) -newer ui/dist/report.html -print -quit)" ]; then \
	  printf '==> %s\n' 'building the page of hemostat watch into ui/dist'; \
	  npm run --silent build:ui; \
	fi

setup-go:
	@if ! command -v go >/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    printf '==> %s\n' 'installing Go with apt-get'; \
	    apt-get update -q && apt-get install -qy --no-install-recommends golang-go; \
	  else \
	    echo 'setup: go was not found; install Go 1.21 or newer (https://go.dev/dl) and run this again' >&2; exit 1; \
	  fi; \
	fi

demo: setup ## start a leaking Go service, diagnose it live and print the verdict (about a minute)
	@$(MAKE) --no-print-directory setup-go 2>/dev/null || true
	@if command -v go >/dev/null; then \
	  printf '==> %s\n' 'starting the lab service closure-drags-heap, diagnosing it for 20 seconds, and proving the leak from a heap dump'; \
	  HEMOSTAT_PROBE_TOKEN=$$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n') \
	    bin/hemostat diagnose lab:closure-drags-heap --window 20s --heapdump; \
	else \
	  printf '==> %s\n' 'no Go here to build the lab service with: diagnosing a recording of it'; \
	  bin/hemostat diagnose lab/recorded/closure-drags-heap; \
	fi; status=$$?; \
	  case $$status in \
	    1) printf '==> %s\n' 'hemostat exited 1: a leak was found, as it should be here' ;; \
	    0) echo 'demo: hemostat found no leak in a service that leaks' >&2; exit 1 ;; \
	    *) exit $$status ;; \
	  esac

setup-test:
	@if ! command -v openssl >/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    printf '==> %s\n' 'installing openssl with apt-get (the tests make certificates)'; \
	    apt-get update -q && apt-get install -qy --no-install-recommends openssl; \
	  else \
	    echo 'setup: openssl was not found; install it and run this again' >&2; exit 1; \
	  fi; \
	fi
	@if ! command -v chromium >/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    printf '==> %s\n' 'installing Chromium with apt-get (the tests look at the page with it)'; \
	    apt-get update -q && apt-get install -qy --no-install-recommends chromium fonts-dejavu-core; \
	  else \
	    echo 'setup: chromium was not found; install it (any package manager) and run this again' >&2; exit 1; \
	  fi; \
	fi
	@if ! command -v docker-registry >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  printf '==> %s\n' 'installing docker-registry with apt-get (the tests push images to it)'; \
	  apt-get update -q && apt-get install -qy --no-install-recommends docker-registry; \
	fi
	@if ! command -v docker-registry >/dev/null; then \
	  echo 'setup: docker-registry was not found; install it (any package manager) and run this again' >&2; exit 1; \
	fi

setup-guard: setup setup-go ## install cosign, opa and registries, pinned, for e2e-guard (minutes, once)
	@node scripts/guard-tools.ts

test: setup setup-go setup-test ## run every test
	$(say) 'running every test'
	@mkdir -p .cache && rm -f .cache/test-results.json
	@vitest run --reporter=default --reporter=json --outputFile.json=.cache/test-results.json

wasm: setup ## compile the body filter into guard/wasm/build and print its digest
	@node guard/wasm/build.ts

e2e-guard: setup-guard ## build, sign, gate and admit a service with real parts, and attack it at every step
	$(say) 'guard against real parts on loopback (a few minutes)'
	@node test/e2e-guard/run.ts $(E2EFLAGS)

setup-run: setup setup-go setup-test ## install bpftrace, perf, strace and runc and mount tracefs, for e2e-run
	@node scripts/run-tools.ts

e2e-run: setup-run ## count syscalls, find leaks and bursts, filter in Envoy, and run one incident, all with real parts
	$(say) 'guarding the run, against real parts (some minutes)'
	@node test/e2e-run/run.ts $(E2EFLAGS)

lint: setup setup-go ## check style, unused code, types, imports between folders, and the Go of the lab
	$(say) 'biome: style and common mistakes'
	@biome check .
	$(say) 'knip: unused files, exports and dependencies'
	@knip
	$(say) 'tsc: types'
	@tsc -p tsconfig.json
	@tsc -p ui/tsconfig.json
	$(say) 'check-imports: imports between folders go one way'
	@node scripts/check-imports.ts
	$(say) 'gofmt and go vet: the lab'
	@unformatted=$$(gofmt -l lab); if [ -n "$$unformatted" ]; then printf 'not formatted with gofmt:\n%s\n' "$$unformatted" >&2; exit 1; fi
	@if [ -f lab/go.mod ]; then cd lab && go vet ./...; fi

bench: setup setup-go ## measure beside the peers and print one table
	$(say) 'measuring beside the peers (a few minutes)'
	@node bench/run.ts $(BENCHFLAGS)

soak: setup ## watch a farm of 1,000 services for 10 minutes and say what was found and what it cost
	$(say) 'watching 1,000 services for 10 minutes'
	@node bench/soak.ts $(SOAKFLAGS)

fuzz: setup ## give every reader RUNS mutated inputs (100000 each)
	$(say) 'giving every reader $(RUNS) mutated inputs'
	@node fuzz/run.ts --runs $(RUNS) $(FUZZFLAGS)

clean: ## remove what was built and recorded; node_modules stays
	$(say) 'removing dist, caches, lab binaries and recorded bundles'
	@rm -rf dist ui/dist .cache coverage lab/bin guard/wasm/build fuzz/crashes hemostat-bundle-* *.tsbuildinfo
