package probe

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/alecthomas/kong"

	"github.com/anteroom-go/anteroom/server/internal/flagvalue"
)

// Command is the command "probe".
type Command struct {
	Targets  []Target          `arg:"" name:"url" help:"URL to ask, with =STATUS behind it where another status than 200 is right."`
	Timeout  flagvalue.Seconds `help:"How long to wait for all of them; 0 asks each once. Default 30s." default:"30s" placeholder:"DURATION"`
	Interval flagvalue.Seconds `help:"Time from one attempt to the next. Default 1s." default:"1s" placeholder:"DURATION"`
	Insecure bool              `help:"Accept every certificate. Only for servers on the same machine."`
}

// Help is the long help of the command.
func (Command) Help() string {
	return `For checks of the health of containers, tests of a deployment, and scripts that wait for a server:

    anteroom probe http://127.0.0.1:8080/readyz
    anteroom probe --timeout 2m https://meet.example.org/.well-known/jwks.json \
        https://meet.example.org/external-api/v1.0/rooms/=401

Redirects are not followed: they are an answer.`
}

// Validate checks the flags.
func (c *Command) Validate() error {
	if c.Timeout < 0 || c.Interval <= 0 {
		return errors.New("--timeout must not be negative, and --interval must be positive")
	}
	return nil
}

// Run asks all targets at once, and prints a line for each that answered as expected. It returns an
// error that names all others.
func (c *Command) Run(ctx context.Context, k *kong.Context) error {
	prober := Prober{Insecure: c.Insecure}
	if c.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(c.Timeout))
		defer cancel()
		prober.Interval = time.Duration(c.Interval)
	}
	failures := make([]error, len(c.Targets))
	var wait sync.WaitGroup
	for i, target := range c.Targets {
		wait.Go(func() { failures[i] = prober.Wait(ctx, target) })
	}
	wait.Wait()
	for i, target := range c.Targets {
		if failures[i] == nil {
			if _, err := fmt.Fprintf(k.Stdout, "%s answered %d\n", target.URL, target.Status); err != nil {
				return err
			}
		}
	}
	return errors.Join(failures...)
}
