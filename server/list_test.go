package server_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/scopes"
)

// names lists the names of the rooms that a query shows.
func (a *api) names(query, token string) (names []string) {
	a.Helper()
	r := a.call("GET", "/rooms/"+query, "", token)
	is.New(a.T).Equal(r.StatusCode, 200)
	for _, room := range r.json(a.T)["results"].([]any) {
		names = append(names, room.(object)["name"].(string))
	}
	return names
}

func TestFilters(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		token := a.token("alice@example.com")
		one := a.create(`{"name":"one","external_id":"uid 1&?=","access_level":"restricted"}`, token)
		two := a.create(`{"name":"two","external_id":"uid-2"}`, token)
		three := a.create(`{"name":"three"}`, token)
		a.create(`{"name":"bob's","external_id":"uid-3"}`, a.token("bob@example.com"))
		is.New(t).Equal(a.call("PATCH", "/rooms/"+one["id"].(string), `{"metadata":{"k":"v"}}`, token).StatusCode, 200)
		at := func(room object, name string) string { return url.QueryEscape(room[name].(string)) }
		tests := map[string]struct {
			query string
			want  []string
		}{
			"slug":                 {"?slug=" + two["slug"].(string), []string{"two"}},
			"external id":          {"?external_id=" + url.QueryEscape("uid 1&?="), []string{"one"}},
			"several external ids": {"?external_id=uid-2&external_id=x&external_id=uid+1%26%3F%3D", []string{"two", "one"}},
			"another user's":       {"?external_id=uid-3", nil},
			"access level":         {"?access_level=trusted", []string{"three", "two"}},
			"created after":        {"?created_after=" + at(two, "created_at"), []string{"three"}},
			"created before":       {"?created_before=" + at(two, "created_at"), []string{"one"}},
			"updated after":        {"?updated_after=" + at(three, "updated_at"), []string{"one"}},
			"the oldest first":     {"?order=created_at", []string{"one", "two", "three"}},
			"the newest first":     {"?order=-created_at", []string{"three", "two", "one"}},
			"two at once": {"?access_level=trusted&order=created_at&created_before=" + at(three, "created_at"),
				[]string{"two"}},
			"another zone": {"?created_after=2000-01-01T00:00:00%2B14:00&page_size=1", []string{"three"}},
			"a plus sign that was not encoded": {"?created_after=2000-01-01T00:00:00+14:00&page_size=1",
				[]string{"three"}},
		}
		for name, test := range tests {
			t.Run(name, func(t *testing.T) { is.New(t).Equal(a.names(test.query, token), test.want) })
		}
	})
}

func TestFiltersThatAreNone(t *testing.T) {
	a := onSQLite(t)
	token := a.token("alice@example.com")
	for query, want := range map[string]string{
		"?slug=":                                    "slug blank",
		"?slug=Ab.c":                                "slug invalid_characters",
		"?slug=aaa-aaaa-aaa&slug=bbb-bbbb-bbb":      "slug duplicate",
		"?order=name":                               "order invalid_choice",
		"?access_level=open":                        "access_level invalid_choice",
		"?access_level=":                            "access_level blank",
		"?created_after=yesterday":                  "created_after invalid_time",
		"?created_before=2026-01-01":                "created_before invalid_time",
		"?external_id=%00":                          "external_id invalid_characters",
		"?external_id=x&external_id=":               "external_id blank",
		"?external_id=" + strings.Repeat("x", 256):  "external_id too_long",
		"?" + strings.Repeat("external_id=x&", 101): "external_id too_many",
		"?cursor=x":                                 "cursor invalid_cursor",
		"?cursor=":                                  "cursor blank",
		"?cursor=x&page=1":                          "cursor invalid_cursor, page invalid_choice",
		"?page=0":                                   "page invalid_number",
		"?page_size=-1":                             "page_size invalid_number",
		"?owner=bob":                                "owner unknown_field",
		"?Page=1":                                   "Page unknown_field",

		"?x=1&page=0&order=x&slug=.&created_after=x": "created_after invalid_time, order invalid_choice, " +
			"page invalid_number, slug invalid_characters, x unknown_field",
		"?access_level=open&page_size=0&access_level=": "access_level blank, access_level duplicate, " +
			"access_level invalid_choice, page_size invalid_number",
	} {
		t.Run(query[:min(len(query), 40)], func(t *testing.T) {
			var faults []string
			for _, one := range problem(t, a.call("GET", "/rooms/"+query, "", token), 400, "invalid_input")["errors"].([]any) {
				faults = append(faults, fmt.Sprint(one.(object)["field"], " ", one.(object)["code"]))
			}
			is.New(t).Equal(strings.Join(faults, ", "), want) // names every faulty parameter
		})
	}
	problem(t, a.call("GET", "/rooms/?page=%zz", "", token), 400, "invalid_request")
	problem(t, a.call("GET", "/rooms/?page=1;page_size=1", "", token), 400, "invalid_request")
}

