package roomstest

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
)

// The sources of the suite.
var (
	calendar = rooms.Source{Kind: "application", ID: "app_calendar", Name: "Calendar"}
	crm      = rooms.Source{Kind: "application", ID: "app_crm", Name: "CRM"}
)

// The addresses of the suite.
const (
	alicesAddress, bobsAddress = "alice@example.com", "bob@example.com"
	bobsSecond, carolsAddress  = "bob@example.org", "carol@example.com"
)

// at is when the rooms of the suite were made.
var at = time.Date(2026, 11, 23, 10, 0, 0, 123456000, time.UTC)

// Store checks an implementation of [rooms.Store] against its contract. Open
// returns empty stores for each rule, of which only Rooms is needed.
func Store(t *testing.T, open func(t *testing.T) rooms.Stores) { Host{}.Store(t, open) }

// Store is the suite of this name, with the host's ids.
func (h Host) Store(t *testing.T, open func(t *testing.T) rooms.Stores) {
	rules := map[string]func(t *testing.T, store rooms.Store){
		"a room is found as it was inserted":              h.roomIsFound,
		"a room without the optional values":              h.bareRoomIsFound,
		"ids are unique":                                  h.idIsUnique,
		"slugs are unique":                                h.slugIsUnique,
		"PINs are unique":                                 h.pinIsUnique,
		"external ids are unique for a source":            h.externalIDIsUnique,
		"what is refused leaves no trace":                 h.refusalLeavesNoTrace,
		"an owner has a user":                             h.ownerHasUser,
		"a view that is not valid is refused":             h.invalidViews,
		"a view shows rooms of its source and its user":   h.viewsAreKept,
		"a view of all sources shows rooms of its user":   h.allSourcesAreOfUser,
		"a view of a program shows rooms of its source":   h.programView,
		"lists are ordered, cut and counted":              h.listsAreCut,
		"a list goes on after a room, either way":         h.listsGoOn,
		"filters leave rooms out":                         h.filtersNarrow,
		"filters do not widen a view":                     h.filtersKeepViews,
		"an update changes what changes and nothing else": h.updateChanges,
		"an update of another version is a conflict":      h.updateConflicts,
		"an update to a taken external id is refused":     h.updateToTakenID,
		"an update of an invisible room is a conflict":    h.updateInvisible,
		"a deleted room is gone":                          h.deletedIsGone,
		"a deleted room keeps its codes, frees its id":    h.deletedKeepsCodes,
		"a deletion of another version is a conflict":     h.deleteConflicts,
		"a deletion of an invisible room is a conflict":   h.deleteInvisible,
		"ids of no room find nothing":                     h.unknownIDs,
		"a spent context is an error":                     h.spentContext,
	}
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) { rule(t, open(t).Rooms) })
	}
	through := map[string]func(t *testing.T, stores rooms.Stores){
		"concurrent creation through a service":            h.concurrentCreation,
		"concurrent updates through a service":             h.concurrentUpdates,
		"concurrent update and deletion through a service": h.updateAgainstDelete,
		"concurrent use of one external id":                h.concurrentExternalID,
	}
	for name, rule := range through {
		t.Run(name, func(t *testing.T) { rule(t, open(t)) })
	}
}

// sample is a complete room of the source, different every time.
func (h Host) sample(source rooms.Source) rooms.Room {
	id := h.newID()
	letters := drawn("abcdefghijklmnopqrstuvwxyz", 10)
	return rooms.Room{
		ID: id, Slug: letters[:3] + "-" + letters[3:7] + "-" + letters[7:], PIN: drawn("0123456789",
			10), ExternalID: "uid-" + id,
		Name: "Büdget ☎ 'quoted' \"%_\\ ? ?0 $1 :x {} -- /*", AccessLevel: rooms.Restricted,
		Configuration: map[string]any{"can_publish_sources": []any{"camera"}, "everyone_can_mute": nil},
		Source:        source, Metadata: map[string]string{"key": "välue ' ?\n"}, ExpiresAt: at.Add(time.Hour),
		CreatedAt: at, UpdatedAt: at, Version: 1,
	}
}

// drawn returns random characters of the alphabet.
func drawn(alphabet string, length int) string {
	text := make([]byte, length)
	for i := range text {
		text[i] = alphabet[rand.IntN(len(alphabet))]
	}
	return string(text)
}

