package server_test

import (
	"crypto/rand"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server"
)

// roomWith is a room of alice's and its entity tag.
func (a *api) roomWith(body, token string) (path, tag string) {
	a.Helper()
	r := a.call("POST", "/rooms/", body, token)
	is.New(a.T).Equal(r.StatusCode, 201)
	return "/rooms/" + r.json(a.T)["id"].(string) + "/", r.Header.Get("ETag")
}

func TestEntityTags(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		token := a.token("alice@example.com")
		path, first := a.roomWith(`{"name":"Budget"}`, token)
		is.True(strings.HasPrefix(first, `"`)) // a strong tag
		is.Equal(a.call("GET", path, "", token).Header.Get("ETag"), first)
		noop := a.call("PATCH", path, `{"name":"Budget"}`, token)
		is.Equal(noop.Header.Get("ETag"), first) // what changes nothing keeps it
		changed := a.call("PATCH", path, `{"name":"Budget 2027"}`, token).Header.Get("ETag")
		is.True(changed != first) // every change has another one
		is.Equal(a.call("GET", path, "", token).Header.Get("ETag"), changed)
		back := a.call("PATCH", path, `{"name":"Budget"}`, token).Header.Get("ETag")
		is.True(back != first && back != changed) // also one that leads back
	})
}

func TestIfNoneMatch(t *testing.T) {
	a := onSQLite(t)
	token := a.token("alice@example.com")
	path, tag := a.roomWith("", token)
	for value, status := range map[string]int{
		tag: 304, "W/" + tag: 304, "*": 304, `"x", ` + tag: 304, `"x"`: 200,
		strings.Trim(tag, `"`): 200, `"`: 200, "": 200, `"1-"`: 200,
	} {
		for _, method := range []string{"GET", "HEAD"} {
			r := a.send(method, path, "", token, "If-None-Match: "+value)
			is := is.New(t)
			is.Equal(r.StatusCode, status)         // the weak comparison
			is.Equal(r.Header.Get("ETag"), tag)    // is said either way
			is.True(status == 200 || r.body == "") // and saves the body
		}
	}
}

func TestIfMatch(t *testing.T) {
	a := onSQLite(t)
	token := a.token("alice@example.com")
	for value, met := range map[string]bool{
		"{tag}": true, "*": true, `"x", {tag}`: true, "W/{tag}": true, `"x"`: false, "": false, `"`: false,
		`"2-{epoch}"`: false, `"1-{epoch}-gzip"`: true, `W/"1-{epoch}-br"`: true, `"1-{epoch}--gzip"`: true,
		`"1-{epoch}-x"`: false, `"x,*,y"`: false,
		`"01-{epoch}"`: false, `"1"`: false, "1": false,
	} {
		t.Run(value, func(t *testing.T) {
			is := is.New(t)
			path, tag := a.roomWith(`{"name":"Budget"}`, token)
			epoch := strings.Trim(strings.TrimPrefix(tag, `"1-`), `"`)
			condition := "If-Match: " + strings.NewReplacer("{tag}", tag, "{epoch}", epoch).Replace(value)
			get := a.send("GET", path, "", token, condition)
			patch := a.send("PATCH", path, `{"name":"New"}`, token, condition, jsonType)
			present := strings.Trim(patch.Header.Get("ETag"), `"`)
			condition = strings.NewReplacer(strings.Trim(tag, `"`), present).Replace(condition)
			remove := a.send("DELETE", path, "", token, condition)
			if met {
				// of this version, in whatever form
				is.True(get.StatusCode == 200 && patch.StatusCode == 200 && remove.StatusCode == 204)
				return
			}
			problem(t, get, 412, "precondition_failed")
			problem(t, patch, 412, "precondition_failed")
			problem(t, remove, 412, "precondition_failed")
			is.Equal(a.call("GET", path, "", token).json(t)["name"], "Budget") // and nothing happened
		})
	}
}

func TestOneOfTwoChangesOfAVersionWins(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		token := a.token("alice@example.com")
		path, tag := a.roomWith("", token)
		statuses := map[int]int{}
		for _, r := range atOnce(8, func() reply {
			return a.send("PATCH", path, `{"name":"`+rand.Text()+`"}`, token, "If-Match: "+tag, jsonType)
		}) {
			statuses[r.StatusCode]++
		}
		is.New(t).Equal(statuses, map[int]int{200: 1, 412: 7}) // no lost update
	})
}

