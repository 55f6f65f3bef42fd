package server_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server"
)

func TestTheWholeWay(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		token := a.token("alice@example.com")
		r := a.call("POST", "/rooms/", `{"name":"Budget"}`, token)
		is.Equal(r.StatusCode, 201)
		room := r.json(t)
		id := room["id"].(string)
		is.Equal(r.Header.Get("Location"), apiURL+"/rooms/"+id+"/") // the resource

		list := a.call("GET", "/rooms/", "", token).json(t)
		is.Equal(list["count"], 1.0) // it is listed
		r = a.call("GET", "/rooms/"+id+"/", "", token)
		is.Equal(r.json(t), room) // and read as it was created
		r = a.call("PATCH", "/rooms/"+id+"/", `{"name":"Budget 2027"}`, token)
		is.Equal(r.json(t)["name"], "Budget 2027") // changed
		r = a.call("DELETE", "/rooms/"+id+"/", "", token)
		is.Equal(r.StatusCode, 204) // and deleted
		is.Equal(r.body, "")
		problem(t, a.call("DELETE", "/rooms/"+id+"/", "", token), 404, "not_found") // once
		problem(t, a.call("GET", "/rooms/"+id+"/", "", token), 404, "not_found")
		problem(t, a.call("PATCH", "/rooms/"+id+"/", `{"name":"x"}`, token), 404, "not_found")
		is.Equal(a.call("GET", "/rooms/", "", token).json(t)["count"], 0.0)
	})
}

