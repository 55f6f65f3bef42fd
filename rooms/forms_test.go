package rooms_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
)

// namesOf are texts that name a room: every form of its id and of its slug.
func namesOf(room rooms.Room) map[string]string {
	bare := strings.ReplaceAll(room.ID, "-", "")
	return map[string]string{
		"id": room.ID, "id in capitals": strings.ToUpper(room.ID), "id without hyphens": bare,
		"id without hyphens, in capitals": strings.ToUpper(bare), "URN": "urn:uuid:" + room.ID,
		"URN in capitals": strings.ToUpper("urn:uuid:" + room.ID), "id in braces": "{" + room.ID + "}",
		"slug": room.Slug, "slug in capitals": strings.ToUpper(room.Slug),
	}
}

// everyMethod calls each method on one room.
func everyMethod(t *testing.T, s *rooms.Service, caller rooms.Caller, name, attendee string) map[string]error {
	errs, ctx := map[string]error{}, t.Context()
	_, errs["Retrieve"] = s.Retrieve(ctx, caller, name)
	_, errs["Update"] = s.Update(ctx, caller, name, rooms.Change{Name: new("Updated")}, nil)
	_, errs["Attendees"] = s.Attendees(ctx, caller, name)
	_, errs["Attendee"] = s.Attendee(ctx, caller, name, attendee)
	_, _, errs["AddAttendee"] = s.AddAttendee(ctx, caller, name, rooms.Invitee{Address: "erin@example.com"})
	_, errs["ChangeAttendee"] = s.ChangeAttendee(ctx, caller, name, attendee, rooms.Administrator)
	errs["RemoveAttendee"] = s.RemoveAttendee(ctx, caller, name, attendee)
	_, errs["ReplaceAttendees"] = s.ReplaceAttendees(ctx, caller, name, rooms.Invitees{})
	errs["Delete"] = s.Delete(ctx, caller, name, nil)
	return errs
}

func TestNamesOfRooms(t *testing.T) {
	s := newService(t, rooms.Config{ParseAddress: parseAddress})
	for form := range namesOf(rooms.Room{}) {
		t.Run(form, func(t *testing.T) {
			is := is.New(t)
			room := staffed(t, s, rooms.Change{})
			bobs := attendees(t, s, room)[1].ID
			name := namesOf(room)[form]
			for method, err := range everyMethod(t, s, rooms.ForUser(crm, "alice"), name, bobs) {
				t.Log(method)
				is.True(errors.Is(err, rooms.ErrNotFound)) // another source's room is not there, however it is named
			}
			for method, err := range everyMethod(t, s, through(dave, calendar), name, bobs) {
				t.Log(method)
				is.True(errors.Is(err, rooms.ErrNotFound)) // neither is that of another user
			}
			for method, err := range everyMethod(t, s, alice, name, strings.ToUpper(strings.ReplaceAll(bobs, "-", ""))) {
				t.Log(method)
				is.NoErr(err) // an id or a slug in any of its forms names the room
			}
			_, err := s.Retrieve(t.Context(), alice, name)
			is.True(errors.Is(err, rooms.ErrNotFound)) // and after its end nothing
			_, err = s.Retrieve(t.Context(), rooms.Caller{}, name)
			is.True(errors.Is(err, rooms.ErrCaller)) // who asks comes first
		})
	}
}

func TestTextsThatNameNoRoom(t *testing.T) {
	s := newService(t, rooms.Config{ParseAddress: parseAddress})
	room := staffed(t, s, rooms.Change{})
	for _, name := range []string{
		"", "x", room.ID[:35], room.ID + "0", "(" + room.ID + ")", "{" + room.ID, room.ID + "}", "{" + room.ID + ")",
		"{urn:uuid:" + room.ID + "}", "urn:oid:" + room.ID, " " + room.ID, room.ID + "\n", room.ID[:35] + "\x00",
		room.ID[:8] + room.ID[9:], strings.ReplaceAll(room.ID, "-", "_"),
		room.Slug[:11], room.Slug + "a", " " + room.Slug, room.Slug + "\x00", strings.Replace(room.Slug, "-", "", 1),
		strings.ReplaceAll(room.Slug, "-", " "), "https://meet.example.org/" + room.Slug, "aaa-aaaa-aaa", "%",
		room.Name + "%",
	} {
		for method, err := range everyMethod(t, s, alice, name, "x") {
			if !errors.Is(err, rooms.ErrNotFound) {
				t.Errorf("%s of %q: %v", method, name, err)
			}
		}
	}
}

