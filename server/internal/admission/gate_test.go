package admission_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/internal/admission"
)

func TestGateThrottlesBeforeTheWork(t *testing.T) {
	is := is.New(t)
	now := time.Now()
	gate := admission.NewGate(func() time.Time { return now })
	failures := 0
	for gate.Failed("app", "net") == 0 {
		failures++
	}
	is.Equal(failures, 60)
	_, err := gate.Admit(t.Context(), "app", "net")
	var busy *admission.BusyError
	is.True(errors.As(err, &busy)) // nothing is begun for who failed too often
	is.True(busy.RetryAfter > 0 && busy.RetryAfter <= time.Second)
	for _, other := range [][2]string{{"app", "elsewhere"}, {"other", "net"}} {
		done, err := gate.Admit(t.Context(), other[0], other[1])
		is.NoErr(err) // which is one client id from one origin
		done()
	}
	now = now.Add(busy.RetryAfter)
	done, err := gate.Admit(t.Context(), "app", "net")
	is.NoErr(err) // who waited as long as was said is let through
	done()
}

func TestGateLooksAgainAfterTheWait(t *testing.T) {
	is := is.New(t)
	now := time.Now()
	gate := admission.NewGate(func() time.Time { return now })
	done, err := gate.Admit(t.Context(), "app", "net")
	is.NoErr(err)
	outcome := make(chan error)
	go func() {
		_, err := gate.Admit(t.Context(), "app", "net") // waits for the first
		outcome <- err
	}()
	for gate.Failed("app", "net") == 0 {
	}
	done()
	is.True(errors.As(<-outcome, new(*admission.BusyError))) // it is its turn, and it failed too often meanwhile
	other, err := gate.Admit(t.Context(), "other", "net")
	is.NoErr(err) // the slot is free again
	other()
}

func TestGateWhenTheCallerLeaves(t *testing.T) {
	is := is.New(t)
	gate := admission.NewGate(time.Now)
	done, err := gate.Admit(t.Context(), "app", "net")
	is.NoErr(err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = gate.Admit(ctx, "app", "net")
	is.True(errors.As(err, new(*admission.BusyError)))
	done()
	done, err = gate.Admit(t.Context(), "app", "net")
	is.NoErr(err) // no place is lost
	done()
}
