//go:build verify

package e2e

// everyStep has rr killed at every step, not at those only that matter most.
const everyStep = true
