package server_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/database"
)

// TestReadmeEmbeds runs the code of README that embeds the server.
func TestReadmeEmbeds(t *testing.T) {
	is := is.New(t)
	t.Chdir(t.TempDir())
	rootKeys, mux := delegation.NewRootKeys(), http.NewServeMux()
	embed := func(ctx context.Context) error {
		db, err := database.Open(ctx, "file:meet.db") // or postgres://…
		if err != nil {
			return err
		}
		if err := database.Migrate(ctx, db); err != nil {
			return err
		}
		api, err := server.New(ctx, server.Config{URL: "https://meet.example.org", RootKeys: rootKeys, DB: db})
		if err != nil {
			return err
		}
		go api.Run(ctx) // rotates signing keys, notes uses, forgets what has expired
		mux.Handle("/external-api/", api)
		mux.Handle("/.well-known/", api)
		return nil
	}
	is.NoErr(embed(t.Context()))
	request, err := http.NewRequestWithContext(t.Context(), "GET", "/external-api/v1.0/rooms/", nil)
	is.NoErr(err)
	_, pattern := mux.Handler(request)
	is.Equal(pattern, "/external-api/") // the API answers there
}

// TestReadmeTiesTogether runs the code of README that ties a host to its rooms.
func TestReadmeTiesTogether(t *testing.T) {
	const insertIntoOutbox = "INSERT INTO outbox (kind, room) VALUES (?, ?)"
	const oldAddress, newAddress = "bob@example.com", "robert@example.com"
	is := is.New(t)
	a := onSQLite(t)
	_, err := a.config.DB.ExecContext(t.Context(), "CREATE TABLE outbox (kind TEXT, room TEXT)")
	is.NoErr(err)
	var config server.Config
	tie := func(ctx context.Context, service *rooms.Service, slug string, visitor rooms.Visitor) (rooms.Admission, error) {
		//lint:ignore SA4006 README leaves the checks of errors to its readers
		admission, err := service.Admit(ctx, slug, visitor)
		err = service.Rename(ctx, oldAddress, newAddress)
		config.OnRoomEvent = func(ctx context.Context, event rooms.Event) error {
			_, err := event.Tx.ExecContext(ctx, insertIntoOutbox, string(event.Kind), event.Room.ID)
			return err
		}
		return admission, err
	}
	a.config.OnRoomEvent = func(ctx context.Context, event rooms.Event) error { return config.OnRoomEvent(ctx, event) }
	api, err := server.New(t.Context(), a.config)
	is.NoErr(err)
	service := api.Rooms()
	admission, err := tie(t.Context(), service, "aaa-bbbb-ccc", rooms.Visitor{})
	is.NoErr(err)
	is.Equal(admission.Decision, rooms.Refuse) // there is no such room yet
	_, _, err = service.Create(t.Context(), rooms.ForProgram(rooms.Source{Kind: "web"}), rooms.Change{})
	is.NoErr(err)
	var kept int
	is.NoErr(a.config.DB.NewRaw("SELECT count(*) FROM outbox").Scan(t.Context(), &kept))
	is.Equal(kept, 1) // the outbox was filled in the transaction of the room
}
