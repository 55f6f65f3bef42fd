package roomstest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
)

// invalid are views that no store may take for one.
func (h Host) invalid() map[string]rooms.View {
	user, program := view(h.alice(), calendar), view("", calendar)
	change := func(view rooms.View, change func(*rooms.View)) rooms.View { change(&view); return view }
	return map[string]rooms.View{
		"the zero view":              {},
		"a source only":              {SourceKind: calendar.Kind, SourceID: calendar.ID},
		"all sources only":           {AllSources: true},
		"a user without a source":    {UserID: h.alice()},
		"a program without a source": {Program: true},
		"a user and a program":       change(user, func(v *rooms.View) { v.Program = true }),
		"addresses without a user": {Addresses: []string{alicesAddress}, SourceKind: calendar.Kind,
			SourceID: calendar.ID},
		"addresses of a program":        change(program, func(v *rooms.View) { v.Addresses = []string{alicesAddress} }),
		"all sources of a program":      change(program, func(v *rooms.View) { v.AllSources = true }),
		"more addresses than a user's":  view(h.alice(), calendar, strings.Split("a b c d e f g h i j k", " ")...),
		"an empty address":              view(h.alice(), calendar, ""),
		"the same address twice":        view(h.alice(), calendar, alicesAddress, alicesAddress),
		"an address that is not a text": view(h.alice(), calendar, "\xff"),
	}
}

func (h Host) invalidViews(t *testing.T, store rooms.Store) {
	room := h.insert(t, store, calendar, h.alice())
	for name, v := range h.invalid() {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			_, _, err := store.Find(t.Context(), v, room.ID)
			is.True(errors.Is(err, rooms.ErrView)) // no room is shown by mistake
			list, _, err := store.List(t.Context(), v, rooms.Query{Limit: 100})
			is.True(errors.Is(err, rooms.ErrView))
			is.Equal(len(list), 0)
			changed := room
			changed.Name, changed.Version = "New", 2
			is.True(errors.Is(store.Update(t.Context(), v, changed, 1), rooms.ErrView))     // none is changed
			is.True(errors.Is(store.Delete(t.Context(), v, room.ID, 1, at), rooms.ErrView)) // none is ended
		})
	}
	got, _, err := store.Find(t.Context(), view(h.alice(), calendar), room.ID)
	is.New(t).NoErr(err)
	same(t, got, room)
}

func (h Host) viewsAreKept(t *testing.T, store rooms.Store) {
	room := h.insert(t, store, calendar, h.alice())
	web, nameless := rooms.Source{Kind: "web", ID: calendar.ID}, rooms.Source{Kind: "application"}
	sees(t, store, view(h.alice(), calendar), room, true)
	sees(t, store, view(h.bob(), calendar), room, false)   // another user's
	sees(t, store, view(h.alice(), crm), room, false)      // another application's
	sees(t, store, view(h.alice(), web), room, false)      // another kind's
	sees(t, store, view(h.alice(), nameless), room, false) // an empty id is a source of its own
	if h.anyUser() {
		sees(t, store, view("USER-ALICE", calendar), room, false)       // ids have case
		sees(t, store, view(h.bob(), calendar, h.alice()), room, false) // an address is not an id
	}
}

func (h Host) allSourcesAreOfUser(t *testing.T, store rooms.Store) {
	first, second := h.insert(t, store, calendar, h.alice()), h.insert(t, store, crm, h.alice())
	others, ownerless := h.insert(t, store, calendar, h.bob()), h.insert(t, store, calendar, "")
	all := view(h.alice(), calendar)
	all.AllSources = true
	for _, v := range []rooms.View{all, everywhere(h.alice())} {
		sees(t, store, v, first, true)
		sees(t, store, v, second, true)     // whichever source it has
		sees(t, store, v, others, false)    // but never another user's
		sees(t, store, v, ownerless, false) // nor one without an owner
	}
}

func (h Host) programView(t *testing.T, store rooms.Store) {
	owned, ownerless := h.insert(t, store, calendar, h.alice()), h.insert(t, store, calendar, "")
	others := h.insert(t, store, crm, "")
	sees(t, store, view("", calendar), owned, true)
	sees(t, store, view("", calendar), ownerless, true)
	sees(t, store, view("", calendar), others, false)           // of its source only
	sees(t, store, view(h.alice(), calendar), ownerless, false) // a user has no role in a room without owner
}

