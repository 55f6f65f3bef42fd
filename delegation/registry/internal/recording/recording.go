// Package recording runs changes with the record of them: it is the one place through which every
// method of the registry goes that changes what operators decide, or what the server decides by
// itself.
package recording

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/by"
	"github.com/anteroom-go/anteroom/delegation/registry/audit"
)

// Tx is a transaction that changes something.
type Tx struct {
	bun.Tx
	changes []audit.Change
}

// Note has a change recorded at the end of the transaction.
func (tx *Tx) Note(change audit.Change) { tx.changes = append(tx.changes, change) }

// Recorder makes changes.
type Recorder struct {
	DB bun.IDB
	// RequestID returns the id of the request of a context; it may be nil.
	RequestID func(context.Context) string
	// Tell receives the event of each change, after its transaction.
	Tell func(context.Context, delegation.Event)
	// Await returns when every process obeys what was committed. Nil means that none remembers what is changed.
	Await func(context.Context) error
}

// Change runs work and records what it noted, as one transaction, and tells the events afterwards.
// If one of them fails, nothing is changed. It returns when every process obeys the change, unless the
// server makes it itself, which takes nothing away.
func (r Recorder) Change(ctx context.Context, work func(ctx context.Context, tx *Tx) error) error {
	var tx Tx
	err := r.DB.RunInTx(ctx, nil, func(ctx context.Context, begun bun.Tx) error {
		tx = Tx{Tx: begun}
		if err := work(ctx, &tx); err != nil {
			return err
		}
		for i := range tx.changes {
			if r.RequestID != nil {
				tx.changes[i].RequestID = r.RequestID(ctx)
			}
		}
		return audit.Append(ctx, begun, tx.changes...)
	})
	if err != nil {
		return err
	}
	r.tell(ctx, tx.changes)
	if r.Await == nil || by.Of(ctx) == by.Itself {
		return nil
	}
	return r.await(ctx)
}

func (r Recorder) await(ctx context.Context) error {
	if err := r.Await(ctx); err != nil {
		return fmt.Errorf("recording: the change is made, and other processes obey it within seconds: %w", err)
	}
	return nil
}

func (r Recorder) tell(ctx context.Context, changes []audit.Change) {
	for _, change := range changes {
		if told(change) {
			r.Tell(ctx, event(ctx, change))
		}
	}
}

// told reports whether the event of a change is told here. The Authority tells those of what it
// makes happen itself.
func told(change audit.Change) bool {
	byAuthority := change.Kind == delegation.EventTokenRevoked && change.Subject != ""
	return !byAuthority && change.Kind != delegation.EventUserProvisioned
}

// event is the event of a change: without a subject that may be an address.
func event(ctx context.Context, change audit.Change) delegation.Event {
	event := delegation.Event{Kind: change.Kind, By: by.Of(ctx), ClientID: change.ClientID, UserID: change.UserID}
	switch object, _, _ := strings.Cut(string(change.Kind), "."); object {
	case "key", "google_key":
		event.KeyID = change.Subject
	case "secret":
		event.SecretID = change.Subject
	}
	return event
}

// Time returns a time in UTC for the record, or nil for the zero time.
func Time(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC()
}
