package floor_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/internal/bench/fill"
	"github.com/anteroom-go/anteroom/server/internal/bench/floor"
)

// TestFloor holds that the floor really does the work, on both databases.
func TestFloor(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, address string) {
		is := is.New(t)
		_ = dbtest.Open(t, address)
		plan := fill.Plan{Seed: 1, Applications: 3, Users: 50, Rooms: 300, Heavy: 60}
		is.NoErr(fill.Database(t.Context(), address, plan))
		config := floor.Config{Database: address, Prefix: "anteroom.", URL: "https://meet.example.org",
			Address: plan.Address(1), UserID: "the floor's", Scopes: "rooms:list"}
		if strings.HasPrefix(address, "file:") {
			config.Prefix = "anteroom_"
		}
		handler, closeAll, err := floor.New(t.Context(), config)
		is.NoErr(err)
		defer closeAll()
		server := httptest.NewServer(handler)
		defer server.Close()
		token := tokenOf(t, server.URL, plan.ClientID(0))
		for n := range 25 {
			room := call(t, "POST", server.URL+"/rooms/", token, `{"name":"Budget"}`, 201)
			var made struct{ ID, Slug string }
			is.NoErr(json.Unmarshal(room, &made))
			found := call(t, "GET", server.URL+"/rooms/"+made.ID+"/", token, "", 200)
			is.True(strings.Contains(string(found), `"slug":"`+made.Slug+`"`)) // what was created is there
			var list struct {
				Count   int
				Results []struct{ ID string }
			}
			is.NoErr(json.Unmarshal(call(t, "GET", server.URL+"/rooms/", token, "", 200), &list))
			is.Equal(list.Count, n+1)
			is.Equal(len(list.Results), min(n+1, 20))
			is.Equal(list.Results[0].ID, made.ID) // the newest first
		}
		call(t, "GET", server.URL+"/rooms/", token[:len(token)-4]+"AAAA", "", 401) // the signature is verified
		call(t, "GET", server.URL+"/rooms/"+plan.Room(0).ID+"/", token, "", 500)   // the room of another user is not found
	})
}

func tokenOf(t *testing.T, address, clientID string) string {
	t.Helper()
	is := is.New(t)
	response, err := http.PostForm(address+"/application/token/", url.Values{"client_id": {clientID},
		"client_secret": {"s"}})
	is.NoErr(err)
	defer response.Body.Close()
	var body struct {
		Token string `json:"access_token"`
	}
	is.NoErr(json.NewDecoder(response.Body).Decode(&body))
	return body.Token
}

func call(t *testing.T, method, address, token, body string, want int) []byte {
	t.Helper()
	is := is.New(t)
	request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	is.NoErr(err)
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	is.NoErr(err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	is.NoErr(err)
	is.Equal(response.StatusCode, want)
	return text
}
