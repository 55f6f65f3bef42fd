// Package remembered is what a process remembers of applications, secrets and users while it
// obeys every change of them, see package lease. Only what was found is remembered.
package remembered

import (
	"context"
	"errors"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/lease"
	"github.com/anteroom-go/anteroom/server/database/dataversion"
)

// How many entries are kept: some megabytes, unless policies are large.
const (
	mostApplications = 2_000
	mostSecrets      = 4_000
	mostStatuses     = 20_000
	mostUsers        = 20_000
)

// Memory is safe for concurrent use. A nil Memory keeps nothing.
type Memory struct {
	*lease.Holder
	applications *lease.Memory[delegation.Application]
	secrets      *lease.Memory[delegation.StoredSecret]
	statuses     *lease.Memory[delegation.Status]
	users        *lease.Memory[delegation.User]
}

// Of returns an empty memory of what a pool has, which answers while Run runs. It returns nil for a
// transaction, and for a SQLite file whose driver does not tell of changes by other processes.
func Of(db bun.IDB, store lease.Store) (*Memory, error) {
	pool, ok := db.(dataversion.Pool)
	if !ok {
		return nil, nil
	}
	if db.Dialect().Name() == dialect.PG {
		return of(lease.NewHolder(store, time.Now))
	}
	if versions, ok := dataversion.Of(pool); ok {
		return of(lease.NewWatcher(store, versions.DataVersion))
	}
	return nil, nil
}

func of(holder *lease.Holder) (*Memory, error) {
	m, errs := &Memory{Holder: holder}, make([]error, 4)
	m.applications, errs[0] = lease.NewMemory[delegation.Application](holder, mostApplications)
	m.secrets, errs[1] = lease.NewMemory[delegation.StoredSecret](holder, mostSecrets)
	m.statuses, errs[2] = lease.NewMemory[delegation.Status](holder, mostStatuses)
	m.users, errs[3] = lease.NewMemory[delegation.User](holder, mostUsers)
	return m, errors.Join(errs...)
}

// The kinds of changes, as the triggers write them.
func ofApplication(id string) lease.Change { return lease.Change{Kind: "application", Key: id} }

func ofSecret(clientID string) lease.Change { return lease.Change{Kind: "secret", Key: clientID} }

func ofUser(id string) lease.Change { return lease.Change{Kind: "user", Key: id} }

func ofAddress(email delegation.Email) lease.Change {
	return lease.Change{Kind: "address", Key: string(email)}
}

func ofToken(id string) lease.Change { return lease.Change{Kind: "token", Key: id} }

func ofDelegation(clientID, userID string) lease.Change {
	return lease.Change{Kind: "delegation", Key: pair(clientID, userID)}
}

// pair joins two keys, of which the first has no line's end.
func pair(one, two string) string { return one + "\n" + two }

// Await returns when every replica obeys what was committed before it was called, see
// [lease.Await].
func (m *Memory) Await(ctx context.Context) error {
	if m == nil {
		return nil
	}
	return m.Holder.Await(ctx)
}

// Run is [lease.Holder.Run].
func (m *Memory) Run(ctx context.Context, report func(error)) {
	if m != nil {
		m.Holder.Run(ctx, report)
	}
}

// Fill is [lease.Holder.Fill].
func (m *Memory) Fill() lease.Fill {
	if m == nil {
		return lease.Fill{}
	}
	return m.Holder.Fill()
}

// KeepApplication remembers an application, and what was taken back from it for a user and a
// token, each of which may be empty.
func (m *Memory) KeepApplication(fill lease.Fill, app delegation.Application, userID, tokenID string,
	status delegation.Status) {
	if m == nil {
		return
	}
	id := app.ClientID
	m.applications.Keep(fill, id, app, ofApplication(id))
	if userID == "" && tokenID == "" {
		return // there was nothing to take back
	}
	about := []lease.Change{ofDelegation(id, userID)}
	if tokenID != "" {
		about = append(about, ofToken(tokenID))
	}
	m.statuses.Keep(fill, pair(id, pair(userID, tokenID)), status, about...)
}

