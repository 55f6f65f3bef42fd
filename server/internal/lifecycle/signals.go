package lifecycle

import (
	"os"
	"os/signal"
	"syscall"
)

// Signals returns the signals that end a server, until stop is called: SIGTERM,
// SIGINT, and SIGHUP unless the process was started with it ignored, as by nohup.
func Signals() (signals <-chan os.Signal, stop func()) {
	ending := []os.Signal{syscall.SIGTERM, syscall.SIGINT}
	if !signal.Ignored(syscall.SIGHUP) {
		ending = append(ending, syscall.SIGHUP)
	}
	received := make(chan os.Signal, 2)
	signal.Notify(received, ending...)
	return received, func() { signal.Stop(received) }
}

// SurviveBrokenPipes makes writing to a pipe that no one reads any more an error,
// also on standard output and standard error, where it otherwise ends the process.
func SurviveBrokenPipes() { signal.Ignore(syscall.SIGPIPE) }
