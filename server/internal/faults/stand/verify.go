//go:build linux

package stand

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/server/database"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// Finding is what the database has, compared with what was acknowledged.
type Finding struct {
	Rooms        int // in the database
	Acknowledged int
	Lost         int // acknowledged, and not there
	HalfMade     int // rooms without an owner, and memberships without a room
	Twice        int // keys that made more than one room
}

// Err returns an error if something is lost, half made or there twice.
func (f Finding) Err() error {
	if f.Lost+f.HalfMade+f.Twice > 0 {
		return errors.New("the data is wrong: " + f.String())
	}
	return nil
}

// String returns the figures.
func (f Finding) String() string {
	return fmt.Sprintf("%d rooms acknowledged: %d lost, %d half made, %d twice",
		f.Acknowledged, f.Lost, f.HalfMade, f.Twice)
}

// Verify compares the rooms of a database with those that were acknowledged, by key.
func Verify(ctx context.Context, url string, acknowledged map[string]string) (Finding, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	db, err := database.Open(ctx, url)
	if err != nil {
		return Finding{}, err
	}
	defer db.Close()
	return compare(ctx, db, acknowledged)
}

func compare(ctx context.Context, db *bun.DB, acknowledged map[string]string) (Finding, error) {
	var rooms []struct{ ID, Name string }
	err := db.NewRaw(tables.SQL(db, "SELECT id, name FROM {rooms} WHERE deleted_at IS NULL")).Scan(ctx, &rooms)
	if err != nil {
		return Finding{}, err
	}
	found := Finding{Rooms: len(rooms), Acknowledged: len(acknowledged)}
	there, names := map[string]bool{}, map[string]int{}
	for _, room := range rooms {
		there[room.ID] = true
		if names[room.Name]++; names[room.Name] == 2 {
			found.Twice++
		}
	}
	for _, id := range acknowledged {
		if !there[id] {
			found.Lost++
		}
	}
	for _, statement := range []string{
		"SELECT count(*) FROM {rooms} AS r WHERE NOT EXISTS " +
			"(SELECT 1 FROM {room_members} AS m WHERE m.room_id = r.id AND m.role = 'owner')",
		"SELECT count(*) FROM {room_members} AS m WHERE NOT EXISTS (SELECT 1 FROM {rooms} AS r WHERE r.id = m.room_id)",
	} {
		var n int
		if err := db.NewRaw(tables.SQL(db, statement)).Scan(ctx, &n); err != nil {
			return Finding{}, err
		}
		found.HalfMade += n
	}
	return found, nil
}
