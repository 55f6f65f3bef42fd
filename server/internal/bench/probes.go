//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/anteroom-go/anteroom/server/internal/bench/load"
)

// probe is an operation whose time is measured.
type probe struct {
	name string
	next func(n int) load.Request
}

// same is a probe that always sends one request.
func same(name string, request load.Request) probe {
	return probe{name, func(int) load.Request { return request }}
}

// probes returns the operations: those of the user with many rooms, in the application with many, and the statistics.
func (w *world) probes() ([]probe, error) {
	user, err := w.token(w.address(), api, 0, 0)
	if err != nil {
		return nil, err
	}
	program, err := w.token(w.address(), api, 0, -1)
	if err != nil {
		return nil, err
	}
	a := asking{host: w.address(), path: api, bearer: "Bearer " + user}
	a.ids, a.own = w.own()
	whole := a
	whole.bearer = "Bearer " + program
	deep, err := a.deep(len(a.ids) / 2)
	if err != nil {
		return nil, err
	}
	list := func(name, query string, contains ...string) probe {
		return same(name, a.request("GET", "/rooms/"+query, "", http.StatusOK, append(contains, `"results":[`)...))
	}
	middle, last := w.middle()
	year := fmt.Sprintf("/stats/rooms/?interval=month&from=%s&to=%s", w.plan.End.AddDate(-1, 0, 1).Format(time.DateOnly),
		w.plan.End.Format(time.DateOnly))
	return append([]probe{
		{"token", func(int) load.Request { return w.tokenRequest(a.host, api, 0, 0) }},
		{"retrieve", func(n int) load.Request {
			id := a.ids[n*31%len(a.ids)]
			return a.request("GET", "/rooms/"+id+"/", "", http.StatusOK, id)
		}},
		{"create", func(int) load.Request {
			return a.request("POST", "/rooms/", `{"name":"Budget"}`, http.StatusCreated, `"slug":"`)
		}},
		list("first page", "", `"count":`),
		same("deep cursor", deep),
		list("access_level", "?access_level=restricted"),
		list("created_after", "?created_after="+middle),
		list("created_before", "?created_before="+middle),
		list("updated_after", "?updated_after="+last),
	}, append(w.lookups(a), same("attendees", a.request("GET", "/rooms/"+a.ids[0]+"/attendees/", "", http.StatusOK)),
		same("statistics, application, a year", whole.request("GET", year, "", http.StatusOK, `"created":`)),
		same("statistics, user, a year", a.request("GET", year, "", http.StatusOK, `"created":`)))...), nil
}

// lookups returns the probes that name one room.
func (w *world) lookups(a asking) []probe {
	room := w.newest()
	body, _ := json.Marshal(map[string]string{"url": "https://meet.example.org/" + room.Slug}) // texts always can be
	return []probe{
		same("slug", a.request("GET", "/rooms/?slug="+room.Slug, "", http.StatusOK, room.ID)),
		same("external_id", a.request("GET", "/rooms/?external_id="+url.QueryEscape(room.ExternalID), "", http.StatusOK,
			room.ID)),
		same("look-up", a.request("POST", "/rooms/lookup/", string(body), http.StatusOK, room.ID)),
	}
}

// deep returns a request for the page of the list that comes after so many rooms, by the cursor that leads there.
func (a asking) deep(after int) (load.Request, error) {
	request := a.request("GET", "/rooms/?page_size=20", "", http.StatusOK, `"results":[{`)
	for range max(1, after/20) {
		body, err := load.Ask(a.host, request)
		if err != nil {
			return request, err
		}
		var page struct{ Next string }
		if err := json.Unmarshal(body, &page); err != nil {
			return request, err
		}
		next, err := url.Parse(page.Next)
		if err != nil || next.RawQuery == "" {
			return request, fmt.Errorf("a page of the list has no next one: %w", err)
		}
		request = a.request("GET", "/rooms/?"+next.RawQuery, "", http.StatusOK, `"results":[{`)
	}
	return request, nil
}

// middle returns the time in the middle of the plan, and one shortly before its end.
func (w *world) middle() (middle, last string) {
	first := w.plan.Room(0).CreatedAt
	at := first.Add(w.plan.End.Sub(first) / 2)
	return at.Format("2006-01-02T15:04:05Z"), w.plan.End.Add(-24 * time.Hour).Format("2006-01-02T15:04:05Z")
}

// filledRoom is what the look-ups need of a room.
type filledRoom struct{ ID, Slug, ExternalID string }

// newest returns the newest live room of the first user that has an external id.
func (w *world) newest() filledRoom {
	for i := w.plan.Rooms - 1; i >= 0; i-- {
		if r := w.plan.Room(i); r.User == 0 && r.Application == 0 && r.ExternalID != "" && !r.Deleted() {
			return filledRoom{r.ID, r.Slug, r.ExternalID}
		}
	}
	return filledRoom{ID: strings.Repeat("0", 32)} // a plan without one is answered by no room, which fails
}
