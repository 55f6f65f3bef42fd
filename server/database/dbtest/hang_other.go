//go:build !unix

package dbtest

import "testing"

// Hang is for Unix: only there a process can be stopped.
func Hang(t testing.TB, _ string) (resume func()) {
	t.Helper()
	Missing(t, "signals", "run the test on Unix")
	return nil
}

// HangSessions is for Unix, as Hang is.
func HangSessions(t testing.TB, address string) (resume func()) { return Hang(t, address) }
