package server

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/anteroom-go/anteroom/delegation"
)

// directory is rooms.Directory on the users of package delegation.
type directory struct {
	users delegation.Users
}

// CanonicalAddress implements rooms.Directory.
func (directory) CanonicalAddress(address string) (string, bool) {
	email, err := delegation.ParseEmail(address)
	return string(email), err == nil
}

// UserIDs implements rooms.Directory.
func (d directory) UserIDs(ctx context.Context, addresses []string) (map[string]string, error) {
	emails := make([]delegation.Email, len(addresses))
	for i, address := range addresses {
		emails[i] = delegation.Email(address)
	}
	users, err := d.find(ctx, emails)
	ids := make(map[string]string, len(users))
	for _, user := range users {
		if email, err := delegation.ParseEmail(string(user.Email)); err == nil { // a host's may have capitals
			ids[string(email)] = user.ID
		}
	}
	return ids, err
}

// find finds the users one by one.
func (d directory) find(ctx context.Context, emails []delegation.Email) (users []delegation.User, err error) {
	for _, email := range emails {
		user, err := d.users.UserByEmail(ctx, email)
		switch {
		case errors.Is(err, delegation.ErrUserNotFound):
		case err != nil:
			return nil, err
		default:
			user.Email = email // under which they were found
			users = append(users, user)
		}
	}
	return users, nil
}

const (
	// greetEvery is how often pending roles are looked for again for one user:
	// somebody may have been invited in the moment in which they became known.
	greetEvery = 10 * time.Minute
	maxGreeted = 100_000 // users remembered; forgetting costs a statement
)

// greeter gives users the roles that were pending under their address, when a
// token is issued for them: nobody acts for a user without one, so that this is
// soon enough for every application.
type greeter struct {
	now     func() time.Time
	mu      sync.Mutex
	greeted map[delegation.User]time.Time
}

func newGreeter(now func() time.Time) *greeter {
	return &greeter{now: now, greeted: map[delegation.User]time.Time{}}
}

// due reports whether it is time to look for roles of the user.
func (g *greeter) due(user delegation.User) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	last, known := g.greeted[user]
	return !known || g.now().Sub(last) >= greetEvery
}

func (g *greeter) done(user delegation.User) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.greeted) >= maxGreeted {
		clear(g.greeted)
	}
	g.greeted[user] = g.now()
}

// greet gives the user of a token what was pending for them. The token is good
// without it, and the next one tries again.
func (s *Server) greet(ctx context.Context, token delegation.Token) {
	if !token.Delegated || !s.greeter.due(token.User) {
		return
	}
	if err := s.rooms.ActivateAttendee(ctx, string(token.User.Email), token.User.ID); err != nil {
		s.config.Logger.LogAttrs(ctx, slog.LevelError, "activating attendees",
			slog.String("user_id", token.User.ID), slog.String("error", err.Error()))
		return
	}
	s.greeter.done(token.User)
}
