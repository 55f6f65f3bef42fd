package server_test

import (
	"context"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server"
)

// djangoHash is what Django keeps of djangoSecret, with fewer iterations.
const (
	djangoSecret = "s3cr3t-of-another-product"
	djangoHash   = "pbkdf2_sha256$1000$saltsaltsalt$Db5YGir+bayh+7IVuG4lj62+gG1v6eC0SJROpG5i8io="
)

func TestImportedSecretsAndFirstUses(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		_, _, err := a.registry.ImportApplication(t.Context(), delegation.Application{ClientID: "crm", Name: "CRM",
			Scopes: scopes.All(), Policy: delegation.Policy{Any: true}}, djangoHash)
		is.NoErr(err)
		is.Equal(a.ask("crm", "another secret", "alice@example.com").StatusCode, 401)
		for range 3 {
			is.Equal(a.ask("crm", djangoSecret, "alice@example.com").StatusCode, 200) // as in the other product
		}
		secrets, err := a.registry.Secrets(t.Context(), "crm")
		is.NoErr(err)
		is.True(len(secrets) == 1 && len(secrets[0].MAC) > 0) // the hash was renewed at the first success
		used := strings.Count(a.log.String(), `"event":"delegation.first_used"`)
		is.Equal(used, 1) // the first use is told once
	})
}

// TestVetoOfAHook: what a hook refuses is undone, with what the hook wrote itself.
func TestVetoOfAHook(t *testing.T) {
	var veto error
	hook := func(ctx context.Context, event rooms.Event) error {
		_, err := event.Tx.ExecContext(ctx, "INSERT INTO outbox (kind) VALUES ('"+string(event.Kind)+"')")
		if err != nil {
			return err
		}
		return veto
	}
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		_, err := a.config.DB.ExecContext(t.Context(), "CREATE TABLE outbox (kind TEXT NOT NULL)")
		is.NoErr(err)
		outbox := func() (n int) {
			is.NoErr(a.config.DB.NewSelect().Table("outbox").ColumnExpr("count(*)").Scan(t.Context(), &n))
			return n
		}
		token := a.token("alice@example.com")
		veto = nil
		path, _ := a.roomWith("", token)
		is.Equal(a.post("one", "", token).StatusCode, 201)
		bob := a.invite(path, `{"email":"bob@example.com"}`, token)
		is.Equal(outbox(), 3) // each change is told
		veto = rooms.ErrForbidden
		for _, r := range []reply{
			a.call("POST", "/rooms/", "", token), a.post("two", "", token), a.call("PATCH", path, `{"name":"x"}`, token),
			a.call("PUT", path+"attendees/", `{"attendees":[]}`, token), a.call("DELETE", bob, "", token),
			a.call("DELETE", path, "", token),
		} {
			problem(t, r, 403, "forbidden")
		}
		is.Equal(outbox(), 3)                                          // nothing is left of what was refused
		is.Equal(a.count(token), 2.0)                                  // no room more, and none less
		is.Equal(len(a.people(path, token)), 2)                        // nor an attendee
		is.True(a.call("GET", path, "", token).json(t)["name"] != "x") // nor a change
	}, func(c *server.Config) { c.OnRoomEvent = hook })
}

// TestAHookThatReenters: a hook that calls the service outside its transaction is told so at once, and nothing is kept.
func TestAHookThatReenters(t *testing.T) {
	var inside func(ctx context.Context, event rooms.Event) error
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		inside = func(context.Context, rooms.Event) error { return nil }
		token := a.token("alice@example.com")
		path, _ := a.roomWith("", token)
		s, err := server.New(t.Context(), a.config)
		is.NoErr(err)
		inside = func(ctx context.Context, event rooms.Event) error {
			_, err := s.Rooms().Update(ctx, event.Caller, event.Room.ID, rooms.Change{Name: new("Twice")}, nil)
			return err
		}
		is.Equal(a.call("PATCH", path, `{"name":"Once"}`, token).StatusCode, 500)
		is.True(strings.Contains(a.log.String(), "Service.On(event.Stores)")) // the log tells what to do
		is.True(a.call("GET", path, "", token).json(t)["name"] != "Once")
	}, func(c *server.Config) {
		c.OnRoomEvent = func(ctx context.Context, event rooms.Event) error { return inside(ctx, event) }
	})
}
