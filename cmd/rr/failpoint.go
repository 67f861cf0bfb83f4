//go:build !failpoint

package main

// failpoint is nothing in an rr that is meant to be used.
func failpoint(func(string) string) func(string) { return nil }
