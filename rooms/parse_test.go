package rooms_test

import (
	"errors"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
)

func TestObjectsOfRooms(t *testing.T) {
	tests := map[string]struct {
		object string
		want   []string
	}{
		"everything": {`{"name":"x","access_level":"restricted","configuration":{},"external_id":"e","metadata":{},
			"expires_at":"2099-01-01T00:00:00Z"}`, nil},
		"what only the service sets": {`{"id":1,"slug":[],"url":{},"telephony":null,
			"source":"x","created_at":0,"updated_at":false}`, nil},
		"nulls": {`{"name":null,"configuration":null,
			"external_id":null,"metadata":null,"expires_at":null}`, nil},
		"unknown fields": {`{"owner":"x","Name":"y"}`, []string{"Name unknown_field", "owner unknown_field"}},
		"numbers": {`{"name":1,"access_level":2,"external_id":3,"expires_at":4}`,
			[]string{"access_level invalid_type", "expires_at invalid_type", "external_id invalid_type", "name invalid_type"}},
		"lists": {`{"name":[],"configuration":[],"metadata":[]}`,
			[]string{"configuration invalid_type", "metadata invalid_type", "name invalid_type"}},
		"an empty level": {`{"access_level":""}`, []string{"access_level blank"}},
		"an empty name":  {`{"name":""}`, nil},
		"no time":        {`{"expires_at":""}`, []string{"expires_at invalid_time"}},
		"a date":         {`{"expires_at":"2099-01-01"}`, []string{"expires_at invalid_time"}},
		"the zero time":  {`{"expires_at":"0001-01-01T00:00:00Z"}`, []string{"expires_at invalid_time"}},
		"the past":       {`{"expires_at":"2020-01-01T00:00:00Z"}`, []string{"expires_at not_in_future"}},
		"faults of both kinds": {`{"name":" ","access_level":1,"external_id":"\u0000","x":1,
			"metadata":{"a":1},"configuration":{"b":2,"everyone_can_mute":3},"expires_at":"x"}`,
			[]string{"access_level invalid_type", "configuration.b unknown_field",
				"configuration.everyone_can_mute invalid_type", "expires_at invalid_time",
				"external_id invalid_characters", "metadata.a invalid_type", "name blank", "x unknown_field"}},
	}
	s := newService(t, rooms.Config{})
	room := made(t, s, alice, rooms.Change{})
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			change := rooms.ParseChange(object(t, test.object))
			_, _, err := s.Create(t.Context(), program, change)
			is.Equal(faults(err), test.want) // every fault in one pass
			_, again := s.Update(t.Context(), alice, room.ID, change, nil)
			is.Equal(faults(again), test.want) // and the same ones the second time
			is.Equal(err == nil, test.want == nil)
		})
	}
}

func TestObjectsOfAttendees(t *testing.T) {
	tests := map[string]struct {
		object string
		want   []string
	}{
		"an address":            {`{"email":"x@example.com"}`, nil},
		"with a role":           {`{"email":"x@example.com","role":"administrator"}`, nil},
		"with what only we set": {`{"email":"x@example.com","id":1,"created_at":[]}`, nil},
		"a null role":           {`{"email":"x@example.com","role":null}`, nil},
		"nothing":               {`{}`, []string{"email required"}},
		"a null address":        {`{"email":null}`, []string{"email required"}},
		"a number":              {`{"email":1}`, []string{"email invalid_type"}},
		"an empty address":      {`{"email":""}`, []string{"email invalid_address"}},
		"an empty role":         {`{"email":"x@example.com","role":""}`, []string{"role blank"}},
		"an unknown role":       {`{"email":"x@example.com","role":"king"}`, []string{"role invalid_choice"}},
		"a list for a role":     {`{"email":"x@example.com","role":[]}`, []string{"role invalid_type"}},
		"an unknown field":      {`{"email":"x@example.com","user_id":"1"}`, []string{"user_id unknown_field"}},
		"every fault": {`{"email":"x","role":"king","user_id":"1"}`,
			[]string{"email invalid_address", "role invalid_choice", "user_id unknown_field"}},
		"the owner's role": {`{"email":"x@example.com","role":"owner"}`, []string{"role invalid_choice"}},
		"the owner's role, faulty": {`{"email":"x@example.com","role":"owner","x":1}`,
			[]string{"role invalid_choice", "x unknown_field"}},
		"the owner": {`{"email":"alice@example.com","role":"owner"}`, nil},
	}
	s := newService(t, rooms.Config{})
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			room := made(t, s, alice, rooms.Change{})
			_, _, err := s.AddAttendee(t.Context(), alice, room.ID, rooms.ParseInvitee(object(t, test.object)))
			is.Equal(faults(err), test.want) // every fault in one pass
			is.Equal(err == nil, test.want == nil)
		})
	}
}

