package lifecycle_test

import (
	"os"
	"os/signal"
	"syscall"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/internal/lifecycle"
)

func TestSignals(t *testing.T) {
	is := is.New(t)
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP) // it counts again, if nohup runs the tests
	defer signal.Stop(hangups)
	signals, stop := lifecycle.Signals()
	defer stop()
	self, err := os.FindProcess(os.Getpid())
	is.NoErr(err)
	for _, one := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
		is.NoErr(self.Signal(one))
		is.Equal(<-signals, os.Signal(one)) // each of them ends a server
	}
}

func TestBrokenPipesAreErrors(t *testing.T) {
	is := is.New(t)
	lifecycle.SurviveBrokenPipes()
	reader, writer, err := os.Pipe()
	is.NoErr(err)
	is.NoErr(reader.Close())
	saved, err := syscall.Dup(2)
	is.NoErr(err)
	is.NoErr(syscall.Dup3(int(writer.Fd()), 2, 0)) // the number is what makes the difference
	_, err = os.Stderr.WriteString("no one reads this\n")
	is.NoErr(syscall.Dup3(saved, 2, 0))
	is.True(err != nil) // and the process goes on
}
