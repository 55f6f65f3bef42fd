package server_test

import (
	"strings"
	"testing"

	"github.com/matryer/is"
)

func TestTagsOfAttendees(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		token := a.token("alice@example.com")
		path, _ := a.roomWith("", token)
		list := path + "attendees/"
		tagOf := func(path string) string { return a.call("GET", path, "", token).Header.Get("ETag") }
		send := func(method, path, body, tag string) reply {
			return a.send(method, path, body, token, jsonType, "If-Match: "+tag)
		}
		alone := tagOf(list)
		is.Equal(a.send("GET", list, "", token, "If-None-Match: W/"+alone).StatusCode, 304)
		added := send("POST", list, `{"email":"bob@example.com"}`, `W/`+strings.TrimSuffix(alone, `"`)+`-gzip"`)
		is.Equal(added.StatusCode, 201) // as a proxy gave the tag on
		bob := list + added.json(t)["id"].(string) + "/"
		is.Equal(tagOf(bob), added.Header.Get("ETag")) // of the new attendee
		both := tagOf(list)
		is.True(both != alone && both != tagOf(bob))

		problem(t, send("POST", list, `{"email":"carol@example.com"}`, alone), 412, "precondition_failed")
		problem(t, send("PUT", list, `{"attendees":[]}`, alone), 412, "precondition_failed")
		problem(t, send("PATCH", bob, `{"role":"administrator"}`, both), 412, "precondition_failed")
		problem(t, send("DELETE", bob, "", alone), 412, "precondition_failed")
		problem(t, send("GET", bob, "", alone), 412, "precondition_failed")
		problem(t, send("GET", list, "", alone), 412, "precondition_failed")
		is.Equal(tagOf(list), both) // nothing was overwritten
		is.Equal(send("POST", list, `{"email":"bob@example.com"}`, alone).StatusCode, 200)
		is.Equal(send("PUT", list, `{"attendees":[{"email":"bob@example.com"}]}`, alone).StatusCode, 200)
		is.Equal(send("PATCH", bob, `{"role":"member"}`, `"x"`).StatusCode, 200) // what is there is no change

		problem(t, a.send("PATCH", bob, `{"role":"administrator"}`, token, jsonType, "If-None-Match: *"), 412,
			"precondition_failed")
		changed := send("PATCH", bob, `{"role":"administrator"}`, tagOf(bob))
		is.Equal(changed.StatusCode, 200)
		is.Equal(changed.Header.Get("ETag"), tagOf(bob))
		is.Equal(send("GET", bob, "", "*").StatusCode, 200)
		replaced := send("PUT", list, `{"attendees":[{"email":"carol@example.com"}]}`, tagOf(list))
		is.Equal(replaced.Header.Get("ETag"), tagOf(list))
		problem(t, send("DELETE", bob, "", "*"), 404, "not_found") // other refusals come first
		carol := list + replaced.json(t)["results"].([]any)[1].(object)["id"].(string)
		is.Equal(send("DELETE", carol, "", tagOf(carol)).StatusCode, 204)
	})
}

func TestConditionsThatAreNotLookedAt(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t)
	token := a.token("alice@example.com")
	path, _ := a.roomWith("", token)
	for _, name := range []string{`If-Match: "x"`, "If-Match: ", "If-None-Match: *"} {
		problem(t, a.send("POST", "/rooms/", `{"external_id":"x"}`, token, jsonType, name), 412, "precondition_failed")
	}
	const date = "If-Unmodified-Since: Mon, 23 Nov 2099 10:00:00 GMT"
	problem(t, a.send("PATCH", path, `{"name":"x"}`, token, jsonType, date), 412, "precondition_failed")
	problem(t, a.send("GET", path+"invitation/", "", token, `If-Match: "x"`), 412, "precondition_failed")
	is.Equal(a.names("?external_id=x", token), nil)                                  // RFC 9110 §13.1.1: nothing was done
	problem(t, a.send("POST", "/rooms/", "", `If-Match: "x"`), 401, "missing_token") // who asks comes first
	is.Equal(a.send("POST", "/rooms/", `{}`, token, jsonType, "If-Match: *").StatusCode, 201)
	r := a.send("POST", "/application/token/", "grant_type=x", formType, `If-Match: "x"`)
	is.Equal(r.StatusCode, 412)
}

func TestAChangeThatWasMadeAlreadyIsAnsweredAgain(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		token := a.token("alice@example.com")
		path, first := a.roomWith(`{"name":"Budget"}`, token)
		send := func(body string) reply { return a.send("PATCH", path, body, token, jsonType, "If-Match: "+first) }
		made := send(`{"name":"New","metadata":{"a":"b"}}`)
		again := send(`{"name":"New","metadata":{"a":"b"}}`)
		is.Equal(again.StatusCode, 200) // its answer was lost
		is.Equal(again.body, made.body)
		is.Equal(again.Header.Get("ETag"), made.Header.Get("ETag"))
		problem(t, send(`{"name":"New","metadata":{"a":"c"}}`), 412, "precondition_failed") // another change
		problem(t, send(`{}`), 412, "precondition_failed")                                  // none
		is.Equal(a.call("PATCH", path, `{"name":"Later"}`, token).StatusCode, 200)
		problem(t, send(`{"name":"New","metadata":{"a":"b"}}`), 412, "precondition_failed") // nothing is overwritten
		is.Equal(a.call("GET", path, "", token).json(t)["name"], "Later")
	})
}
