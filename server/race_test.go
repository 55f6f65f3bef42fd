//go:build race

package server_test

// raced reports that the race detector watches.
const raced = true
