//go:build !verify

package runner_test

const modelEvents = 20_000
