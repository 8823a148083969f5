# Every target that CI runs is here, so that CI and a developer run the same.
# `make` alone lists them.

GO ?= go
# Programs that ship, the auditor's, and the sandbox.
MAINS = ./worker ./starter ./cmd/gateway ./cmd/verify ./cmd/sandbox
# Seconds for each fuzz target (compiling comes on top), and the share of the crash matrix.
FUZZ ?= 30
CRASH ?= all

.DEFAULT_GOAL := help
.PHONY: help warm build sandbox demo test check fmt tidy workflowcheck crash deployment bench fuzz history diagrams pictures newcomer nodered sizes ci clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "The first build on a machine compiles the embedded Temporal server: about five minutes on two cores, once."

warm:
	@.ci/warm

build: warm ## Build worker, starter, gateway, verify and sandbox into bin/
	$(GO) build -ldflags="-s -w" -o bin/ $(MAINS)

sandbox: warm ## Run everything on this machine, with stand-ins for every vendor
	$(GO) run ./cmd/sandbox

demo: warm ## Play a change, a certification, an incident and a rollout, and print the stories and the verified evidence
	$(GO) run ./cmd/sandbox --demo

test: warm ## Run every test, with the race detector except where the Temporal server is linked
	$(GO) test -race -timeout 20m $$(.ci/packages light)
	$(GO) test -timeout 20m $$(.ci/packages heavy)

check: fmt tidy workflowcheck ## Formatting, vet, go.mod, determinism of the workflows
	$(GO) vet ./...

fmt:
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "gofmt -w is needed on:"; echo "$$unformatted"; exit 1; fi

tidy:
	$(GO) mod tidy -diff

workflowcheck:
	$(GO) run go.temporal.io/sdk/contrib/tools/workflowcheck@v0.6.0 ./workflows/...

crash: warm ## Kill every process at every point of a change and count what was lost or doubled (CRASH=share for a part)
	COUNTERSIGN_CRASH=$(CRASH) $(GO) test ./tests -run '^TestCrash' -count=1 -v -timeout 120m

deployment: warm ## Run what docker-compose.yml describes on a PostgreSQL of this machine, without containers
	COUNTERSIGN_DEPLOYMENT=1 $(GO) test ./tests/deployment -count=1 -v -timeout 6m

bench: warm ## Measure changes beside a raw workflow, incidents, rollouts and trackers (BENCH='-part incident' for one)
	$(GO) run ./tests/bench $(BENCH)

fuzz: ## Run every fuzz target for a while (FUZZ=seconds for each, 30 by default)
	@.ci/fuzz $(FUZZ)

history: warm ## Record histories of today's processes for the replay tests, beside the ones that are there
	@fresh=$$(mktemp -d) && trap 'rm -rf "$$fresh"' EXIT && \
	COUNTERSIGN_HISTORIES=$$fresh $(GO) test ./tests -run 'TestChange_|TestA1_|TestA9_|TestA15_|TestIncident_|TestPatch_|TestFeeds_|TestC29_ARestart|TestC37_|TestA16_|TestRefusals_|TestC18_HighRisk|TestI24_|TestObservation_' -count=1 && \
	for file in "$$fresh"/*.json; do \
		name=$$(basename "$$file"); case $$name in certification-*) of=certification;; exception-*) of=exception;; incident-*) of=incident;; patch-*) of=patch;; feed-*) of=feed;; rules-*) of=rules;; queue-*) of=queue;; observation-*) of=observation;; *) of=change;; esac; \
		cp -nv "$$file" "workflows/$$of/testdata/histories/$$(date +%F)-$$name"; done

diagrams: ## Draw the state machines into the process pages again
	COUNTERSIGN_DRAW=1 $(GO) test ./tests -run 'TestDocs_Diagram' -count=1

pictures: warm ## Take the pictures of the documents again, of a sandbox in a browser (needs Chromium)
	COUNTERSIGN_DRAW=1 $(GO) test ./tests -run 'TestPictures_OfTheSandbox' -count=1 -timeout 10m

newcomer: warm ## Clone this commit, start it by the README's first command, and have a first change approved in a browser
	COUNTERSIGN_NEWCOMER=1 $(GO) test ./tests -run 'TestNewcomer_AFirstApprovedChange' -count=1 -v -timeout 20m

nodered: ## Install the Node-RED that tests and the sandbox start, outside of the repository (needs Node.js and npm)
	@.ci/nodered

sizes: build ## Check the size of what ships, and that no server is linked into it
	@.ci/sizes

ci: ## Everything that CI runs
	.ci/run

clean: ## Remove built programs and the sandbox's state
	rm -rf bin .sandbox
