package server_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/google"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server"
	googlecalls "github.com/anteroom-go/anteroom/server/calls"
)

const configOf = "config.moderationRestrictions."

// TestRoomsAsSpaces: one table, in both directions.
func TestRoomsAsSpaces(t *testing.T) {
	is := is.New(t)
	m := newMeet(t, onSQLite(t, withGoogle))
	token := m.tokenFor("alice@example.com")
	all, err := m.registry.UpdateApplication(t.Context(), m.clientID, func(*delegation.Application) error { return nil })
	is.NoErr(err)
	is.True(!all.Scopes.Empty())
	for configuration, want := range map[string]string{ // presentRestriction defaultJoinAsViewerType moderation
		`{}`:                           "NO_RESTRICTION OFF OFF",
		`{"can_publish_sources":null}`: "NO_RESTRICTION OFF OFF",
		`{"everyone_can_mute":false}`:  "NO_RESTRICTION OFF ON",
		`{"can_publish_sources":[]}`:   "HOSTS_ONLY ON ON",
		`{"can_publish_sources":["camera","microphone"]}`:   "HOSTS_ONLY OFF ON",
		`{"can_publish_sources":["camera","screen_share"]}`: "NO_RESTRICTION OFF OFF",
	} {
		room := m.room(`{"access_level":"restricted","configuration":` + configuration + `}`)
		_, space := m.ask(token, "GET", "/google/v2/spaces/"+room["id"].(string), "")
		is.Equal(fmt.Sprint(at(space, configOf+"presentRestriction"), " ", at(space, configOf+"defaultJoinAsViewerType"), " ",
			at(space, "config.moderation")), want)
		is.Equal(space["meetingUri"], room["url"])
		is.Equal(space["meetingCode"], room["slug"])
		phone := room["telephony"].(object)
		is.Equal(text(space["phoneAccess"]), `[{"languageCode":"fr-FR","phoneNumber":"+33901020304","pin":"`+
			phone["pin_code"].(string)+`","regionCode":"FR"}]`)
		is.Equal(text(space["gatewaySipAccess"]), `[{"sipAccessCode":"`+phone["pin_code"].(string)+
			`","uri":"sip:join@sip.example.org"}]`)
		own := m.call("GET", "/rooms/"+room["id"].(string)+"/?view=space", "", m.token("alice@example.com"))
		is.Equal(text(own.json(t)), text(space)) // the native API has the same view
	}
	room := m.room("")
	other := m.call("GET", "/rooms/"+room["id"].(string)+"/?view=spaces", "", m.token("alice@example.com"))
	is.Equal(other.StatusCode, 400) // there is no other view
}