// ownerID is the id of an owner as an attendee.
const ownerID = "0199d9f6-5c1e-7d2a-9a53-1d2f3b4c5d6e"

// owner is a user as the owner of a room; nil if there is none.
func owner(user string) *rooms.Attendee {
	if user == "" {
		return nil
	}
	return &rooms.Attendee{ID: ownerID, UserID: user, Role: rooms.Owner, CreatedAt: at}
}

// view is that of a user with addresses through a source; without a user, that of
// the source's program.
func view(user string, source rooms.Source, addresses ...string) rooms.View {
	return rooms.View{UserID: user, Addresses: addresses, Program: user == "", SourceKind: source.Kind,
		SourceID: source.ID}
}

// everywhere is the view of a user's rooms of all sources.
func everywhere(user string, addresses ...string) rooms.View {
	return rooms.View{UserID: user, Addresses: addresses, AllSources: true}
}

// insert keeps a sample room of the source, owned by the user.
func (h Host) insert(t *testing.T, store rooms.Store, source rooms.Source, user string) rooms.Room {
	t.Helper()
	room := h.sample(source)
	is.New(t).NoErr(store.Insert(t.Context(), room, owner(user)))
	return room
}

// same asserts that two rooms are equal in every field.
func same(t *testing.T, got, want rooms.Room) {
	t.Helper()
	is := is.New(t)
	is.True(got.CreatedAt.Equal(want.CreatedAt) && got.UpdatedAt.Equal(want.UpdatedAt) && // to the microsecond
		got.ExpiresAt.Equal(want.ExpiresAt))
	got.CreatedAt, got.UpdatedAt, got.ExpiresAt = want.CreatedAt, want.UpdatedAt, want.ExpiresAt
	is.Equal(got, want) // every value as it was kept
}

// sees asserts whether the view finds the room and lists it.
func sees(t *testing.T, store rooms.Store, v rooms.View, room rooms.Room, want bool) {
	t.Helper()
	is := is.New(t)
	_, _, err := store.Find(t.Context(), v, room.ID)
	is.Equal(err == nil, want)                         // found or not
	is.Equal(errors.Is(err, rooms.ErrNotFound), !want) // and not found is the one way to say no
	list, total, err := store.List(t.Context(), v, rooms.Query{Limit: 100})
	is.NoErr(err)
	is.Equal(total, len(list)) // counted as listed
	listed := false
	for _, r := range list {
		listed = listed || r.ID == room.ID
	}
	is.Equal(listed, want) // listed just if found
}

func (h Host) roomIsFound(t *testing.T, store rooms.Store) {
	is := is.New(t)
	want := h.insert(t, store, calendar, h.alice())
	got, role, err := store.Find(t.Context(), view(h.alice(), calendar), want.ID)
	is.NoErr(err)
	is.Equal(role, rooms.Owner) // the owner it was inserted with
	same(t, got, want)
	list, _, err := store.List(t.Context(), view(h.alice(), calendar), rooms.Query{Limit: 10})
	is.NoErr(err)
	same(t, list[0], want)
}

func (h Host) bareRoomIsFound(t *testing.T, store rooms.Store) {
	is := is.New(t)
	for range 2 { // empty values do not collide
		want := h.sample(calendar)
		want.PIN, want.ExternalID, want.ExpiresAt = "", "", time.Time{}
		want.Configuration, want.Metadata = map[string]any{}, nil
		want.Source.Name = ""
		is.NoErr(store.Insert(t.Context(), want, nil))
		got, role, err := store.Find(t.Context(), view("", calendar), want.ID)
		is.NoErr(err)
		is.Equal(role, rooms.Role("")) // a program has no role
		same(t, got, want)
	}
}

func (h Host) slugIsUnique(t *testing.T, store rooms.Store) {
	is := is.New(t)
	first := h.insert(t, store, calendar, h.alice())
	second := h.sample(crm)
	second.Slug = first.Slug
	is.Equal(store.Insert(t.Context(), second, owner(h.bob())), rooms.ErrCodeTaken) // of any source
}

