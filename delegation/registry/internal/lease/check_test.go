package lease_test

import (
	"flag"
	"testing"

	"github.com/matryer/is"
)

// wide widens the bounds of the model, for minutes and gigabytes.
var wide = flag.Bool("lease.wide", false, "search the model of leases in wide bounds")

// search goes through all states that a model reaches. It returns how many there are, and the
// number of steps to the first that disobeys, or -1.
func search(m model) (states, steps int) {
	found := map[state]struct{}{m.start(): {}}
	front := []state{m.start()}
	for steps = 0; len(front) > 0; steps++ {
		var following []state
		for _, s := range front {
			if disobeys(s, m) {
				return len(found), steps
			}
			for _, n := range m.next(s) {
				if _, known := found[n]; !known {
					found[n] = struct{}{}
					following = append(following, n)
				}
			}
		}
		front = following
	}
	return len(found), -1
}

// TestModel: no order of steps, clocks, losses and crashes lets a replica disobey.
func TestModel(t *testing.T) {
	models := []model{
		{renewals: 2, commands: 1, crashes: true},
		{renewals: 2, commands: 1, buried: true},
		{renewals: 2, commands: 2},
	}
	if *wide {
		models = []model{{renewals: 3, commands: 2, crashes: true}}
	}
	for _, m := range models {
		is := is.New(t)
		states, steps := search(m)
		t.Logf("%+v: %d states", m, states)
		is.Equal(steps, -1) // what has returned is obeyed
	}
}

// TestEveryRuleIsNeeded: the model without any one rule of the protocol disobeys, within
// bounds in which the whole one does not.
func TestEveryRuleIsNeeded(t *testing.T) {
	for _, m := range []model{
		{flaw: noMargin, renewals: 2, commands: 1},
		{flaw: beginsAtReply, renewals: 2, commands: 1},
		{flaw: readsFirst, renewals: 2, commands: 1, buried: true},
		{flaw: earlyAck, renewals: 2, commands: 1},
		{flaw: noFillCheck, renewals: 2, commands: 1},
		{flaw: checksLast, renewals: 2, commands: 1},
		{flaw: noForgetting, renewals: 2, commands: 1},
		{flaw: noWaiting, renewals: 2, commands: 1},
		{flaw: lateRowsWin, renewals: 2, commands: 2},
		{flaw: removesAnyTerm, renewals: 2, commands: 2},
		{flaw: waitsBeforehand, renewals: 2, commands: 1},
	} {
		t.Run(string(m.flaw), func(t *testing.T) {
			states, steps := search(m)
			t.Logf("%d steps, %d states", steps, states)
			is.New(t).True(steps > 0) // the checker finds what goes wrong without the rule
		})
	}
}