// TestSpacesAreChanged: what a patch names is as it asks, and nothing else changes.
func TestSpacesAreChanged(t *testing.T) {
	m := newMeet(t, onSQLite(t, withGoogle))
	token := m.tokenFor("alice@example.com")
	for name, test := range map[string]struct {
		before, mask, body string // before is the configuration of a restricted room
		want               string // accessType presentRestriction defaultJoinAsViewerType
	}{
		"a member":   {`{}`, "config.accessType", `{"config":{"accessType":"OPEN"}}`, "OPEN NO_RESTRICTION OFF"},
		"by number":  {`{}`, "config.accessType", `{"config":{"accessType":1}}`, "OPEN NO_RESTRICTION OFF"},
		"snake case": {`{}`, "config.access_type", `{"config":{"access_type":"OPEN"}}`, "OPEN NO_RESTRICTION OFF"},
		"no mask":    {`{}`, "", `{"config":{"accessType":"TRUSTED"}}`, "TRUSTED NO_RESTRICTION OFF"},
		"no mask, two members": {`{}`, "",
			`{"config":{"accessType":"OPEN","moderation":"ON","moderationRestrictions":{"presentRestriction":"HOSTS_ONLY"}}}`,
			"OPEN HOSTS_ONLY OFF"},
		"beside the mask": {`{}`, "config.accessType",
			`{"config":{"accessType":"OPEN","entryPointAccess":"CREATOR_APP_ONLY"}}`, "OPEN NO_RESTRICTION OFF"},
		"everything": {`{"can_publish_sources":[]}`, "*", `{"config":{"accessType":"OPEN"}}`, "OPEN NO_RESTRICTION OFF"},
		"an object": {`{"can_publish_sources":["camera"]}`, "config.moderationRestrictions", `{}`,
			"RESTRICTED NO_RESTRICTION OFF"},
		"viewers": {`{}`, "config.moderationRestrictions.defaultJoinAsViewerType",
			`{"config":{"moderationRestrictions":{"defaultJoinAsViewerType":"ON"}}}`, "RESTRICTED HOSTS_ONLY ON"},
		"no viewers": {`{"can_publish_sources":[]}`, "config.moderation_restrictions.default_join_as_viewer_type",
			`{"config":{"moderationRestrictions":{"defaultJoinAsViewerType":"OFF"}}}`, "RESTRICTED HOSTS_ONLY OFF"},
		"no screens": {`{}`, "", `{"config":{"moderationRestrictions":{"presentRestriction":"HOSTS_ONLY"}}}`,
			"RESTRICTED HOSTS_ONLY OFF"},
		"nothing": {`{}`, "", `{}`, "RESTRICTED NO_RESTRICTION OFF"},
		"what it is": {`{}`, "", `{"config":{"entryPointAccess":"ALL","moderation":"OFF"}}`,
			"RESTRICTED NO_RESTRICTION OFF"},
		"cleared":        {`{}`, "config.entryPointAccess,config.artifactConfig", `{}`, "RESTRICTED NO_RESTRICTION OFF"},
		"no value":       {`{}`, "", `{"config":{"entryPointAccess":0,"moderation":null}}`, "RESTRICTED NO_RESTRICTION OFF"},
		"null is absent": {`{}`, "", `{"config":null}`, "RESTRICTED NO_RESTRICTION OFF"},
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			room := m.room(`{"access_level":"restricted","configuration":` + test.before + `}`)
			target := "/google/v2/spaces/" + room["id"].(string) + "?updateMask=" + test.mask
			status, space := m.ask(token, "PATCH", target, test.body)
			is.Equal(status, 200)
			is.Equal(fmt.Sprint(at(space, "config.accessType"), " ", at(space, configOf+"presentRestriction"), " ",
				at(space, configOf+"defaultJoinAsViewerType")), test.want)
			_, again := m.ask(token, "PATCH", "/google/v2/"+space["name"].(string), text(space)) // as it was read
			is.Equal(text(again), text(space))
		})
	}
}

// TestWhatSpacesCannotHave: it is refused by its path, never ignored, and nothing is changed or made.
func TestWhatSpacesCannotHave(t *testing.T) {
	m := newMeet(t, onSQLite(t, withGoogle))
	token := m.tokenFor("alice@example.com")
	room := m.room("")
	for _, test := range []struct{ mask, body, field string }{
		{"", `{"config":{"entryPointAccess":"CREATOR_APP_ONLY"}}`, "config.entryPointAccess"},
		{"", `{"config":{"moderation":"ON"}}`, "config.moderation"},
		{"", `{"config":{"moderationRestrictions":{"chatRestriction":"HOSTS_ONLY"}}}`, configOf + "chatRestriction"},
		{"", `{"config":{"moderationRestrictions":{"reactionRestriction":1}}}`, configOf + "reactionRestriction"},
		{"", `{"config":{"moderationRestrictions":{"presentRestriction":"NO_RESTRICTION","defaultJoinAsViewerType":"ON"}}}`,
			configOf + "presentRestriction"},
		{"", `{"config":{"attendanceReportGenerationType":"GENERATE_REPORT"}}`, "config.attendanceReportGenerationType"},
		{"", `{"config":{"artifactConfig":{"recordingConfig":{"autoRecordingGeneration":"ON"}}}}`,
			"config.artifactConfig.recordingConfig.autoRecordingGeneration"},
		{"", `{"meetingCode":"abc-defg-hij"}`, "meetingCode"},
		{"", `{"name":"spaces/other"}`, "name"},
		{"", `{"phoneAccess":[{"pin":"1"}]}`, "phoneAccess"},
		{"", `{"config":{"colour":"red"}}`, "config.colour"},
		{"", `{"colour":"red"}`, "colour"},
		{"", `{"config":{"accessType":"CLOSED"}}`, "config.accessType"},
		{"", `{"config":{"accessType":4}}`, "config.accessType"},
		{"", `{"config":{"accessType":1.5}}`, "config.accessType"},
		{"", `{"config":{"accessType":"OPEN","access_type":"OPEN"}}`, "config.accessType"},
		{"", `{"config":[]}`, "config"},
		{"config.colour", `{}`, "config.colour"},
	} {
		t.Run(test.body, func(t *testing.T) {
			is := is.New(t)
			for _, call := range [][2]string{{"POST", "/google/v2/spaces"},
				{"PATCH", "/google/v2/spaces/" + room["id"].(string) + "?updateMask=" + test.mask}} {
				if call[0] == "POST" && test.mask != "" {
					continue // there is none for a new space
				}
				status, answer := m.ask(token, call[0], call[1], test.body)
				is.Equal(status, 400)
				is.Equal(at(answer, "error.status"), "INVALID_ARGUMENT")
				is.True(strings.Contains(text(at(answer, "error.details")), `"field":"`+test.field+`"`))
			}
		})
	}
	is := is.New(t)
	status, answer := m.ask(token, "PATCH", "/google/v2/spaces/"+room["id"].(string)+"?updateMask=config.accessType", `{}`)
	is.Equal(status, 400) // rooms keep their level until another one is named
	is.True(strings.Contains(text(answer), `"config.accessType"`))
	is.Equal(m.room("")["access_level"], "trusted")
	_, after := m.ask(token, "GET", "/google/v2/spaces/"+room["id"].(string), "")
	is.Equal(at(after, "config.accessType"), "TRUSTED") // nothing changed
}

