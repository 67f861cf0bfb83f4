# make demo   a short story on a real PM2, in a private folder
# make test   everything that must hold; below 10 minutes
# make bench  what it costs, as ratios against its peers
# make verify the long campaigns; their figures are in docs/

GO ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

.PHONY: build demo test lint bench verify generate tools

build:
	$(GO) build -trimpath -ldflags "-s -w -X main.release=$(VERSION)" -o bin/rr ./cmd/rr

tools: e2e/node_modules/.package-lock.json
	./e2e/debian.sh

e2e/node_modules/.package-lock.json: e2e/package.json e2e/package-lock.json
	cd e2e && npm ci --no-audit --no-fund

# only make verify needs it: 540 MB
e2e/netlify-cli/node_modules/.package-lock.json: e2e/netlify-cli/package.json e2e/netlify-cli/package-lock.json
	cd e2e/netlify-cli && npm ci --no-audit --no-fund --ignore-scripts

generate:
	$(GO) generate ./...

lint:
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo "not gofmt-ed"; exit 1; }
	$(GO) vet ./...
	$(GO) vet -tags failpoint ./cmd/rr
	$(GO) vet -tags verify ./e2e ./cmd/rr ./runner
	$(GO) tool opa fmt --fail -l policies
	$(GO) tool opa check --strict -s schemas/json policies
	$(GO) tool opa test -s schemas/json policies

test: tools lint
	$(GO) test -timeout 9m ./...

demo: tools build
	./e2e/demo.sh

bench: tools build
	$(GO) test -run '^$$' -bench . -benchtime 1x ./bench

verify: tools e2e/netlify-cli/node_modules/.package-lock.json
	./e2e/fuzz.sh 60s
	$(GO) test -v -tags verify -run 'OnlyThoseThatFail|SlowCrashLoop' ./cmd/rr
	$(GO) test -v -timeout 60m -tags verify -run 'WhateverHappens' ./runner
	$(GO) test -v -timeout 90m -tags verify -run "Verify|KillAtAnyStep" ./e2e
	RR_PM2=all $(GO) test -v -timeout 40m -tags verify -run "SeesThrough|Cluster|Disk|Loop|Race|Bus|Waits|Ecosystem|PM2Lost|Declared|Flood|Bundler|FunctionsInGo|Emergency|Netlify|HealthySite|RungByRung|APIIsUnknown|BroughtBack|GivenUp|OnGitHub|FiftyBackups|ThatAreTold|WouldNotRun|LostDump|LostApp" ./e2e
