package rooms_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
)

// fake are stores that keep nothing, for as many rooms as a test makes.
func fake() rooms.Stores { return rooms.Stores{Rooms: &one{}} }

func TestIDsAscend(t *testing.T) {
	frozen := newClock()
	backwards := newClock()
	tests := map[string]func() time.Time{
		"with a real clock":           time.Now,
		"with one that stands":        frozen.now,
		"with one that goes back":     func() time.Time { backwards.move(-time.Second); return backwards.at },
		"with one of before 1970":     func() time.Time { return time.Time{} },
		"at the end of a millisecond": func() time.Time { return frozen.at.Add(999_999) },
	}
	for name, now := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			s := newService(t, rooms.Config{Stores: fake(), Now: now})
			var ids []string
			for range 10_000 {
				ids = append(ids, made(t, s, alice, rooms.Change{}).ID)
			}
			is.True(slices.IsSorted(ids))                            // in the order of creation
			is.Equal(len(slices.Compact(slices.Clone(ids))), 10_000) // strictly
		})
	}
}

func TestIDsAreUUIDsOfVersion7(t *testing.T) {
	is := is.New(t)
	clock := newClock()
	s := newService(t, rooms.Config{Stores: fake(), Now: clock.now})
	var last uuid.UUID
	for range 1000 {
		clock.move(1234567 * time.Nanosecond)
		id := made(t, s, alice, rooms.Change{}).ID
		parsed, err := uuid.Parse(id)
		is.NoErr(err)
		is.Equal(parsed.String(), id)               // in lower case
		is.Equal(parsed.Version(), uuid.Version(7)) // RFC 9562 §5.7
		is.Equal(parsed.Variant(), uuid.RFC4122)
		var milliseconds int64
		for _, b := range parsed[:6] {
			milliseconds = milliseconds<<8 | int64(b)
		}
		is.Equal(milliseconds, clock.at.UnixMilli()) // of the configured clock
		fraction := int64(parsed[6]&0x0f)<<8 | int64(parsed[7])
		is.Equal(fraction, int64(clock.at.Nanosecond()%1e6)*4096/1e6) // with the part of a millisecond
		is.True(parsed != last && string(parsed[9:]) != string(last[9:]))
		last = parsed
	}
}

func TestIDsOfAttendees(t *testing.T) {
	is := is.New(t)
	clock := newClock()
	s := newService(t, rooms.Config{Now: clock.now})
	room := made(t, s, alice, rooms.Change{})
	var wanted rooms.Invitees
	for _, name := range strings.Fields("zoe yan xi bob ann") {
		wanted.List = append(wanted.List, rooms.Invitee{Address: name + "@example.com"})
	}
	all, err := s.ReplaceAttendees(t.Context(), alice, room.ID, wanted)
	is.NoErr(err)
	for i, attendee := range all[1:] {
		is.Equal(attendee.Address, wanted.List[i].Address) // in the order in which they were invited
		is.True(attendee.ID > room.ID)                     // by the same clock
	}
}

func TestConcurrentIDs(t *testing.T) {
	is := is.New(t)
	s := newService(t, rooms.Config{Now: newClock().now})
	ids := make([]string, 64)
	for _, err := range atOnce(len(ids), func(i int) error {
		room, _, err := s.On(fake()).Create(t.Context(), alice, rooms.Change{})
		ids[i] = room.ID
		return err
	}) {
		is.NoErr(err)
	}
	slices.Sort(ids)
	is.Equal(len(slices.Compact(ids)), 64) // each is given once, through all copies of a service
}

func TestSlugs(t *testing.T) {
	is := is.New(t)
	s := newService(t, rooms.Config{Stores: fake()})
	letters, slugs := map[rune]int{}, map[string]bool{}
	for range 2000 {
		slug := made(t, s, alice, rooms.Change{}).Slug
		is.True(regexp.MustCompile(`^[a-z]{3}-[a-z]{4}-[a-z]{3}$`).MatchString(slug))
		slugs[slug] = true
		for _, r := range slug {
			letters[r]++
		}
	}
	is.Equal(len(letters), 27) // every letter comes, and the hyphen
	is.Equal(len(slugs), 2000)
}
