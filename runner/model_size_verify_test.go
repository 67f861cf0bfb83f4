//go:build verify

package runner_test

const modelEvents = 1_000_000