func TestRoomOnTheWire(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		token := a.token("alice@example.com")
		is.Equal(a.send("POST", "/rooms/", "", formType, token).StatusCode, 201) // an empty body has no type
		room := a.create("", token)                                              // and is allowed
		slug := room["slug"].(string)
		is.True(regexp.MustCompile(`^[a-z]{3}-[a-z]{4}-[a-z]{3}$`).MatchString(slug))
		is.Equal(room["name"], slug)              // the default name
		is.Equal(room["access_level"], "trusted") // the default level
		is.Equal(room["configuration"], object{}) // no settings
		is.Equal(room["url"], publicURL+"/"+slug) // the join link
		is.Equal(room["external_id"], nil)
		is.Equal(room["source"], object{"kind": "application", "id": a.clientID, "name": "Calendar"}) // set by the server
		telephony := room["telephony"].(object)
		is.True(regexp.MustCompile(`^[0-9]{10}$`).MatchString(telephony["pin_code"].(string))) // ten digits
		is.Equal(telephony["phone_number"], "+33901020304")
		is.Equal(telephony["default_country"], "FR")
		is.Equal(telephony["enabled"], true)
		is.True(regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$`).MatchString(room["created_at"].(string)))
		is.Equal(room["created_at"], room["updated_at"])
	})
}

type object = map[string]any

func TestWithoutTelephony(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t, func(c *server.Config) {
		c.Telephony, c.RoomURL = server.Telephony{}, "https://join.example.org/m/"
		c.AllowPublic, c.DefaultAccessLevel = true, rooms.Public
	})
	room := a.create("", a.token("alice@example.com"))
	_, there := room["telephony"]
	is.True(!there)                                                            // absent when off
	is.Equal(room["url"], "https://join.example.org/m/"+room["slug"].(string)) // the base of join links
	is.Equal(room["access_level"], "public")                                   // as configured
}

func TestInput(t *testing.T) {
	a := onSQLite(t)
	token := a.token("alice@example.com")
	existing := a.create(`{"external_id":"taken"}`, token)
	target := a.create(`{"name":"Target"}`, token)
	tests := map[string]struct{ body, field, code string }{
		"a number for a name":        {`{"name":1}`, "name", "invalid_type"},
		"a long name":                {`{"name":"` + strings.Repeat("é", 501) + `"}`, "name", "too_long"},
		"a blank name":               {`{"name":"  "}`, "name", "blank"},
		"NUL in a name":              {`{"name":"a\u0000b"}`, "name", "invalid_characters"},
		"a line break in a name":     {`{"name":"a\nb"}`, "name", "invalid_characters"},
		"an unknown level":           {`{"access_level":"open"}`, "access_level", "invalid_choice"},
		"an empty level":             {`{"access_level":""}`, "access_level", "blank"},
		"a level in capitals":        {`{"access_level":"TRUSTED"}`, "access_level", "invalid_choice"},
		"public is not allowed":      {`{"access_level":"public"}`, "access_level", "public_disabled"},
		"a list for a configuration": {`{"configuration":[]}`, "configuration", "invalid_type"},
		"an unknown setting":         {`{"configuration":{"x":1}}`, "configuration.x", "unknown_field"},
		"a text for a boolean": {`{"configuration":{"everyone_can_mute":"true"}}`, "configuration.everyone_can_mute",
			"invalid_type"},
		"a number for a boolean": {`{"configuration":{"everyone_can_mute":1}}`, "configuration.everyone_can_mute",
			"invalid_type"},
		"an unknown media source": {`{"configuration":{"can_publish_sources":["camera","x"]}}`,
			"configuration.can_publish_sources", "invalid_choice"},
		"a media source twice": {`{"configuration":{"can_publish_sources":["camera","camera"]}}`,
			"configuration.can_publish_sources", "duplicate"},
		"a text for media sources": {`{"configuration":{"can_publish_sources":"camera"}}`,
			"configuration.can_publish_sources", "invalid_type"},
		"a long external id":    {`{"external_id":"` + strings.Repeat("x", 256) + `"}`, "external_id", "too_long"},
		"NUL in an external id": {`{"external_id":"\u0000"}`, "external_id", "invalid_characters"},
		"an unknown field":      {`{"owner":"bob"}`, "owner", "unknown_field"},
		"a field in capitals":   {`{"Name":"x"}`, "Name", "unknown_field"},
		"a field of the store":  {`{"pin":"000000"}`, "pin", "unknown_field"},
		"an unprintable field":  {`{"\u001b[31m\r\n":1}`, "?[31m??", "unknown_field"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for _, r := range []reply{a.call("POST", "/rooms/", test.body, token),
				a.call("PATCH", "/rooms/"+target["id"].(string)+"/", test.body, token)} {
				is := is.New(t)
				body := problem(t, r, 400, "invalid_input")
				errors := body["errors"].([]any)
				is.Equal(len(errors), 1)
				is.Equal(errors[0].(object)["field"], test.field) // names the field
				is.Equal(errors[0].(object)["code"], test.code)   // and says what is wrong with it
			}
		})
	}
	is := is.New(t)
	r := a.call("POST", "/rooms/", `{"name":1,"owner":2,"configuration":{"x":1}}`, token)
	is.Equal(len(problem(t, r, 400, "invalid_input")["errors"].([]any)), 3) // every fault at once
	r = a.call("POST", "/rooms/", `{"access_level":"public"}`, token)
	is.True(strings.Contains(r.body, "Public rooms are disabled for the external API."))
	problem(t, a.call("POST", "/rooms/", `{"external_id":"taken"}`, a.token("bob@example.com")), 409,
		"external_id_conflict")
	problem(t, a.call("PATCH", "/rooms/"+target["id"].(string), `{"external_id":"taken"}`, token), 409,
		"external_id_conflict")
	list := a.call("GET", "/rooms/", "", token).json(t)
	is.Equal(list["count"], 2.0) // nothing was created
	for _, room := range []object{existing, target} {
		is.Equal(a.call("GET", "/rooms/"+room["id"].(string), "", token).json(t), room) // and nothing changed
	}
}

func TestBodies(t *testing.T) {
	a := onSQLite(t)
	token := a.token("alice@example.com")
	tests := map[string]struct {
		body    string
		headers []string
		status  int
		code    string
	}{
		"not JSON":         {"{", []string{jsonType}, 400, "invalid_request"},
		"empty with type":  {" ", []string{jsonType}, 400, "invalid_request"},
		"an array":         {"[]", []string{jsonType}, 400, "invalid_request"},
		"null":             {"null", []string{jsonType}, 400, "invalid_request"},
		"a text":           {`"x"`, []string{jsonType}, 400, "invalid_request"},
		"trailing data":    {`{}{}`, []string{jsonType}, 400, "invalid_request"},
		"a duplicate name": {`{"name":"a","name":"b"}`, []string{jsonType}, 400, "invalid_request"},
		"a duplicate below": {`{"configuration":{"everyone_can_mute":true,"everyone_can_mute":false}}`, []string{jsonType},
			400, "invalid_request"},
		"invalid UTF-8":   {"{\"name\":\"\xff\"}", []string{jsonType}, 400, "invalid_request"},
		"two order marks": {"\ufeff\ufeff{}", []string{jsonType}, 400, "invalid_request"},
		"a depth bomb": {`{"configuration":` + strings.Repeat("[", 30000) + strings.Repeat("]", 30000) + "}",
			[]string{jsonType}, 400, "invalid_request"},
		"no type":         {"{}", nil, 415, "unsupported_media_type"},
		"a form":          {"name=x", []string{formType}, 415, "unsupported_media_type"},
		"text":            {"{}", []string{"Content-Type: text/plain"}, 415, "unsupported_media_type"},
		"another charset": {"{\"name\":\"\xe9\"}", []string{jsonType + "; charset=latin1"}, 400, "invalid_request"},
		"no gzip":         {"{}", []string{jsonType, "Content-Encoding: gzip"}, 400, "invalid_request"},
		"brotli":          {"{}", []string{jsonType, "Content-Encoding: br"}, 415, "unsupported_media_type"},
		"huge":            {`{"name":"` + strings.Repeat("x", 70_000) + `"}`, []string{jsonType}, 413, "payload_too_large"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			problem(t, a.send("POST", "/rooms/", test.body, append(test.headers, token)...), test.status, test.code)
		})
	}
	is.New(t).Equal(a.call("GET", "/rooms/", "", token).json(t)["count"], 0.0) // nothing was created
}

func TestMassAssignment(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t)
	token := a.token("alice@example.com")
	room := a.create("", token)
	sent, err := json.Marshal(object{
		"id": "0199d9f6-5c1e-7d2a-9a53-1d2f3b4c5d6e", "slug": "aaa-aaaa-aaa", "url": "https://evil.example",
		"telephony": object{"pin_code": "0"},
		"source": object{"kind": "web", "id": "x",
			"name": "y"}, "created_at": "2000-01-01T00:00:00Z", "updated_at": 1, "name": "New",
	})
	is.NoErr(err)
	created := a.create(string(sent), token)
	is.True(created["id"] != "0199d9f6-5c1e-7d2a-9a53-1d2f3b4c5d6e" && // set by the server
		created["slug"] != "aaa-aaaa-aaa")
	is.Equal(created["source"].(object)["id"], a.clientID) // always
	r := a.call("PATCH", "/rooms/"+room["id"].(string), string(sent), token).json(t)
	is.Equal(r["name"], "New")
	r["name"], r["updated_at"] = room["name"], room["updated_at"]
	is.Equal(r, room) // nothing else changed
}

func TestPatch(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		token := a.token("alice@example.com")
		room := a.create(`{"name":"Budget","access_level":"restricted","external_id":"e",
			"configuration":{"everyone_can_mute":true}}`, token)
		path := "/rooms/" + room["id"].(string) + "/"
		whole, err := json.Marshal(room)
		is.NoErr(err)
		for _, noop := range []string{"", "{}", `{"name":"Budget"}`, string(whole)} {
			a.clock.advance(time.Second)
			is.Equal(a.call("PATCH", path, noop, token).json(t), room) // what changes nothing is no change
		}
		changed := a.call("PATCH", path, `{"configuration":{"can_publish_sources":null}}`, token).json(t)
		is.Equal(changed["configuration"], object{"can_publish_sources": nil}) // top-level keys are replaced
		is.True(changed["updated_at"].(string) > room["updated_at"].(string))  // and time passes
		for _, media := range []string{jsonType, "Content-Type: application/merge-patch+json"} {
			r := a.send("PATCH", path, `{"access_level":null}`, token, media)
			fault := problem(t, r, 400, "invalid_input")["errors"].([]any)[0].(object)
			is.Equal(fault["field"], "access_level") // the default could open the room
		}
		reset := a.call("PATCH", path, `{"name":null,"configuration":null,"external_id":null}`, token).json(t)
		is.Equal(reset["name"], room["slug"]) // null asks for the default
		is.Equal(reset["access_level"], "restricted")
		is.Equal(reset["configuration"], object{})
		is.Equal(reset["external_id"], nil)
		is.Equal(reset["slug"], room["slug"]) // a slug never changes
	})
}

func TestList(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		token := a.token("alice@example.com")
		var ids []string
		for i := range 5 {
			ids = append(ids, a.create(fmt.Sprintf(`{"name":"Room %d"}`, i), token)["id"].(string))
		}
		slices.Reverse(ids)
		var seen []string
		path := "/rooms/?page_size=2"
		for range 3 {
			page := a.call("GET", path, "", token).json(t)
			is.Equal(page["count"], 5.0) // of all pages
			for _, room := range page["results"].([]any) {
				seen = append(seen, room.(object)["id"].(string))
			}
			next, _ := page["next"].(string)
			path = strings.TrimPrefix(next, apiURL)
		}
		is.Equal(seen, ids) // newest first, every one once
		is.Equal(path, "")  // the last page has no next
		page := a.call("GET", "/rooms/?page_size=1000", "", token)
		is.Equal(page.StatusCode, 200)                                                                     // larger is cut
		is.Equal(a.call("GET", "/rooms/?page_size=99999999999999999999", "", token).json(t)["count"], 5.0) // however large
		is.Equal(a.call("GET", "/rooms/?page=99999999999999999999", "", token).json(t)["next"], nil)
		empty := a.call("GET", "/rooms/?page=99", "", token).json(t)
		is.Equal(len(empty["results"].([]any)), 0) // beyond the end
		is.Equal(empty["next"], nil)
		for _, query := range []string{"page=0", "page=-1", "page=x", "page=", "page=1.5", "page=-99999999999999999999",
			"page=1&page=2", "page_size=0", "page_size=-1", "page_size=x", "user=bob", "source=x", "Page=1"} {
			r := a.call("GET", "/rooms/?"+query, "", token)
			body := problem(t, r, 400, "invalid_input")
			name, _, _ := strings.Cut(query, "=")
			is.Equal(body["errors"].([]any)[0].(object)["field"], name) // names the parameter
		}
		problem(t, a.call("GET", "/rooms/?page=%zz", "", token), 400, "invalid_request")
	})
}

func TestConcurrentRequests(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		token := a.token("alice@example.com")
		slugs, pins := map[any]bool{}, map[any]bool{}
		for _, r := range atOnce(64, func() reply { return a.call("POST", "/rooms/", `{"name":"x"}`, token) }) {
			is.Equal(r.StatusCode, 201) // none fails
			room := r.json(t)
			slugs[room["slug"]], pins[room["telephony"].(object)["pin_code"]] = true, true
		}
		is.Equal(len(slugs), 64) // all different
		is.Equal(len(pins), 64)
		id := a.create("", token)["id"].(string)
		deleted := 0
		for _, r := range atOnce(8, func() reply { return a.call("DELETE", "/rooms/"+id, "", token) }) {
			is.True(r.StatusCode == 204 || r.StatusCode == 404)
			if r.StatusCode == 204 {
				deleted++
			}
		}
		is.Equal(deleted, 1) // one winner
	}, unlimited)
}