func (h Host) pinIsUnique(t *testing.T, store rooms.Store) {
	is := is.New(t)
	first := h.insert(t, store, calendar, h.alice())
	second := h.sample(crm)
	second.PIN = first.PIN
	is.Equal(store.Insert(t.Context(), second, owner(h.bob())), rooms.ErrCodeTaken) // of any source
}

func (h Host) externalIDIsUnique(t *testing.T, store rooms.Store) {
	is := is.New(t)
	first := h.insert(t, store, calendar, h.alice())
	second := h.sample(calendar)
	second.ExternalID = first.ExternalID
	is.Equal(store.Insert(t.Context(), second, owner(h.bob())), rooms.ErrExternalIDTaken) // for another user too
	second.Source = crm
	is.NoErr(store.Insert(t.Context(), second, owner(h.bob()))) // another application's ids are its own
	third := h.sample(rooms.Source{Kind: "import", ID: calendar.ID})
	third.ExternalID = first.ExternalID
	is.NoErr(store.Insert(t.Context(), third, owner(h.bob()))) // the kind is a part of the source
}

func (h Host) refusalLeavesNoTrace(t *testing.T, store rooms.Store) {
	is := is.New(t)
	first := h.insert(t, store, calendar, h.alice())
	for _, spoil := range []func(*rooms.Room){
		func(r *rooms.Room) { r.Slug = first.Slug },
		func(r *rooms.Room) { r.PIN = first.PIN },
		func(r *rooms.Room) { r.ExternalID = first.ExternalID },
	} {
		refused := h.sample(calendar)
		spoil(&refused)
		is.True(store.Insert(t.Context(), refused, owner(h.bob())) != nil)
		sees(t, store, view("", calendar), refused, false)      // no room
		sees(t, store, view(h.bob(), calendar), refused, false) // and no owner
		good := h.sample(calendar)
		good.ID = refused.ID
		is.NoErr(store.Insert(t.Context(), good, owner(h.bob()))) // not even its id is taken
	}
}

func (h Host) ownerHasUser(t *testing.T, store rooms.Store) {
	room := h.sample(calendar)
	nameless := &rooms.Attendee{ID: ownerID, Address: alicesAddress, Role: rooms.Owner, CreatedAt: at}
	is.New(t).True(store.Insert(t.Context(), room, nameless) != nil) // an empty id is no user
	sees(t, store, view("", calendar), room, false)                  // and there is no room
}

func (h Host) unknownIDs(t *testing.T, store rooms.Store) {
	is := is.New(t)
	h.insert(t, store, calendar, h.alice())
	for range 3 {
		id := h.newID()
		_, _, err := store.Find(t.Context(), view(h.alice(), calendar), id)
		is.True(errors.Is(err, rooms.ErrNotFound))
		room := h.sample(calendar)
		room.ID, room.Version = id, 2
		is.Equal(store.Update(t.Context(), view(h.alice(), calendar), room, 1), rooms.ErrConflict)
		is.Equal(store.Delete(t.Context(), view(h.alice(), calendar), id, 1, at), rooms.ErrConflict)
	}
}

func (h Host) idIsUnique(t *testing.T, store rooms.Store) {
	is := is.New(t)
	first, gone := h.insert(t, store, calendar, h.alice()), h.insert(t, store, calendar, h.alice())
	is.NoErr(store.Delete(t.Context(), view(h.alice(), calendar), gone.ID, 1, at))
	for _, taken := range []rooms.Room{first, gone} {
		second := h.sample(crm)
		second.ID = taken.ID
		is.Equal(store.Insert(t.Context(), second, owner(h.bob())), rooms.ErrCodeTaken) // of any source, live or not
	}
	sees(t, store, view(h.alice(), calendar), first, true) // and the room with the id stays as it was
	sees(t, store, view(h.bob(), crm), first, false)
}

func (h Host) spentContext(t *testing.T, store rooms.Store) {
	is := is.New(t)
	room := h.insert(t, store, calendar, h.alice())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	is.True(store.Insert(ctx, h.sample(calendar), owner(h.alice())) != nil) // nothing is done any more
	_, _, err := store.Find(ctx, view(h.alice(), calendar), room.ID)
	is.True(errors.Is(err, context.Canceled)) // nor found
	is.True(store.Delete(ctx, view(h.alice(), calendar), room.ID, room.Version, at) != nil)
	sees(t, store, view(h.alice(), calendar), room, true) // the room is as it was
}
