//go:build !verify

package main

const fleetSize, fleetTurns = 60, 250
