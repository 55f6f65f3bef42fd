package lasuite

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/server/internal/moving/record"
)

type stagedRoom struct {
	ID, Name, Slug, AccessLevel, Configuration, PIN string
	CreatedAt, UpdatedAt                            string
	Number                                          int
}

type stagedAccess struct {
	ID, Resource, Role, CreatedAt string
	UserID, Email                 string
	Number                        int
}

// emitRooms yields the rooms with everyone who has a role in them.
func (r reader) emitRooms(ctx context.Context) error {
	if err := r.orphans(ctx); err != nil {
		return err
	}
	for last := ""; ; {
		list, err := r.roomsAfter(ctx, last)
		if err != nil {
			return err
		}
		people, err := r.people(ctx, list)
		if err != nil {
			return err
		}
		for _, room := range list {
			if err := r.emitRoom(room, people[room.ID]); err != nil {
				return err
			}
			last = room.ID
		}
		if len(list) < 1000 {
			return nil
		}
	}
}

// roomsAfter returns the next thousand rooms.
func (r reader) roomsAfter(ctx context.Context, last string) (list []stagedRoom, err error) {
	err = r.db.NewRaw(`SELECT r.id, r.name, r.slug, r.access_level, r.configuration, r.pin, r.number,
			COALESCE(o.created_at, '') AS created_at, COALESCE(o.updated_at, '') AS updated_at
		FROM rooms AS r LEFT JOIN resources AS o ON o.id = r.id WHERE r.id > ? ORDER BY r.id LIMIT 1000`, last).
		Scan(ctx, &list)
	return list, err
}

// holder is the user whose address the access of u gives a role by: that of the user who has
// it of all with the same one; empty for others, who have their role by their id.
const holder = `CASE WHEN u.email NOT IN ('', '-') AND u.id = (SELECT v.id FROM users AS v WHERE v.email = u.email
	ORDER BY v.active DESC, v.created_at, v.id LIMIT 1) THEN u.email ELSE '' END`

// people returns who has a role in rooms, the first owner first.
func (r reader) people(ctx context.Context, list []stagedRoom) (map[string][]stagedAccess, error) {
	people := map[string][]stagedAccess{}
	if len(list) == 0 {
		return people, nil
	}
	ids := make([]string, len(list))
	for i, room := range list {
		ids[i] = room.ID
	}
	var rows []stagedAccess
	err := r.db.NewRaw(`SELECT a.id, a.resource, a.role, a.created_at, a.number, u.id AS user_id, `+holder+` AS email
		FROM accesses AS a JOIN users AS u ON u.id = CASE WHEN a.user <> '' THEN a.user
			ELSE (SELECT w.id FROM users AS w WHERE w.admin_email = a.admin_email AND a.admin_email <> '') END
		WHERE a.resource IN (?) ORDER BY a.resource, a.role = 'owner' DESC, a.created_at, a.id`, bun.List(ids)).
		Scan(ctx, &rows)
	for _, row := range rows {
		people[row.Resource] = append(people[row.Resource], row)
	}
	return people, err
}

// orphans reports the accesses of users and to rooms that are not in the dump.
func (r reader) orphans(ctx context.Context) error {
	type orphan struct {
		ID     string
		NoRoom bool
		Number int
	}
	return eachRow(ctx, r.db, `SELECT a.id, a.number,
			NOT EXISTS (SELECT 1 FROM rooms AS r WHERE r.id = a.resource) AS no_room
		FROM accesses AS a WHERE a.id > ? AND (
			NOT EXISTS (SELECT 1 FROM rooms AS r WHERE r.id = a.resource)
			OR NOT EXISTS (SELECT 1 FROM users AS u WHERE u.id = a.user OR a.user = '' AND a.admin_email <> ''
				AND u.admin_email = a.admin_email))
		ORDER BY a.id LIMIT 1000`, func(o orphan) (string, error) {
		reason := "its user is not in the dump, or named by a natural key; write the dump without --natural-foreign"
		if o.NoRoom {
			reason = "its room is not in the dump"
		}
		return o.ID, r.leaveOut("access", o.ID, o.Number, reason)
	})
}

func (r reader) emitRoom(room stagedRoom, people []stagedAccess) error {
	if room.CreatedAt == "" {
		return r.leaveOut(record.Room, room.ID, room.Number, "its core.resource is not in the dump")
	}
	configuration, dropped := known(room.Configuration)
	if len(dropped) > 0 {
		err := r.change(record.Room, room.ID, room.Number, "has settings that there are not, and which are left out: "+
			strings.Join(dropped, ", "))
		if err != nil {
			return err
		}
	}
	values := map[string]any{"id": room.ID, "name": room.Name, "slug": room.Slug, "access_level": room.AccessLevel,
		"configuration": configuration, "created_at": room.CreatedAt, "updated_at": room.UpdatedAt,
		"source_kind": r.Source.Kind, "source_id": r.Source.ID, "source_name": r.Source.Name,
		"members": membersOf(people)}
	if room.Slug == "" {
		values["slug"] = room.ID // by which it was joined
	}
	if room.PIN != "" {
		values["pin"] = room.PIN
	}
	return r.emit(record.Room, room.Number, values)
}

func membersOf(people []stagedAccess) []record.Member {
	members := []record.Member{}
	for _, a := range people {
		member := record.Member{ID: a.ID, UserID: a.UserID, Email: a.Email, Role: a.Role}
		if at, err := time.Parse(time.RFC3339Nano, a.CreatedAt); err == nil {
			at = at.UTC().Truncate(time.Microsecond)
			member.CreatedAt = &at
		}
		members = append(members, member)
	}
	return members
}

// known returns a configuration with the settings that there are, and the names of the
// others, at most ten.
func known(text string) (json.RawMessage, []string) {
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &object) != nil {
		return json.RawMessage("{}"), nil
	}
	var dropped []string
	for name, value := range object {
		fits := false
		switch name {
		case "everyone_can_mute":
			fits = slices.Contains([]string{"true", "false", "null"}, string(value))
		case "can_publish_sources":
			fits = publishable(value)
		}
		if !fits {
			delete(object, name)
			dropped = append(dropped, name)
		}
	}
	slices.Sort(dropped)
	kept, _ := json.Marshal(object) // of what was decoded
	return kept, dropped[:min(len(dropped), 10)]
}

// publishable reports whether a value is null or a list of different media sources.
func publishable(value json.RawMessage) bool {
	var list []string
	if json.Unmarshal(value, &list) != nil {
		return false
	}
	sources := []string{"camera", "microphone", "screen_share", "screen_share_audio"}
	for _, source := range list {
		if !slices.Contains(sources, source) {
			return false
		}
	}
	return len(slices.Compact(slices.Sorted(slices.Values(list)))) == len(list)
}
