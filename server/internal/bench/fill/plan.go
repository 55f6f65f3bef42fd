// Package fill makes applications, users and rooms with attendees in a migrated, empty database, as many as a large
// installation has, in minutes. What it makes is the same for the same [Plan].
//
// The numbers are skewed as in reality: the first application has half of all rooms, the first user has [Plan].Heavy of
// them, and most applications and users have few. Three rooms in a hundred are deleted.
//
// Everything is made in one transaction. On PostgreSQL the rows come by COPY. The indexes and keys of rooms are dropped
// before it and made again from their own definitions after it, whatever migrations made them; triggers stay.
package fill

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"

	"github.com/anteroom-go/anteroom/scopes"
)

// Plan is what a database is filled with.
type Plan struct {
	Seed         uint64
	Applications int       // at least 1
	Users        int       // at least 2
	Rooms        int       // at least 1
	Heavy        int       // how many rooms the first user has in the first application; 0 means one in a hundred
	End          time.Time // before which the rooms were created; zero means 2026-11-01
}

// span is the time in which the rooms were created.
const span = 400 * 24 * time.Hour

func (p Plan) checked() (Plan, error) {
	if p.Applications < 1 || p.Users < 2 || p.Rooms < 1 || p.Heavy < 0 || p.Heavy > p.Rooms {
		return p, errors.New("fill: at least one application, two users and one room; the first user has some of the rooms")
	}
	if p.Heavy == 0 {
		p.Heavy = max(1, p.Rooms/100)
	}
	if p.End.IsZero() {
		p.End = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	}
	return p, nil
}

// ClientID returns the id of an application, from 0.
func (p Plan) ClientID(i int) string { return fmt.Sprintf("app_filled_%05d", i) }

// UserID returns the id of a user, from 0.
func (p Plan) UserID(i int) string {
	return p.uuid(1<<62|uint64(i), p.End.Add(-span-time.Duration(p.Users-i)*time.Second))
}

// Address returns the address of a user.
func (p Plan) Address(i int) string { return fmt.Sprintf("user-%d@example.com", i) }

// Room is a room of a plan.
type Room struct {
	ID, Slug, ExternalID string // ExternalID is empty for some
	Application, User    int    // which created it, and who owns it
	CreatedAt            time.Time
	deletedAt, updatedAt time.Time
	pin, level           string
	attendees            []attendee
}

type attendee struct{ id, address, role string }

// Room returns a room, from 0; rooms are in the order of their creation.
func (p Plan) Room(i int) Room {
	random := rand.New(rand.NewPCG(p.Seed, uint64(i)))
	step := span / time.Duration(p.Rooms)
	r := Room{CreatedAt: p.End.Add(-span + time.Duration(i)*step).Truncate(time.Microsecond), level: "trusted"}
	r.ID, r.Slug = p.uuid(uint64(i), r.CreatedAt), slug(p.Seed+uint64(i))
	every := p.Rooms / p.Heavy
	if i%every != 0 || i/every >= p.Heavy {
		r.Application = skewed(random, p.Applications, 10)
		r.User = 1 + skewed(random, p.Users-1, 2)
	}
	if random.IntN(10) < 7 {
		r.ExternalID = fmt.Sprintf("uid-%d@calendar.example", i)
	}
	if random.IntN(2) == 0 {
		r.pin = fmt.Sprintf("%010d", (uint64(i)*7_777_777_777+p.Seed)%10_000_000_000)
	}
	switch n := random.IntN(20); {
	case n == 0:
		r.level = "public"
	case n < 4:
		r.level = "restricted"
	}
	p.change(&r, random)
	p.invite(&r, i, random)
	return r
}

// change updates some rooms and deletes some.
func (p Plan) change(r *Room, random *rand.Rand) {
	left := p.End.Sub(r.CreatedAt)
	r.updatedAt = r.CreatedAt
	if random.IntN(5) == 0 {
		r.updatedAt = r.CreatedAt.Add(time.Duration(random.Int64N(int64(left)))).Truncate(time.Microsecond)
	}
	if random.IntN(100) < 3 {
		r.deletedAt = r.CreatedAt.Add(time.Duration(random.Int64N(int64(left)))).Truncate(time.Microsecond)
	}
}

// invite gives three rooms in ten attendees, most of them one.
func (p Plan) invite(r *Room, i int, random *rand.Rand) {
	n := 0
	switch dice := random.IntN(20); {
	case dice == 0:
		n = 2 + random.IntN(5)
	case dice < 6:
		n = 1
	}
	for k := range n {
		a := attendee{id: p.uuid(1<<61|uint64(i)<<3|uint64(k), r.CreatedAt), role: "member",
			address: fmt.Sprintf("guest-%d-%d@example.org", i%(p.Users*10), k)}
		if random.IntN(10) > 0 {
			a.address = p.Address((r.User + 1 + k + 7*skewed(random, max(1, p.Users/7-6), 2)) % p.Users)
		}
		if random.IntN(10) == 0 {
			a.role = "administrator"
		}
		if a.address != p.Address(r.User) && !r.Invited(a.address) {
			r.attendees = append(r.attendees, a)
		}
	}
}

// Invited reports whether a person with an address is.
func (r *Room) Invited(address string) bool {
	for _, a := range r.attendees {
		if a.address == address {
			return true
		}
	}
	return false
}

// Deleted reports whether the room is deleted.
func (r *Room) Deleted() bool { return !r.deletedAt.IsZero() }

// Attendees returns how many people are invited.
func (r *Room) Attendees() int { return len(r.attendees) }

// skewed returns a number below n, the small ones more often the higher the power is.
func skewed(random *rand.Rand, n int, power float64) int {
	return min(n-1, int(float64(n)*math.Pow(random.Float64(), power)))
}

// slug returns the slug of a number: a permutation of all slugs, since the factor has none of 26.
func slug(i uint64) string {
	const all = 26 * 26 * 26 * 26 * 26 * 26 * 26 * 26 * 26 * 26
	n := (i%all*97_531 + 12_345_678_901) % all
	var letters [10]byte
	for k := range letters {
		letters[k] = 'a' + byte(n%26)
		n /= 26
	}
	return string(letters[:3]) + "-" + string(letters[3:7]) + "-" + string(letters[7:])
}

// uuid returns a UUID of version 7 (RFC 9562 §5.7) of a time, always the same for a number.
func (p Plan) uuid(i uint64, at time.Time) string {
	var id uuid.UUID
	random := rand.NewPCG(p.Seed^0x9e3779b97f4a7c15, i)
	binary.BigEndian.PutUint64(id[:], uint64(at.UnixMilli())<<16|random.Uint64()&0xfff|0x7000)
	binary.BigEndian.PutUint64(id[8:], random.Uint64()>>2|1<<63)
	return id.String()
}

// granted are the scopes of every application.
func granted() string { return scopes.All().String() }
