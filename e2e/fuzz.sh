#!/usr/bin/env bash
# Runs every fuzz target of the repository for $1 (default 60s) and prints how
# often each was executed. A finding fails it and stays in testdata.
set -euo pipefail
cd "$(dirname "$0")/.."
each=${1:-60s}
grep -rlE '^func Fuzz' --include='*_test.go' . | sort | while read -r file; do
	package=$(dirname "$file")
	for target in $(grep -oE '^func Fuzz[A-Za-z0-9]+' "$file" | cut -d' ' -f2); do
		log=$(mktemp)
		if ! go test -run '^$' -fuzz "^$target\$" -fuzztime "$each" "$package" >"$log" 2>&1; then
			cat "$log"
			exit 1
		fi
		printf '%-40s %s\n' "$package $target" "$(grep -oE 'execs: [0-9]+' "$log" | tail -1)"
		rm -f "$log"
	done
done