func TestObjectsOfSets(t *testing.T) {
	tests := map[string]struct {
		object string
		want   []string
	}{
		"an empty set": {`{"attendees":[]}`, nil},
		"a set": {`{"attendees":[{"email":"x@example.com"},
			{"email":"y@example.com","role":"administrator","id":"1"}]}`, nil},
		"nothing":           {`{}`, []string{"attendees required"}},
		"null":              {`{"attendees":null}`, []string{"attendees required"}},
		"an object":         {`{"attendees":{}}`, []string{"attendees invalid_type"}},
		"a text in it":      {`{"attendees":["x@example.com"]}`, []string{"attendees.0 invalid_type"}},
		"a field beside it": {`{"attendees":[],"results":[]}`, []string{"results unknown_field"}},
		"an address twice": {`{"attendees":[{"email":"a@example.com"},1,{"email":"A@EXAMPLE.com"}]}`,
			[]string{"attendees.1 invalid_type", "attendees.2.email duplicate"}},
		"two empty ones": {`{"attendees":[{},{}]}`,
			[]string{"attendees.0.email required", "attendees.1.email required"}},
		"an owner who is not": {`{"attendees":[{"email":"a@example.com","role":"owner"},{"email":"b"}]}`,
			[]string{"attendees.0.role invalid_choice", "attendees.1.email invalid_address"}},
		"every fault": {`{"x":1,"attendees":[{"email":"a","role":""},{"email":"b@example.com","role":"king","y":1},2]}`,
			[]string{"attendees.0.email invalid_address", "attendees.0.role blank", "attendees.1.role invalid_choice",
				"attendees.1.y unknown_field", "attendees.2 invalid_type", "x unknown_field"}},
	}
	s := newService(t, rooms.Config{})
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			room := made(t, s, alice, rooms.Change{})
			set := rooms.ParseInvitees(object(t, test.object))
			_, err := s.ReplaceAttendees(t.Context(), alice, room.ID, set)
			is.Equal(faults(err), test.want) // every fault in one pass
			is.Equal(err == nil, test.want == nil)
			_, err = s.ReplaceAttendees(t.Context(), alice, lastID, set)
			is.Equal(errors.Is(err, rooms.ErrNotFound), test.want == nil) // before the room is looked for
		})
	}
}

func TestObjectsOfRoles(t *testing.T) {
	tests := map[string]struct {
		object string
		role   rooms.Role
		want   []string
	}{
		"a role":                {`{"role":"administrator"}`, rooms.Administrator, nil},
		"with what only we set": {`{"role":"member","id":1,"email":2,"created_at":3}`, rooms.Member, nil},
		"nothing":               {`{}`, "", []string{"role required"}},
		"null":                  {`{"role":null}`, "", []string{"role required"}},
		"an empty one":          {`{"role":""}`, "", []string{"role blank"}},
		"a list":                {`{"role":[]}`, "", []string{"role invalid_type"}},
		"an unknown one":        {`{"role":"king"}`, "", []string{"role invalid_choice"}},
		"the owner's":           {`{"role":"owner","x":1}`, "", []string{"role invalid_choice", "x unknown_field"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			role, err := rooms.ParseRole(object(t, test.object))
			is.Equal(faults(err), test.want)
			is.Equal(role, test.role) // and no role with a fault
		})
	}
}