func TestFormsOfSlugsAndIDsInLists(t *testing.T) {
	is := is.New(t)
	s := newService(t, rooms.Config{ParseAddress: parseAddress})
	first, second := made(t, s, alice, rooms.Change{}), made(t, s, alice, rooms.Change{})
	for _, slug := range []string{second.Slug, strings.ToUpper(second.Slug)} {
		page, err := s.List(t.Context(), alice, rooms.ListOptions{Filter: rooms.Filter{Slug: slug}})
		is.NoErr(err)
		is.Equal(page.Rooms, []rooms.Room{second}) // a slug is one in either case
		admission, err := s.Admit(t.Context(), slug, rooms.Visitor{UserID: "alice"})
		is.NoErr(err)
		is.Equal(admission.Room.ID, second.ID) // at the door as well
	}
	for form, name := range namesOf(second) {
		if strings.HasPrefix(form, "slug") {
			continue
		}
		page, err := s.List(t.Context(), alice, rooms.ListOptions{After: name})
		is.NoErr(err)
		is.Equal(page.Rooms, []rooms.Room{first}) // what comes after an id does not depend on its form
	}
}

func TestVisibleNames(t *testing.T) {
	s := newService(t, rooms.Config{})
	tests := map[string][]string{
		"visible": {"a", " a", "\u200ba\u200b", "é", "e\u0301", "会議", "회의", "اجتماع", "בּ", "ไทย", "📅", "👩‍💻", "❤️",
			"🏴\U000e0067\U000e0062\U000e007f",
			"1️⃣", "…", "-", "0", "🇫🇷", "\U0001fae9", "\ue000", "ㅤa", "क्ष"},
		"not visible": {" ", "\u00a0", "\u2003", "\u3000", "\u1680", "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff",
			"\u00ad",
			"\u061c", "\u180e", "\u200e", "\u202e", "\u2066", "\u2063", "\u206f", "\u3164", "\uffa0", "\u115f", "\u1160",
			"\u17b4",
			"\ufe0f", "\ufe00", "\u180b", "\U000e0100", "\U000e0001", "\U000e0041", "\U000e007f", "\u034f", "\u0301",
			"\u0301\u0301",
			"\u20dd", "\u0903", "\u2800", "\U0001d159", "\U0001d173", "\U00013441", "\U000e0fff", "\ufff0", "\ufff9", "\ufdd0",
			" \u200b\u3164\u00ad\u0301\ufe0f ", "\u200d\ufe0f"},
	}
	for kind, names := range tests {
		for _, name := range names {
			_, _, err := s.Create(t.Context(), alice, rooms.Change{Name: &name})
			if visible := err == nil; visible != (kind == "visible") {
				t.Errorf("%+q is not %s", name, kind)
			}
			if err != nil {
				is.New(t).Equal(faults(err), []string{"name blank"}) // readers would see a room without a name
			}
		}
	}
}

func TestTheAccessLevelOfARoomIsNotReset(t *testing.T) {
	s := newService(t, rooms.Config{})
	null := rooms.ParseChange(object(t, `{"access_level":null}`))
	merged := null
	merged.Merge = true
	for name, change := range map[string]rooms.Change{
		"null": null, "null, merged": merged, "a zero value": {AccessLevel: new(rooms.AccessLevel(""))},
	} {
		for _, level := range []rooms.AccessLevel{rooms.Restricted, rooms.Trusted} {
			t.Run(name+"/"+string(level), func(t *testing.T) {
				is := is.New(t)
				room := made(t, s, alice, rooms.Change{AccessLevel: &level})
				for range 2 { // the change is not spent
					_, err := s.Update(t.Context(), alice, room.ID, change, nil)
					is.Equal(faults(err), []string{"access_level invalid_choice"}) // which would open a restricted room
					unchanged(t, s, room)
				}
				is.Equal(made(t, s, alice, change).AccessLevel, rooms.Trusted) // a new room has the default
			})
		}
	}
}
