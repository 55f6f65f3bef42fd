// Package google is the face of Google Meet's API (v2): it translates requests for spaces, members and conference
// records into those for rooms and attendees, and the answers back. It has no rules of its own: those of rooms count.
package google

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/anteroom-go/anteroom/delegation/rates"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server/internal/answers"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// Below is the path of the face below the public URL.
const Below = "/google"

// Method is one method of the API, under the guards that its caller has to pass.
type Method struct {
	// Pattern is its path, as http.ServeMux has them.
	Pattern string
	// Scope is the action that it needs, Class how it is counted, and Costly whether only so many of one application
	// are answered at once.
	Scope  scopes.Scope
	Class  rates.Class
	Costly bool

	http   string
	answer handler
	params map[string]string
}

// handler answers a call with a value that is sent as JSON.
type handler func(ctx context.Context, c *call) (any, error)

// on returns a method.
func on(method, pattern string, scope scopes.Scope, class rates.Class, answer handler) Method {
	return Method{Pattern: pattern, Scope: scope, Class: class, http: method, answer: answer}
}

// methods returns every method of the discovery document.
func (f *Face) methods() []Method {
	const get, post, patch, del = http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete
	const space, members, member = "spaces/{space}", "spaces/{space}/members", "spaces/{space}/members/{member}"
	return append(f.recordMethods(),
		on(post, "spaces", scopes.RoomsCreate, rates.Creates, f.create),
		on(get, space, scopes.RoomsRetrieve, rates.Reads, f.get),
		on(patch, space, scopes.RoomsUpdate, rates.Writes, f.patch),
		on(post, space+":endActiveConference", scopes.RoomsUpdate, rates.Writes, f.end),
		on(get, members, scopes.RoomsAttendees, rates.Reads, f.listMembers).expensive(),
		on(post, members, scopes.RoomsAttendees, rates.Writes, f.createMember),
		on(post, members+":batchUpdate", scopes.RoomsAttendees, rates.Writes, f.updateMembers).expensive(),
		on(get, member, scopes.RoomsAttendees, rates.Reads, f.getMember),
		on(patch, member, scopes.RoomsAttendees, rates.Writes, f.patchMember),
		on(del, member, scopes.RoomsAttendees, rates.Writes, f.deleteMember),
	)
}

// recordMethods returns the methods of conference records.
func (f *Face) recordMethods() []Method {
	const get, record = http.MethodGet, "conferenceRecords/{record}"
	list := []Method{
		on(get, "conferenceRecords", scopes.RoomsRetrieve, rates.Reads, f.listRecords).expensive(),
		on(get, record, scopes.RoomsRetrieve, rates.Reads, f.getRecord),
	}
	for _, part := range []string{"participants", "participants/{parent}/participantSessions", "recordings", "smartNotes",
		"transcripts", "transcripts/{parent}/entries"} {
		list = append(list, on(get, record+"/"+part, scopes.RoomsRetrieve, rates.Reads, f.listParts),
			on(get, record+"/"+part+"/{part}", scopes.RoomsRetrieve, rates.Reads, f.getPart))
	}
	return list
}

// expensive returns the method as one that costs more than others.
func (m Method) expensive() Method {
	m.Costly = true
	return m
}

// Find returns the method that a request calls, whatever its path has before the version. Clients that cannot send
// a method of HTTP name it in a header field.
func (f *Face) Find(r *http.Request) (Method, error) {
	resource, ok := resourceOf(r.URL.Path)
	if !ok {
		return Method{}, answers.ErrNoRoute
	}
	verb := r.Method
	if override := r.Header.Get("X-HTTP-Method-Override"); override != "" && verb == http.MethodPost {
		verb = strings.ToUpper(override)
	}
	for _, method := range f.all {
		if params, fits := match(method.Pattern, resource); fits && method.http == verb {
			method.Pattern, method.params = Below+"/v2/"+method.Pattern, params
			return method, nil
		}
	}
	return Method{}, answers.ErrNoRoute
}

// Owns reports whether a path is below that of the face, which is below a prefix, or is that of a resource at the root
// of the host: some client libraries take a host and no path.
func Owns(path, prefix string) bool {
	below, found := strings.CutPrefix(path, prefix+Below)
	if found && (below == "" || below[0] == '/') {
		return true
	}
	segments := segmentsOf(path)
	return len(segments) > 1 && isVersion(segments[0]) && isCollection(segments[1])
}

// resourceOf returns the path behind the version.
func resourceOf(path string) (resource []string, ok bool) {
	segments := segmentsOf(path)
	for i := len(segments) - 2; i >= 0; i-- {
		if isVersion(segments[i]) && isCollection(segments[i+1]) {
			return segments[i+1:], true
		}
	}
	return nil, false
}

func segmentsOf(path string) []string {
	return slices.DeleteFunc(strings.Split(path, "/"), func(segment string) bool { return segment == "" })
}

func isVersion(segment string) bool { return segment == "v2" || segment == "v2beta" }

func isCollection(segment string) bool { return segment == "spaces" || segment == "conferenceRecords" }

// match returns the parameters of a path that fits a pattern.
func match(pattern string, resource []string) (params map[string]string, fits bool) {
	segments := strings.Split(pattern, "/")
	if len(segments) != len(resource) {
		return nil, false
	}
	params = map[string]string{}
	for i, segment := range segments {
		want, verb, _ := strings.Cut(segment, ":")
		got, called, _ := strings.Cut(resource[i], ":")
		name, open := strings.CutPrefix(want, "{")
		if called != verb || !open && got != want || got == "" {
			return nil, false
		}
		if open {
			params[strings.TrimSuffix(name, "}")] = got
		}
	}
	return params, true
}

// Answer answers a request of a caller by the method.
func (m Method) Answer(r *http.Request, caller rooms.Caller, body wire.Body) (wire.Reply, error) {
	c, err := newCall(r, m, caller, body)
	if err != nil {
		return wire.Reply{}, err
	}
	value, err := m.answer(r.Context(), c)
	if err != nil {
		return wire.Reply{}, err
	}
	return c.reply(value)
}