// KeepSecret remembers what is stored of a secret that was made here. That of a secret of another
// product is always read, because its id is known to everyone.
func (m *Memory) KeepSecret(fill lease.Fill, s delegation.StoredSecret) {
	if m != nil && s.ID != delegation.ImportedSecretID {
		m.secrets.Keep(fill, pair(s.ClientID, s.ID), s, ofApplication(s.ClientID), ofSecret(s.ClientID))
	}
}

// KeepUser remembers a user under the id and the address.
func (m *Memory) KeepUser(fill lease.Fill, user delegation.User) {
	if m == nil || user.ID == "" {
		return
	}
	about := []lease.Change{ofUser(user.ID), ofAddress(user.Email)}
	m.users.Keep(fill, "id "+user.ID, user, about...)
	m.users.Keep(fill, "address "+string(user.Email), user, about...)
}

type question struct{}

// Begin begins a request, and reports whether memory may answer it.
func (m *Memory) Begin(ctx context.Context) (context.Context, bool) {
	q, good := m.Ask(ctx)
	if !good {
		return ctx, false
	}
	return context.WithValue(ctx, question{}, q), true
}

// asked returns the question of a context. In another one memory answers nothing.
func asked(ctx context.Context) lease.Question {
	q, _ := ctx.Value(question{}).(lease.Question)
	return q
}

// OnKeys has changed called when signing keys may have changed.
func (m *Memory) OnKeys(changed func()) {
	if m == nil {
		return
	}
	m.Listen(func(change lease.Change) {
		if change.Kind == "keys" || change == lease.Everything {
			changed()
		}
	})
}

// Doubts reports whether the memory runs, but may not answer a request of this context.
func (m *Memory) Doubts(ctx context.Context) bool {
	if m == nil || ctx.Value(question{}) != nil {
		return false
	}
	_, good := m.Ask(ctx)
	return !good && m.Running()
}

// Applications are those that a memory has, before others.
type Applications struct {
	delegation.Applications // changes them
	Memory                  *Memory
}

// Application implements [delegation.Applications]. It returns ErrApplicationNotFound for what is not remembered.
func (a Applications) Application(ctx context.Context, clientID, userID, tokenID string) (
	delegation.Application, delegation.Status, error) {
	q := asked(ctx)
	app, found := a.Memory.applications.Find(q, clientID)
	if !found {
		return delegation.Application{}, delegation.Status{}, delegation.ErrApplicationNotFound
	}
	if userID == "" && tokenID == "" {
		return app, delegation.Status{}, nil
	}
	status, found := a.Memory.statuses.Find(q, pair(clientID, pair(userID, tokenID)))
	if !found {
		return delegation.Application{}, delegation.Status{}, delegation.ErrApplicationNotFound
	}
	return app, status, nil
}

// ApplicationSecret implements [delegation.Applications]. It returns ErrSecretNotFound for what is not remembered.
func (a Applications) ApplicationSecret(ctx context.Context, clientID, secretID string) (
	delegation.StoredSecret, error) {
	secret, found := a.Memory.secrets.Find(asked(ctx), pair(clientID, secretID))
	if !found {
		return delegation.StoredSecret{}, delegation.ErrSecretNotFound
	}
	return secret, nil
}

// Users are those that a memory has.
type Users struct{ Memory *Memory }

// UserByEmail implements [delegation.Users]. It returns ErrUserNotFound for what is not remembered.
func (u Users) UserByEmail(ctx context.Context, email delegation.Email) (delegation.User, error) {
	return u.find(ctx, "address "+string(email))
}

// UserByID implements [delegation.Users]. It returns ErrUserNotFound for what is not remembered.
func (u Users) UserByID(ctx context.Context, id string) (delegation.User, error) {
	return u.find(ctx, "id "+id)
}

func (u Users) find(ctx context.Context, key string) (delegation.User, error) {
	user, found := u.Memory.users.Find(asked(ctx), key)
	if !found {
		return delegation.User{}, delegation.ErrUserNotFound
	}
	return user, nil
}