// TestGoogleErrors: each is typed.
func TestGoogleErrors(t *testing.T) {
	is := is.New(t)
	m := newMeet(t, onSQLite(t, withGoogle))
	token, stranger := m.tokenFor("alice@example.com"), m.tokenFor("bob@example.com")
	reader := m.tokenFor("alice@example.com", string(google.ScopeReadonly))
	id := m.room("")["id"].(string)
	for _, test := range []struct {
		token, method, target, body string
		status                      int
		word                        string
	}{
		{token, "GET", "/google/v2/spaces/" + id, "", 200, ""},
		{reader, "GET", "/google/v2/spaces/" + id, "", 200, ""},
		{reader, "PATCH", "/google/v2/spaces/" + id, "{}", 403, "PERMISSION_DENIED"},
		{reader, "POST", "/google/v2/spaces", "{}", 403, "PERMISSION_DENIED"},
		{stranger, "GET", "/google/v2/spaces/" + id, "", 404, "NOT_FOUND"},
		{stranger, "PATCH", "/google/v2/spaces/" + id, "{}", 404, "NOT_FOUND"},
		{stranger, "POST", "/google/v2/spaces/" + id + ":endActiveConference", "{}", 404, "NOT_FOUND"},
		{token, "GET", "/google/v2/spaces/none", "", 404, "NOT_FOUND"},
		{token, "GET", "/google/v2/rooms", "", 404, "NOT_FOUND"},
		{token, "GET", "/google/v2/spaces", "", 404, "NOT_FOUND"},          // spaces are not listed
		{token, "DELETE", "/google/v2/spaces/" + id, "", 404, "NOT_FOUND"}, // nor deleted
		{token, "POST", "/google/v2/spaces/" + id + ":other", "{}", 404, "NOT_FOUND"},
		{"", "GET", "/google/v2/spaces/" + id, "", 401, "UNAUTHENTICATED"},
		{"x", "GET", "/google/v2/spaces/" + id, "", 401, "UNAUTHENTICATED"},
		{token, "POST", "/google/v2/spaces", "[]", 400, "INVALID_ARGUMENT"},
		{token, "POST", "/google/v2/spaces", "{", 400, "INVALID_ARGUMENT"},
		{token, "POST", "/google/v2/spaces", `{"config":{},"config":{}}`, 400, "INVALID_ARGUMENT"},
		{token, "GET", "/google/v2/spaces/" + id + "?alt=proto", "", 400, "INVALID_ARGUMENT"},
		{token, "GET", "/google/v2/spaces/" + id + "?fields=name(", "", 400, "INVALID_ARGUMENT"},
		{token, "GET", "/google/v2/spaces/" + id + "?fields=%zz", "", 400, "INVALID_ARGUMENT"},
		{token, "GET", "/google/v2/conferenceRecords/x", "", 404, "NOT_FOUND"},
		{token, "GET", "/google/v2/conferenceRecords/x/participants", "", 404, "NOT_FOUND"},
		{token, "GET", "/google/v2/conferenceRecords?filter=x", "", 400, "INVALID_ARGUMENT"},
	} {
		status, answer := m.ask(test.token, test.method, test.target, test.body)
		is.Equal(fmt.Sprint(test.method, test.target, status), fmt.Sprint(test.method, test.target, test.status))
		if status >= 400 {
			is.Equal(at(answer, "error.status"), test.word)
			is.Equal(at(answer, "error.code"), float64(test.status))
			is.True(strings.Contains(text(answer), `"type.googleapis.com/google.rpc.ErrorInfo"`))
		}
	}
	selected := "?fields=name,config(accessType),phoneAccess/pin&prettyPrint=true"
	_, answer := m.ask(token, "GET", "/google/v2/spaces/"+id+selected, "")
	is.Equal(len(answer), 3)
	is.Equal(len(answer["config"].(object)), 1) // what was selected, and nothing else
}

