package server_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing/fstest"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server"
)

// A host has keys of its own, each of a registered application and a user.
func ExampleAuthenticator() {
	ctx := context.Background()
	db, remove := openExample(ctx)
	defer remove()
	config := server.Config{URL: "https://meet.example.org", RootKeys: delegation.NewRootKeys(), DB: db}
	reg, err := registry.New(registry.Config{DB: db, RootKeys: config.RootKeys})
	if err != nil {
		panic(err)
	}
	app, _, err := reg.CreateApplication(ctx, delegation.Application{Name: "Keys", Scopes: scopes.All(),
		Policy: delegation.Policy{Domains: []delegation.Domain{"example.com"}}})
	if err != nil {
		panic(err)
	}
	alice, err := reg.AddUser(ctx, "alice@example.com")
	if err != nil {
		panic(err)
	}
	users := map[string]string{"3f9c": alice.ID} // by key; in earnest by its hash, in the host's database

	config.Authenticators = []server.Authenticator{{Scheme: "ApiKey",
		Authenticate: func(r *http.Request) (delegation.Grant, error) {
			key, found := strings.CutPrefix(r.Header.Get("Authorization"), "ApiKey ")
			if !found {
				return delegation.Grant{}, server.ErrNoCredentials // the next one is asked
			}
			userID, known := users[key]
			if !known {
				return delegation.Grant{}, server.ErrCredentials
			}
			return delegation.Grant{
				Application: delegation.Application{ClientID: app.ClientID}, // as it is registered now
				User:        delegation.User{ID: userID}, Delegated: true,   // whom its policy must cover
				Scopes: scopes.NewSet(scopes.RoomsList), // if the application holds it
			}, nil
		}}}

	api, err := server.New(ctx, config)
	if err != nil {
		panic(err)
	}
	request := httptest.NewRequest("GET", "/external-api/v1.0/rooms/", nil)
	request.Header.Set("Authorization", "ApiKey 3f9c")
	answer := httptest.NewRecorder()
	api.ServeHTTP(answer, request)
	fmt.Print(answer.Code, " ", answer.Body, request.Pattern)
	// Output:
	// 200 {"count":0,"next":null,"previous":null,"results":[]}
	// GET /external-api/v1.0/rooms
}

// A host writes invitations in a language more, and puts its own page into the HTML.
func ExampleInvitations() {
	german := `{"meeting": "Videokonferenz", "video": "Zur Videokonferenz:", "phone": "Per Telefon:", "pin": "PIN:",
		"dial": "Telefon: {number}, PIN: {pin}", "wait": "Sie werden vielleicht erst eingelassen.",
		"expires": "Der Link gilt bis", "moment": "02.01.2006, 15:04 UTC"}`
	files := fstest.MapFS{ // in earnest an embed.FS or os.DirFS
		"de.json":         {Data: []byte(german)},
		"invitation.html": {Data: []byte(`<p>{{.Words.Video}} <a href="{{.URL}}">{{.Nam}}</a></p>`)},
	}
	ctx := context.Background()
	db, remove := openExample(ctx)
	defer remove()
	_, err := server.New(ctx, server.Config{
		URL: "https://meet.example.org", RootKeys: delegation.NewRootKeys(), DB: db,
		Invitations: server.Invitations{Languages: []string{"de", "en", "fr"}, Templates: files},
	})
	var wrong *server.ConfigError
	if errors.As(err, &wrong) { // before the first caller asks
		fmt.Println(wrong.Field, strings.Contains(wrong.Problem, "can't evaluate field Nam "))
	}
	// Output: Invitations.Templates true
}