func (h Host) listsAreCut(t *testing.T, store rooms.Store) {
	is := is.New(t)
	var made []rooms.Room
	var theirs rooms.Room
	for range 5 {
		made = append(made, h.insert(t, store, calendar, h.alice()))
		theirs = h.insert(t, store, crm, h.alice())
		h.insert(t, store, calendar, h.bob())
	}
	for _, v := range []rooms.View{view(h.alice(), calendar)} {
		page, total, err := store.List(t.Context(), v, rooms.Query{Limit: 2, Offset: 1})
		is.NoErr(err)
		is.Equal(total, 5)               // in all
		is.Equal(len(page), 2)           // cut
		is.Equal(page[0].ID, made[3].ID) // newest first, after the first one
		is.Equal(page[1].ID, made[2].ID) // without a gap
		page, total, err = store.List(t.Context(), v, rooms.Query{Limit: 2, Offset: 4})
		is.NoErr(err)
		is.Equal(len(page), 1)           // the rest
		is.Equal(page[0].ID, made[0].ID) // the oldest last
		is.Equal(total, 5)
		page, total, err = store.List(t.Context(), v, rooms.Query{Limit: 2, Offset: 1 << 40})
		is.NoErr(err)
		is.Equal(len(page), 0) // beyond the end is no error
		is.Equal(total, 5)     // and still counted
	}
	all, total, err := store.List(t.Context(), everywhere(h.alice()), rooms.Query{Limit: 3})
	is.NoErr(err)
	is.Equal(total, 10)                                               // of both sources
	is.True(all[0].ID == theirs.ID && all[1].ID == made[4].ID)        // in one order
	is.True(all[0].Source.ID == crm.ID && all[2].Source.ID == crm.ID) // one between the others
	_, total, err = store.List(t.Context(), view("", calendar), rooms.Query{Limit: 3})
	is.NoErr(err)
	is.Equal(total, 10) // of both users
}

func (h Host) updateChanges(t *testing.T, store rooms.Store) {
	is := is.New(t)
	room, other := h.insert(t, store, calendar, h.alice()), h.insert(t, store, calendar, h.alice())
	changed := room
	changed.Name, changed.AccessLevel, changed.ExternalID = "New", rooms.Public, "new id"
	changed.Configuration, changed.Metadata = map[string]any{"everyone_can_mute": true}, nil
	changed.ExpiresAt = at.Add(time.Minute)
	changed.UpdatedAt, changed.Version = at.Add(time.Hour), 2
	tampered := changed
	tampered.Slug, tampered.PIN, tampered.Source, tampered.CreatedAt = "x", "y", crm, at.Add(-time.Hour)
	is.NoErr(store.Update(t.Context(), view(h.alice(), calendar), tampered, 1))
	got, role, err := store.Find(t.Context(), view(h.alice(), calendar), room.ID)
	is.NoErr(err)
	same(t, got, changed)       // slug, PIN, source and creation never change
	is.Equal(role, rooms.Owner) // nor does the owner
	got, _, err = store.Find(t.Context(), view(h.alice(), calendar), other.ID)
	is.NoErr(err)
	same(t, got, other) // and no other room
}

func (h Host) updateConflicts(t *testing.T, store rooms.Store) {
	is := is.New(t)
	room := h.insert(t, store, calendar, h.alice())
	changed := room
	changed.Name, changed.Version = "New", 3
	is.True(errors.Is(store.Update(t.Context(), view(h.alice(), calendar), changed, 2), // a version it does not have
		rooms.ErrConflict))
	changed.ExternalID = ""
	is.True(errors.Is(store.Update(t.Context(), view(h.alice(), calendar), changed, 2), // with or without an external id
		rooms.ErrConflict))
	got, _, err := store.Find(t.Context(), view(h.alice(), calendar), room.ID)
	is.NoErr(err)
	same(t, got, room) // nothing was written
}

