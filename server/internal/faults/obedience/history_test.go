package obedience_test

import (
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/internal/faults/obedience"
)

func TestJudge(t *testing.T) {
	at := func(seconds int) time.Time { return time.Unix(int64(seconds), 0) }
	for _, c := range []struct {
		name        string
		began, done int
		status      int
		disobeys    bool
	}{
		{"allowed before any command", 1, 2, 200, false},
		{"allowed while the command runs", 9, 12, 200, false},
		{"refused while the command runs", 11, 13, 401, false},
		{"allowed after it has returned", 16, 17, 200, true},
		{"refused after it has returned", 16, 17, 401, false},
		{"unknown after it has returned", 16, 17, 503, false},
		{"no answer", 16, 17, 0, false},
		{"allowed, with the next command begun", 16, 31, 200, false},
		{"allowed, sent before it returned", 14, 17, 200, false},
		{"refused after it was given again", 36, 37, 403, true},
		{"allowed after it was given again", 36, 37, 204, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var h obedience.History
			h.Command(obedience.Command{Takes: true, Began: at(10), Done: at(15)})
			h.Command(obedience.Command{Takes: false, Began: at(30), Done: at(35)})
			h.Answer(obedience.Answer{Began: at(c.began), Done: at(c.done), Status: c.status})
			sum := h.Judge()
			is := is.New(t)
			is.Equal(len(sum.Disobeyed) > 0, c.disobeys)
			is.Equal(sum.Commands, 2)
			is.Equal(sum.Longest, 5*time.Second)
			is.Equal(sum.Allowed+sum.Refused+sum.Unknown, 1)
		})
	}
}
