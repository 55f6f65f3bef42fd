package roomstest

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
)

// The sources of the suite.
var (
	calendar = rooms.Source{Kind: "application", ID: "app_calendar", Name: "Calendar"}
	crm      = rooms.Source{Kind: "application", ID: "app_crm", Name: "CRM"}
)

// The users of the suite, and their addresses.
const (
	alice, bob                 = "user-alice", "user-bob"
	alicesAddress, bobsAddress = "alice@example.com", "bob@example.com"
	bobsSecond, carolsAddress  = "bob@example.org", "carol@example.com"
)

// at is when the rooms of the suite were made.
var at = time.Date(2026, 11, 23, 10, 0, 0, 123456000, time.UTC)

// Store checks an implementation of [rooms.Store] against its contract. Open
// returns empty stores for each rule, of which only Rooms is needed.
func Store(t *testing.T, open func(t *testing.T) rooms.Stores) {
	rules := map[string]func(t *testing.T, store rooms.Store){
		"a room is found as it was inserted":              roomIsFound,
		"a room without the optional values":              bareRoomIsFound,
		"slugs are unique":                                slugIsUnique,
		"PINs are unique":                                 pinIsUnique,
		"external ids are unique for a source":            externalIDIsUnique,
		"what is refused leaves no trace":                 refusalLeavesNoTrace,
		"an owner has a user":                             ownerHasUser,
		"a view that is not valid is refused":             invalidViews,
		"a view shows rooms of its source and its user":   viewsAreKept,
		"a view of all sources shows rooms of its user":   allSourcesAreOfUser,
		"a view of a program shows rooms of its source":   programView,
		"lists are ordered, cut and counted":              listsAreCut,
		"a list goes on after a room, either way":         listsGoOn,
		"filters leave rooms out":                         filtersNarrow,
		"filters do not widen a view":                     filtersKeepViews,
		"an update changes what changes and nothing else": updateChanges,
		"an update of another version is a conflict":      updateConflicts,
		"an update to a taken external id is refused":     updateToTakenID,
		"an update of an invisible room is a conflict":    updateInvisible,
		"a deleted room is gone":                          deletedIsGone,
		"a deleted room keeps its codes, frees its id":    deletedKeepsCodes,
		"a deletion of another version is a conflict":     deleteConflicts,
		"a deletion of an invisible room is a conflict":   deleteInvisible,
		"odd ids find nothing":                            oddIDs,
		"a spent context is an error":                     spentContext,
	}
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) { rule(t, open(t).Rooms) })
	}
	through := map[string]func(t *testing.T, stores rooms.Stores){
		"concurrent creation through a service":            concurrentCreation,
		"concurrent updates through a service":             concurrentUpdates,
		"concurrent update and deletion through a service": updateAgainstDelete,
		"concurrent use of one external id":                concurrentExternalID,
	}
	for name, rule := range through {
		t.Run(name, func(t *testing.T) { rule(t, open(t)) })
	}
}

// sample is a complete room of the source, different every time.
func sample(source rooms.Source) rooms.Room {
	id := uuid.Must(uuid.NewV7()).String()
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

// owner is a user as the owner of a room; nil if there is none.
func owner(user string) *rooms.Attendee {
	if user == "" {
		return nil
	}
	return &rooms.Attendee{ID: "owner", UserID: user, Role: rooms.Owner, CreatedAt: at}
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
func insert(t *testing.T, store rooms.Store, source rooms.Source, user string) rooms.Room {
	t.Helper()
	room := sample(source)
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

func roomIsFound(t *testing.T, store rooms.Store) {
	is := is.New(t)
	want := insert(t, store, calendar, alice)
	got, role, err := store.Find(t.Context(), view(alice, calendar), want.ID)
	is.NoErr(err)
	is.Equal(role, rooms.Owner) // the owner it was inserted with
	same(t, got, want)
	list, _, err := store.List(t.Context(), view(alice, calendar), rooms.Query{Limit: 10})
	is.NoErr(err)
	same(t, list[0], want)
}

func bareRoomIsFound(t *testing.T, store rooms.Store) {
	is := is.New(t)
	for range 2 { // empty values do not collide
		want := sample(calendar)
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

func slugIsUnique(t *testing.T, store rooms.Store) {
	is := is.New(t)
	first := insert(t, store, calendar, alice)
	second := sample(crm)
	second.Slug = first.Slug
	is.Equal(store.Insert(t.Context(), second, owner(bob)), rooms.ErrCodeTaken) // of any source
}

func pinIsUnique(t *testing.T, store rooms.Store) {
	is := is.New(t)
	first := insert(t, store, calendar, alice)
	second := sample(crm)
	second.PIN = first.PIN
	is.Equal(store.Insert(t.Context(), second, owner(bob)), rooms.ErrCodeTaken) // of any source
}

func externalIDIsUnique(t *testing.T, store rooms.Store) {
	is := is.New(t)
	first := insert(t, store, calendar, alice)
	second := sample(calendar)
	second.ExternalID = first.ExternalID
	is.Equal(store.Insert(t.Context(), second, owner(bob)), rooms.ErrExternalIDTaken) // for another user too
	second.Source = crm
	is.NoErr(store.Insert(t.Context(), second, owner(bob))) // another application's ids are its own
	third := sample(rooms.Source{Kind: "import", ID: calendar.ID})
	third.ExternalID = first.ExternalID
	is.NoErr(store.Insert(t.Context(), third, owner(bob))) // the kind is a part of the source
}

func refusalLeavesNoTrace(t *testing.T, store rooms.Store) {
	is := is.New(t)
	first := insert(t, store, calendar, alice)
	for _, spoil := range []func(*rooms.Room){
		func(r *rooms.Room) { r.Slug = first.Slug },
		func(r *rooms.Room) { r.PIN = first.PIN },
		func(r *rooms.Room) { r.ExternalID = first.ExternalID },
	} {
		refused := sample(calendar)
		spoil(&refused)
		is.True(store.Insert(t.Context(), refused, owner(bob)) != nil)
		sees(t, store, view("", calendar), refused, false)  // no room
		sees(t, store, view(bob, calendar), refused, false) // and no owner
		good := sample(calendar)
		good.ID = refused.ID
		is.NoErr(store.Insert(t.Context(), good, owner(bob))) // not even its id is taken
	}
}

func ownerHasUser(t *testing.T, store rooms.Store) {
	room := sample(calendar)
	nameless := &rooms.Attendee{ID: "owner", Address: alicesAddress, Role: rooms.Owner, CreatedAt: at}
	is.New(t).True(store.Insert(t.Context(), room, nameless) != nil) // an empty id is no user
	sees(t, store, view("", calendar), room, false)                  // and there is no room
}

func oddIDs(t *testing.T, store rooms.Store) {
	is := is.New(t)
	insert(t, store, calendar, alice)
	for _, id := range []string{"", "x", "%", "' OR '1'='1", uuid.Nil.String()} {
		_, _, err := store.Find(t.Context(), view(alice, calendar), id)
		is.True(errors.Is(err, rooms.ErrNotFound)) // an id is compared, never interpreted
	}
}

func spentContext(t *testing.T, store rooms.Store) {
	is := is.New(t)
	room := insert(t, store, calendar, alice)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	is.True(store.Insert(ctx, sample(calendar), owner(alice)) != nil) // nothing is done any more
	_, _, err := store.Find(ctx, view(alice, calendar), room.ID)
	is.True(errors.Is(err, context.Canceled)) // nor found
	is.True(store.Delete(ctx, view(alice, calendar), room.ID, room.Version, at) != nil)
	sees(t, store, view(alice, calendar), room, true) // the room is as it was
}