func TestTheLongestQuery(t *testing.T) {
	a := onSQLite(t)
	token := a.token("alice@example.com")
	query := strings.Repeat("external_id="+strings.Repeat("x", 255)+"&", 100)
	is.New(t).Equal(a.call("GET", "/rooms/?"+query, "", token).StatusCode, 200) // what is documented fits
}

// nextLink returns the target of the Link to the next page, below the base path.
func nextLink(r reply) string {
	link, _ := strings.CutPrefix(r.Header.Get("Link"), "<"+apiURL)
	link, _ = strings.CutSuffix(link, `>; rel="next"`)
	return link
}

func TestCursors(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		token := a.token("alice@example.com")
		for i := range 7 {
			a.create(fmt.Sprintf(`{"name":"%d"}`, i), token)
		}
		for order, want := range map[string]string{"": "6543210", "&order=created_at": "0123456"} {
			walked, path := "", "/rooms/?page_size=3"+order
			for path != "" {
				r := a.call("GET", path, "", token)
				is.Equal(r.StatusCode, 200)
				list := r.json(t)
				is.Equal(list["count"], 7.0) // on every page
				for _, room := range list["results"].([]any) {
					walked += room.(object)["name"].(string)
				}
				if strings.Contains(path, "cursor=") {
					is.Equal(list["previous"], nil)
					is.True(list["next"] == nil || list["next"] == apiURL+nextLink(r)) // the body leads on as the header does
				}
				path = nextLink(r)
			}
			is.Equal(walked, want) // all of them, once, in order
		}
	})
}

func TestCursorsAreBound(t *testing.T) {
	a := onSQLite(t)
	token := a.token("alice@example.com")
	crm, secret := a.register(delegation.Application{Name: "CRM", Scopes: scopes.All(),
		Policy: delegation.Policy{Any: true}, Reach: delegation.ReachUser})
	for range 3 {
		a.create("", token)
	}
	link := nextLink(a.call("GET", "/rooms/?page_size=1&access_level=trusted", "", token))
	u, err := url.Parse(link)
	is.New(t).NoErr(err)
	cursor := u.Query().Get("cursor")
	is.New(t).Equal(a.call("GET", "/rooms/?page_size=2&access_level=trusted&cursor="+cursor, "", // a page may be longer
		token).StatusCode, 200)
	reversed := []byte(cursor)
	slices.Reverse(reversed)
	for name, try := range map[string]struct{ query, token string }{
		"another user":        {"?access_level=trusted&cursor=" + cursor, a.token("bob@example.com")},
		"another application": {"?access_level=trusted&cursor=" + cursor, a.tokenOf(crm, secret, "alice@example.com")},
		"another filter":      {"?access_level=restricted&cursor=" + cursor, token},
		"no filter":           {"?cursor=" + cursor, token},
		"another order":       {"?access_level=trusted&order=created_at&cursor=" + cursor, token},
		"a shorter one":       {"?access_level=trusted&cursor=" + cursor[1:], token},
		"a longer one":        {"?access_level=trusted&cursor=" + cursor + "AA", token},
		"reversed":            {"?access_level=trusted&cursor=" + string(reversed), token},
		"a room's id":         {"?access_level=trusted&cursor=" + exampleID, token},
	} {
		t.Run(name, func(t *testing.T) {
			fault := problem(t, a.call("GET", "/rooms/"+try.query, "", try.token), 400,
				"invalid_input")["errors"].([]any)[0].(object)
			is.New(t).Equal(fault["code"], "invalid_cursor") // for this caller and this list alone
		})
	}
}

