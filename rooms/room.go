package rooms

import (
	"slices"
	"time"
)

// Room is a meeting room.
type Room struct {
	// ID is in the form of [Stores].IDs: by default a UUID in lower case, of version 7 if the
	// service made it. Rooms sort in the order of creation.
	ID string
	// Slug is the meeting code in the join link, in the form of [Stores].Slugs. It is never
	// given to another room, not even after deletion.
	Slug string
	// Name is for people, at most 500 characters.
	Name string
	// AccessLevel defines who may enter without waiting.
	AccessLevel AccessLevel
	// Configuration holds the settings of the meeting, a decoded JSON object of at most 8
	// KiB that [Config].Schema accepts.
	Configuration map[string]any
	// PIN lets people dial in; empty if the service gives none. A room keeps it as long as
	// it exists, and package pins gives it back some time after the room was deleted.
	PIN string
	// ExternalID is the creator's own id for the room, unique among the live rooms of one
	// source. A room without one has an empty ExternalID, as has one of another source.
	ExternalID string
	// Metadata means something to the room's creator only: at most 16 pairs, 4 KiB of JSON
	// in all, keys of 1 to 64 characters. A room without any has a nil Metadata, as has one of
	// another source.
	Metadata map[string]string
	// ExpiresAt is when the link stops opening, in UTC with microseconds; zero means never.
	// It can be extended, also afterwards.
	ExpiresAt time.Time
	// Source is what created the room. It never changes.
	Source Source
	// CreatedAt and UpdatedAt are in UTC, with microseconds.
	CreatedAt, UpdatedAt time.Time
	// Version is 1 at first and grows by one with every change.
	Version int64
}

// Expired reports whether the link no longer opens at the time now.
func (r Room) Expired(now time.Time) bool { return !r.ExpiresAt.IsZero() && !now.Before(r.ExpiresAt) }

// AccessLevel defines who may enter a room without waiting.
type AccessLevel string

// The access levels.
const (
	Public     AccessLevel = "public"     // anyone with the link
	Trusted    AccessLevel = "trusted"    // any signed-in user
	Restricted AccessLevel = "restricted" // only people with a role
)

// Valid reports whether l is one of the three levels.
func (l AccessLevel) Valid() bool { return l == Public || l == Trusted || l == Restricted }

// Role defines what a person may do in a room.
type Role string

// The roles, each with the rights of those after it.
const (
	Owner         Role = "owner"         // may delete the room
	Administrator Role = "administrator" // may change the room
	Member        Role = "member"        // may read the room
)

// rank orders the roles; that of no role is 0.
func (r Role) rank() int { return slices.Index([]Role{Member, Administrator, Owner}, r) + 1 }

// mayUpdate and mayDelete are the rules on roles; every role may read.
func (r Role) mayUpdate() bool { return r == Owner || r == Administrator }
func (r Role) mayDelete() bool { return r == Owner }
