package command

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/internal/flagvalue"
	"github.com/anteroom-go/anteroom/server/internal/printing"
	"github.com/anteroom-go/anteroom/server/internal/roomadmin"
	"github.com/anteroom-go/anteroom/server/internal/usage"
)

type roomCommands struct {
	List   roomList   `cmd:"" help:"List rooms, the newest first."`
	Show   roomShow   `cmd:"" help:"Show one room, and who has a role in it."`
	Delete roomDelete `cmd:"" help:"Delete a room: its link stops opening, for good."`
}

type roomList struct {
	databaseFlag
	Owner  string `help:"Only rooms that this user owns." placeholder:"ADDRESS"`
	Source string `help:"Only rooms that this application created, by its client id, or another source of the host." placeholder:"ID"`
	printing.Page
	printing.Output
}

// Run lists rooms.
func (r *roomList) Run(ctx context.Context, c *console) error {
	if err := r.Check(); err != nil {
		return err
	}
	return r.withDB(ctx, func(db *bun.DB) error {
		owner, err := r.owner(ctx, c, db)
		if err != nil {
			return err
		}
		list, more, err := roomadmin.List(ctx, db,
			roomadmin.Query{Owner: owner, Source: r.Source, After: strings.ToLower(r.After), Limit: r.Limit})
		if err != nil {
			return err
		}
		if more {
			r.Tell(c.stderr, c.name(), list[len(list)-1].ID)
		}
		return r.Print(c.stdout, list, func(w io.Writer) { roomadmin.Table(w, list) })
	})
}

// owner returns the id of the user whose rooms are wanted, if it is one's.
func (r *roomList) owner(ctx context.Context, c *console, db *bun.DB) (id string, err error) {
	if r.Owner == "" {
		return "", nil
	}
	email, err := flagvalue.Address(r.Owner)
	if err != nil {
		return "", usage.Errorf("--owner: %q: %v", r.Owner, err)
	}
	reg, err := registry.New(registry.Config{DB: db})
	if err != nil {
		return "", err
	}
	user, err := knownUser(ctx, c.users(reg), email)
	return user.ID, err
}

// oneRoom is a command about one room.
type oneRoom struct {
	databaseFlag
	Room string `arg:"" help:"Id or slug of the room."`
}

type roomShow struct {
	oneRoom
	printing.Output
}

// roomView is a room in JSON.
type roomView struct {
	roomadmin.Room
	Attendees []attendeeView `json:"attendees"`
}

// attendeeView is a person with a role in JSON.
type attendeeView struct {
	Role   rooms.Role `json:"role"`
	Email  string     `json:"email,omitempty"`
	UserID string     `json:"user_id,omitempty"`
}

// Run shows a room.
func (r *roomShow) Run(ctx context.Context, c *console) error {
	return r.withDB(ctx, func(db *bun.DB) error {
		room, err := roomadmin.Find(ctx, db, r.Room)
		if err != nil {
			return err
		}
		attendees, err := roomadmin.Attendees(ctx, db, room)
		if err != nil {
			return err
		}
		view := roomView{Room: room, Attendees: make([]attendeeView, len(attendees))}
		for i, one := range attendees {
			view.Attendees[i] = attendeeView{Role: one.Role, Email: one.Address, UserID: one.UserID}
		}
		return r.Print(c.stdout, view, view.lines)
	})
}

// lines writes the room for people.
func (v roomView) lines(w io.Writer) {
	v.Lines(w)
	for _, one := range v.Attendees {
		fmt.Fprintf(w, "%s\t%s\n", one.Role, strings.TrimSpace(one.Email+" "+one.UserID))
	}
}

type roomDelete struct{ oneRoom }

// Run deletes a room.
func (r *roomDelete) Run(ctx context.Context, c *console) error {
	return r.withDB(ctx, func(db *bun.DB) error {
		room, err := roomadmin.Find(ctx, db, r.Room)
		if err != nil {
			return err
		}
		return roomadmin.Delete(ctx, db, room, c.host.OnRoomEvent)
	})
}