func TestLookup(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		token := a.token("alice@example.com")
		room := a.create("", token)
		slug := room["slug"].(string)
		look := func(link, token string) reply { return a.call("POST", "/rooms/lookup/", `{"url":"`+link+`"}`, token) }
		for _, link := range []string{
			publicURL + "/" + slug, publicURL + "/" + slug + "/", publicURL + "/" + slug +
				"?from=mail#now", "HTTPS://MEET.example.org/" + slug, publicURL + "/" + strings.ToUpper(slug), publicURL + ":443/" +
				slug,
		} {
			r := look(link, token)
			is.Equal(r.StatusCode, 200)
			is.Equal(r.json(t), room) // found by what people hold
			is.True(r.Header.Get("ETag") != "")
		}
		for _, link := range []string{
			"https://evil.example/" + slug, "http://meet.example.org/" + slug, publicURL + "/x/" + slug, publicURL +
				"/", publicURL + "/aaa-aaaa-aaa", publicURL + "/" + slug + "x",
			"https://meet.example.org.evil.example/" + slug, "https://meet.example.org@evil.example/" + slug,
			publicURL + ":8443/" + slug, publicURL + ":80/" + slug,
		} {
			problem(t, look(link, token), 404, "not_found") // links of others, and of no room
		}
		problem(t, look(publicURL+"/"+slug, a.token("bob@example.com")), 404, "not_found") // nor another user's room
		for body, code := range map[string]string{
			`{}`: "required", `{"url":null}`: "required", `{"url":1}`: "invalid_type", `{"url":""}`: "invalid_url",
			`{"url":"aaa-aaaa-aaa"}`: "invalid_url", `{"url":"https://x/","name":1}`: "unknown_field",
		} {
			fault := problem(t, a.call("POST", "/rooms/lookup", body, token), 400, "invalid_input")["errors"].([]any)[0].(object)
			is.Equal(fault["code"], code) // what is no link
		}
		r := a.call("GET", "/rooms/lookup/", "", token)
		problem(t, r, 405, "method_not_allowed") // lookup is no room
		is.Equal(r.Header.Get("Allow"), "POST")
		r = a.call("POST", "/rooms/"+room["id"].(string)+"/", "{}", token)
		problem(t, r, 405, "method_not_allowed")
		is.Equal(r.Header.Get("Allow"), "DELETE, GET, HEAD, PATCH")
	})
}

// TestListsWithoutGaps reads a list by next while rooms are created and deleted.
func TestListsWithoutGaps(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		token := a.token("alice@example.com")
		stays, goes, seen := map[string]bool{}, []string{}, map[string]int{}
		for i := range 20 {
			id := a.create("", token)["id"].(string)
			if stays[id] = i%4 != 0; !stays[id] {
				goes = append(goes, id)
			}
		}
		for next := any(apiURL + "/rooms/?page_size=3&order=-created_at"); next != nil; {
			list := a.call("GET", strings.TrimPrefix(next.(string), apiURL), "", token).json(t)
			for _, room := range list["results"].([]any) {
				seen[room.(object)["id"].(string)]++
			}
			next = list["next"]
			a.create("", token)
			if len(goes) > 0 {
				is.Equal(a.call("DELETE", "/rooms/"+goes[0]+"/", "", token).StatusCode, 204)
				goes = goes[1:]
			}
		}
		for id, stay := range stays {
			is.True(seen[id] == 1 || !stay && seen[id] == 0) // what stays comes once
		}
		first := a.call("GET", "/rooms/?page=1&page_size=3", "", token)
		is.Equal(first.json(t)["next"], apiURL+"/rooms/?page=2&page_size=3") // numbers for who asks for them
		is.True(strings.Contains(nextLink(first), "cursor="))
	}, unlimited)
}