func TestTagsEndWithTheConfiguration(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t)
	token := a.token("alice@example.com")
	path, tag := a.roomWith("", token)
	config := a.config
	config.RoomURL = "https://join.example.org"
	other, err := server.New(t.Context(), config)
	is.NoErr(err)
	moved := *a
	moved.http = httptest.NewServer(other)
	defer moved.http.Close()
	r := moved.send("GET", path, "", token, "If-None-Match: "+tag)
	is.Equal(r.StatusCode, 200) // the room looks different now
	problem(t, moved.send("PATCH", path, `{"name":"x"}`, token, "If-Match: "+tag, jsonType), 412, "precondition_failed")
}

func TestMergePatch(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		token := a.token("alice@example.com")
		path, _ := a.roomWith(`{"metadata":{"a":"1","b":"2"},"expires_at":"2099-01-01T00:00:00+02:00",
			"configuration":{"everyone_can_mute":true,"can_publish_sources":["camera"]}}`, token)
		const merge = "Content-Type: application/merge-patch+json"
		patch := func(body string, media string) object {
			t.Helper()
			r := a.send("PATCH", path, body, token, media)
			is.Equal(r.StatusCode, 200)
			return r.json(t)
		}
		room := patch(`{"metadata":{"a":null,"c":"3"},"configuration":{"everyone_can_mute":null}}`, merge)
		is.Equal(room["metadata"], object{"b": "2", "c": "3"})                          // null removes, the rest stays
		is.Equal(room["configuration"], object{"can_publish_sources": []any{"camera"}}) // at every level
		is.Equal(room["expires_at"], "2098-12-31T22:00:00.000000Z")                     // untouched, in UTC
		room = patch(`{"metadata":{"d":"4"},"configuration":{"everyone_can_mute":null}}`, jsonType)
		is.Equal(room["metadata"], object{"d": "4"})                      // as plain JSON a field is replaced
		is.Equal(room["configuration"], object{"everyone_can_mute": nil}) // and null is a value inside it
		room = patch(`{"metadata":null,"configuration":null,"expires_at":null,"name":null}`, merge)
		is.Equal(room["metadata"], object{}) // null at the top resets
		is.Equal(room["configuration"], object{})
		is.Equal(room["expires_at"], nil)
		is.Equal(room["name"], room["slug"])
		r := a.send("PATCH", path, `{"metadata":{"k":1,"l":"2"}}`, token, merge)
		is.Equal(problem(t, r, 400, "invalid_input")["errors"].([]any)[0].(object)["field"], "metadata.k")
		r = a.send("PATCH", path, `{"metadata":{"k":null}}`, token, jsonType)
		is.Equal(problem(t, r, 400, "invalid_input")["errors"].([]any)[0].(object)["code"], "invalid_type")
		r = a.send("PATCH", path, `name=x`, token, formType)
		problem(t, r, 415, "unsupported_media_type")
		is.Equal(r.Header.Get("Accept-Patch"), "application/json, application/merge-patch+json") // says what there is
		problem(t, a.send("POST", "/rooms/", `{}`, token, merge), 415, "unsupported_media_type") // nothing to merge with
	})
}

func TestExpiry(t *testing.T) {
	a := onSQLite(t)
	token := a.token("alice@example.com")
	path, _ := a.roomWith("", token)
	tests := map[string]struct{ value, code string }{
		"the past":         {`"2001-01-01T00:00:00Z"`, "not_in_future"},
		"a date":           {`"2099-01-01"`, "invalid_time"},
		"without a zone":   {`"2099-01-01T00:00:00"`, "invalid_time"},
		"no such day":      {`"2099-02-30T00:00:00Z"`, "invalid_time"},
		"a number":         {`4070908800`, "invalid_type"},
		"empty":            {`""`, "invalid_time"},
		"the zero time":    {`"0001-01-01T00:00:00Z"`, "invalid_time"},
		"a time to come":   {`"2099-01-01T00:00:00.1234567Z"`, ""},
		"the end of times": {`"9999-12-31T23:59:59Z"`, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			body := `{"expires_at":` + test.value + `}`
			for _, r := range []reply{a.call("POST", "/rooms/", body, token), a.call("PATCH", path, body, token)} {
				if test.code == "" {
					is.New(t).True(r.StatusCode < 300)
					continue
				}
				fault := problem(t, r, 400, "invalid_input")["errors"].([]any)[0].(object)
				is.New(t).Equal(fault["field"], "expires_at")
				is.New(t).Equal(fault["code"], test.code)
			}
		})
	}
}