func (h Host) updateToTakenID(t *testing.T, store rooms.Store) {
	is := is.New(t)
	first, second := h.insert(t, store, calendar, h.alice()), h.insert(t, store, calendar, h.bob())
	changed := second
	changed.ExternalID, changed.Version = first.ExternalID, 2
	is.Equal(store.Update(t.Context(), view(h.bob(), calendar), changed, 1), // another user's room has it
		rooms.ErrExternalIDTaken)
	got, _, err := store.Find(t.Context(), view(h.bob(), calendar), second.ID)
	is.NoErr(err)
	same(t, got, second) // nothing was written
	changed.ExternalID = second.ExternalID
	is.NoErr(store.Update(t.Context(), view(h.bob(), calendar), changed, 1)) // its own is not taken
}

func (h Host) updateInvisible(t *testing.T, store rooms.Store) {
	is := is.New(t)
	room := h.insert(t, store, calendar, h.alice())
	changed := room
	changed.Name, changed.Version = "New", 2
	for _, v := range []rooms.View{view(h.bob(), calendar), view(h.alice(), crm), everywhere(h.bob())} {
		is.True(errors.Is(store.Update(t.Context(), v, changed, 1), // who does not see it does not change it
			rooms.ErrConflict))
	}
	got, _, err := store.Find(t.Context(), view(h.alice(), calendar), room.ID)
	is.NoErr(err)
	same(t, got, room) // nothing was written
}

func (h Host) deletedIsGone(t *testing.T, store rooms.Store) {
	is := is.New(t)
	room, other := h.insert(t, store, calendar, h.alice()), h.insert(t, store, calendar, h.alice())
	is.NoErr(store.Delete(t.Context(), view(h.alice(), calendar), room.ID, 1, at))
	for _, v := range []rooms.View{view(h.alice(), calendar), view("", calendar), everywhere(h.alice())} {
		sees(t, store, v, room, false) // through every view
		sees(t, store, v, other, true) // and only this one
	}
	is.True(errors.Is(store.Delete(t.Context(), view(h.alice(), calendar), room.ID, 1, at), // the second time
		rooms.ErrConflict))
	room.Version = 2
	is.Equal(store.Update(t.Context(), view(h.alice(), calendar), room, 1), rooms.ErrConflict) // no way back
}

func (h Host) deletedKeepsCodes(t *testing.T, store rooms.Store) {
	is := is.New(t)
	room := h.insert(t, store, calendar, h.alice())
	is.NoErr(store.Delete(t.Context(), view(h.alice(), calendar), room.ID, 1, at))
	second := h.sample(calendar)
	second.Slug = room.Slug
	is.Equal(store.Insert(t.Context(), second, owner(h.alice())), rooms.ErrCodeTaken) // an old link opens no other room
	second = h.sample(calendar)
	second.PIN = room.PIN
	is.Equal(store.Insert(t.Context(), second, owner(h.alice())), rooms.ErrCodeTaken) // nor does an old PIN
	second = h.sample(calendar)
	second.ExternalID = room.ExternalID
	is.NoErr(store.Insert(t.Context(), second, owner(h.alice()))) // the external id is free again
}

func (h Host) deleteConflicts(t *testing.T, store rooms.Store) {
	is := is.New(t)
	room := h.insert(t, store, calendar, h.alice())
	for _, version := range []int64{0, 2, -1} {
		err := store.Delete(t.Context(), view(h.alice(), calendar), room.ID, version, at)
		is.True(errors.Is(err, rooms.ErrConflict)) // a version that it does not have
	}
	sees(t, store, view(h.alice(), calendar), room, true)
	changed := room
	changed.Version = 2
	is.NoErr(store.Update(t.Context(), view(h.alice(), calendar), changed, 1))
	is.True(errors.Is(store.Delete(t.Context(), view(h.alice(), calendar), room.ID, 1, at), rooms.ErrConflict)) // or had
	is.NoErr(store.Delete(t.Context(), view(h.alice(), calendar), room.ID, 2, at))
	sees(t, store, view(h.alice(), calendar), room, false)
}

func (h Host) deleteInvisible(t *testing.T, store rooms.Store) {
	is := is.New(t)
	room := h.insert(t, store, calendar, h.alice())
	for _, v := range []rooms.View{view(h.bob(), calendar), view(h.alice(), crm), everywhere(h.bob())} {
		is.True(errors.Is(store.Delete(t.Context(), v, room.ID, 1, at), // who does not see it does not end it
			rooms.ErrConflict))
	}
	sees(t, store, view(h.alice(), calendar), room, true)
}
