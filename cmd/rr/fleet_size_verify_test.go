//go:build verify

package main

const fleetSize, fleetTurns = 300, 1000
