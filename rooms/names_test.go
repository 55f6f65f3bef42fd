package rooms_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/form"
)

// withForms are stores whose ids are counted, as r0001, and whose slugs have letter case.
func withForms(t *testing.T) rooms.Stores {
	t.Helper()
	stores, last, slugs := newStores(t), 0, 0
	stores.IDs = &form.ID{
		New: func(context.Context) (string, error) { last++; return fmt.Sprintf("r%04d", last), nil },
		Parse: func(text string) (string, bool) {
			id := strings.ToLower(text)
			return id, len(id) == 5 && id[0] == 'r'
		},
	}
	stores.Slugs = &form.Slug{Parse: form.Exact, New: func(context.Context) (string, error) {
		slugs++
		return fmt.Sprintf("Team-%d", slugs), nil
	}}
	return stores
}

func TestFormsOfAHost(t *testing.T) {
	is := is.New(t)
	s := newService(t, rooms.Config{Stores: withForms(t)})
	first, second := made(t, s, alice, rooms.Change{}), made(t, s, alice, rooms.Change{})
	is.Equal([]string{first.ID, first.Slug, first.Name, second.ID}, []string{"r0001", "Team-1", "Team-1", "r0002"})
	for _, name := range []string{"r0001", "R0001", "Team-1"} {
		found, err := s.Retrieve(t.Context(), alice, name)
		is.NoErr(err) // by the id as the host reads it, or by the slug
		is.Equal(found.ID, first.ID)
	}
	for _, name := range []string{"team-1", "r001", "r0003", "", "x/y", "r/001", "Team 1", strings.Repeat("r", 101)} {
		_, err := s.Retrieve(t.Context(), alice, name)
		is.True(errors.Is(err, rooms.ErrNotFound)) // and by nothing else
	}
	found, err := s.Lookup(t.Context(), alice, "Team-2")
	is.NoErr(err)
	is.Equal(found.ID, second.ID)
	admission, err := s.Admit(t.Context(), "Team-2", rooms.Visitor{UserID: "alice"})
	is.NoErr(err)
	is.Equal(admission.Decision, rooms.Enter)
	page, err := s.List(t.Context(), alice, rooms.ListOptions{After: "R0002"})
	is.NoErr(err)
	is.True(len(page.Rooms) == 1 && page.Rooms[0].ID == first.ID) // in the order of the store
	page, err = s.List(t.Context(), alice, filtered(rooms.Filter{Slug: "Team-2"}))
	is.NoErr(err)
	is.True(len(page.Rooms) == 1 && page.Rooms[0].ID == second.ID)
	_, err = s.List(t.Context(), alice, rooms.ListOptions{After: "42", Filter: rooms.Filter{Slug: "a/b"}})
	is.Equal(faults(err), []string{"cursor invalid_cursor", "slug invalid_characters"})
}

func TestFormsInTransactions(t *testing.T) {
	is := is.New(t)
	stores := withForms(t)
	s := newService(t, rooms.Config{Stores: stores})
	is.NoErr(stores.Transactor.InTx(t.Context(), func(ctx context.Context, tx rooms.Tx) error {
		room, _, err := s.On(tx.Stores).Create(ctx, alice, rooms.Change{})
		is.Equal(room.ID, "r0001") // stores without forms have those of the service
		return err
	}))
	tx := stores
	tx.IDs = &form.ID{Parse: form.Exact, New: func(context.Context) (string, error) { return "R9999", nil }}
	is.Equal(made(t, s.On(tx), alice, rooms.Change{}).ID, "R9999") // those with forms keep their own
	is.Equal(made(t, s, alice, rooms.Change{}).ID, "r0002")
}

// TestIDsThatAreTaken: a host may draw what another process has drawn as well.
func TestIDsThatAreTaken(t *testing.T) {
	is := is.New(t)
	stores, draws := withForms(t), []string{"r0001", "r0001", "r0001", "r0002"}
	stores.IDs.New = func(context.Context) (string, error) {
		id := draws[0]
		draws = draws[1:]
		return id, nil
	}
	s := newService(t, rooms.Config{Stores: stores})
	is.Equal(made(t, s, alice, rooms.Change{}).ID, "r0001")
	is.Equal(made(t, s, alice, rooms.Change{}).ID, "r0002") // another one is drawn
	_, _, err := s.Create(t.Context(), alice, rooms.Change{Name: new(strings.Repeat("x", 501))})
	is.Equal(faults(err), []string{"name too_long"}) // none is drawn for what is refused
}

func TestFormsAreChecked(t *testing.T) {
	is := is.New(t)
	stores, down := withForms(t), errors.New("down")
	for _, made := range []string{"", "x", "R0001", "r/001", "r 001"} {
		stores.IDs.New = func(context.Context) (string, error) { return made, nil }
		_, _, err := newService(t, rooms.Config{Stores: stores}).Create(t.Context(), alice, rooms.Change{})
		is.True(err != nil && strings.Contains(err.Error(), "form.ID")) // an id that could not be read again
	}
	stores.IDs.New = func(context.Context) (string, error) { return "", down }
	_, _, err := newService(t, rooms.Config{Stores: stores}).Create(t.Context(), alice, rooms.Change{})
	is.True(errors.Is(err, down))
	stores.IDs = &form.ID{Parse: form.Number}
	stores.Slugs = &form.Slug{Parse: form.Number}
	_, err = rooms.New(rooms.Config{Stores: stores, ParseAddress: parseAddress})
	is.True(err != nil && strings.Contains(err.Error(), "Stores.IDs") && strings.Contains(err.Error(), "Stores.Slugs"))
}
