package google

import (
	"context"
	"errors"
	"strings"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/calls"
	"github.com/anteroom-go/anteroom/server/internal/google/message"
	"github.com/anteroom-go/anteroom/server/internal/google/space"
	"github.com/anteroom-go/anteroom/server/internal/view"
)

// Config configures a [Face].
type Config struct {
	// Service has the rooms. Required.
	Service *rooms.Service
	// Viewer shows them.
	Viewer view.Viewer
	// Calls tells of the calls in them.
	Calls calls.Source
}

// Face answers the methods. It is safe for concurrent use.
type Face struct {
	service *rooms.Service
	viewer  view.Viewer
	calls   calls.Source
	all     []Method
}

// New returns a face.
func New(config Config) *Face {
	f := &Face{service: config.Service, viewer: config.Viewer, calls: config.Calls}
	f.all = f.methods()
	return f
}

// find returns the room that a path names: by its id, or by its code in any case.
func (f *Face) find(ctx context.Context, c *call) (rooms.Room, error) {
	name := c.params["space"]
	room, err := f.service.Retrieve(ctx, c.caller, name)
	if lower := strings.ToLower(name); errors.Is(err, rooms.ErrNotFound) && lower != name {
		return f.service.Retrieve(ctx, c.caller, lower)
	}
	return room, err
}

// show returns the space that a room is, with the call that runs in it.
func (f *Face) show(ctx context.Context, room rooms.Room) (any, error) {
	shown := space.Of(f.viewer, room)
	if f.calls.Active == nil {
		return shown, nil
	}
	id, err := f.calls.Active(ctx, room)
	if err == nil && id != "" {
		shown.ActiveConference = &space.Active{ConferenceRecord: recordName(id)}
	}
	return shown, err
}

func (f *Face) create(ctx context.Context, c *call) (any, error) {
	var faults rooms.Faults
	values := message.Read(c.body, space.Members(), &faults)
	change := space.Change(f.viewer, rooms.Room{}, values, message.Mask("", nil, values, &faults), &faults)
	if err := faults.Err(); err != nil {
		return nil, err
	}
	room, _, err := f.service.Create(ctx, c.caller, change)
	if err != nil {
		return nil, err
	}
	return f.show(ctx, room)
}

func (f *Face) get(ctx context.Context, c *call) (any, error) {
	room, err := f.find(ctx, c)
	if err != nil {
		return nil, err
	}
	return f.show(ctx, room)
}

// patch changes a room, if it is still the one from which the change was made; else it makes the change anew.
func (f *Face) patch(ctx context.Context, c *call) (any, error) {
	var unclear rooms.Faults
	values := message.Read(c.body, space.Members(), &unclear)
	leaves := message.Mask(c.query["updateMask"], space.Members(), values, &unclear)
	if err := unclear.Err(); err != nil {
		return nil, err
	}
	for {
		room, err := f.find(ctx, c)
		if err != nil {
			return nil, err
		}
		if values["name"] == "spaces/"+c.params["space"] { // by whatever the path calls it
			values["name"] = space.Name(room.ID)
		}
		var faults rooms.Faults
		change := space.Change(f.viewer, room, values, leaves, &faults)
		if err := faults.Err(); err != nil {
			return nil, err
		}
		same := func(now rooms.Room) bool { return now.Version == room.Version }
		room, err = f.service.Update(ctx, c.caller, room.ID, change, same)
		if err == nil {
			return f.show(ctx, room)
		}
		if !errors.Is(err, rooms.ErrVersion) || ctx.Err() != nil {
			return nil, err
		}
	}
}

// end ends the call in a room, for a caller who may change the room.
func (f *Face) end(ctx context.Context, c *call) (any, error) {
	var faults rooms.Faults
	message.Read(c.body, nil, &faults)
	if err := faults.Err(); err != nil {
		return nil, err
	}
	room, err := f.find(ctx, c)
	if err == nil {
		room, err = f.service.Update(ctx, c.caller, room.ID, rooms.Change{}, nil) // changes nothing
	}
	if err != nil {
		return nil, err
	}
	if f.calls.End != nil {
		err = f.calls.End(ctx, room)
	}
	return nothing{}, err
}