// TestCallsOfAHost: a host tells of calls, and mounts the API where it likes.
func TestCallsOfAHost(t *testing.T) {
	is := is.New(t)
	var ended []string
	at1 := time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC)
	m := newMeet(t, onSQLite(t, withGoogle, func(c *server.Config) {
		c.Calls = googlecalls.Source{
			Active: func(_ context.Context, room rooms.Room) (string, error) { return "call-" + room.Slug, nil },
			End:    func(_ context.Context, room rooms.Room) error { ended = append(ended, room.ID); return nil },
			Records: func(_ context.Context, caller rooms.Caller, query googlecalls.Query) ([]googlecalls.Record, error) {
				if query.ID == "away" {
					return nil, errors.New("away")
				}
				all := []googlecalls.Record{{ID: "b", RoomID: "r", Start: at1},
					{ID: "a", RoomID: caller.UserID, Start: at1, End: at1}}
				if query.ID != "" || query.After == "b" || query.Running {
					all = all[1:]
				}
				return all[:min(len(all), query.Limit)], nil
			}}
	}))
	token := m.tokenFor("alice@example.com")
	room := m.room("")
	_, space := m.ask(token, "GET", "/google/v2/spaces/"+room["id"].(string), "")
	is.Equal(at(space, "activeConference.conferenceRecord"), "conferenceRecords/call-"+room["slug"].(string))
	status, _ := m.ask(token, "POST", "/google/v2/spaces/"+room["id"].(string)+":endActiveConference", "")
	is.Equal(status, 200)
	is.Equal(ended, []string{room["id"].(string)})
	filter := "&filter=start_time>%3D\"2027-01-01T00:00:00Z\""
	_, page := m.ask(token, "GET", "/google/v2/conferenceRecords?pageSize=1"+filter, "")
	is.Equal(at(page["conferenceRecords"].([]any)[0], "name"), "conferenceRecords/b")
	_, page = m.ask(token, "GET", "/google/v2/conferenceRecords?pageToken="+page["nextPageToken"].(string), "")
	is.Equal(at(page["conferenceRecords"].([]any)[0], "endTime"), "2027-01-02T03:04:05Z")
	status, _ = m.ask(token, "GET", "/google/v2/conferenceRecords/a/recordings", "")
	is.Equal(status, 200) // of which none are kept
	status, _ = m.ask(token, "GET", "/google/v2/conferenceRecords/a/recordings/x", "")
	is.Equal(status, 404)
	status, answer := m.ask(token, "GET", "/google/v2/conferenceRecords/away", "")
	is.Equal(status, 503)
	is.Equal(at(answer, "error.status"), "UNAVAILABLE")

	s, err := server.New(t.Context(), m.config)
	is.NoErr(err)
	request := httptest.NewRequest("GET", "/internal/meet/v2/spaces/"+room["id"].(string), nil)
	request.Header.Set("Authorization", "Bearer "+token)
	recorder := httptest.NewRecorder()
	http.StripPrefix("/internal", s.Google()).ServeHTTP(recorder, request)
	is.Equal(recorder.Code, 200) // wherever a host mounts it
}
