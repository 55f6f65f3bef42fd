// Package readiness finds out whether a process can answer requests, and why not.
//
// Checks run side by side, each for at most [Limit], on connections that no request
// waits for. Their results are kept for a moment, so that whoever asks often asks
// the database no more than once a second.
package readiness

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/anteroom-go/anteroom/server/internal/latest"
)

// Limit is how long a check may take, and how long its result is kept.
const Limit = time.Second

// maxReason is how much of an error is shown, in bytes.
const maxReason = 300

// Check is one condition.
type Check struct {
	// Name is a word for it.
	Name string
	// Run returns nil if the condition holds, or else the reason why it does not.
	// It must end when ctx does; until it has, it is not run again.
	Run func(ctx context.Context) error
}

// Result is what a check found.
type Result struct {
	Name   string `json:"check"`
	OK     bool   `json:"ok"`
	Reason string `json:"reason,omitempty"`
}

// Prober runs checks. It is safe for concurrent use.
type Prober struct {
	checks []probe
}

type probe struct {
	name   string
	result *latest.Value[error]
}

// New returns a prober of the checks.
func New(checks ...Check) *Prober {
	p := &Prober{}
	for _, check := range checks {
		p.checks = append(p.checks, probe{check.Name, latest.New(check.Run, Limit, Limit)})
	}
	return p
}

// Results returns one result for each check, in their order, at the latest when
// [Limit] has passed.
func (p *Prober) Results() []Result {
	results := make([]Result, len(p.checks))
	var wait sync.WaitGroup
	for i, check := range p.checks {
		wait.Go(func() { results[i] = check.run() })
	}
	wait.Wait()
	return results
}

func (p probe) run() Result {
	err, ended := p.result.Get()
	switch {
	case !ended || errors.Is(err, context.DeadlineExceeded):
		return Result{Name: p.name, Reason: fmt.Sprintf("no answer within %s", Limit)}
	case err != nil:
		reason := err.Error()
		return Result{Name: p.name, Reason: strings.ToValidUTF8(reason[:min(len(reason), maxReason)], "")}
	}
	return Result{Name: p.name, OK: true}
}

// Ready returns nil if every condition holds, or else an error with the reasons. It
// is for [server.Config.Ready].
func (p *Prober) Ready(context.Context) error {
	var reasons []string
	for _, result := range p.Results() {
		if !result.OK {
			reasons = append(reasons, result.Name+": "+result.Reason)
		}
	}
	if reasons == nil {
		return nil
	}
	return errors.New("not ready: " + strings.Join(reasons, "; "))
}
