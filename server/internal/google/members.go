package google

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/internal/google/message"
	"github.com/anteroom-go/anteroom/server/internal/google/space"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// The sizes of pages of members, which are Google's.
const (
	usualMembers = 250
	mostMembers  = 500
)

// errOwner refuses to make the owner of a room one of its members.
var errOwner = wire.Error{Status: http.StatusConflict, Code: "owner_immutable",
	Detail: "The owner of a space is none of its members."}

// memberList is the answer of a list, or of a batch, of members.
type memberList struct {
	Members       []space.Member `json:"members,omitempty"`
	NextPageToken string         `json:"nextPageToken,omitempty"`
}

// members returns the id of the room that a path names, and its members.
func (f *Face) members(ctx context.Context, c *call) (roomID string, members []rooms.Attendee, err error) {
	room, err := f.find(ctx, c)
	if err != nil {
		return "", nil, err
	}
	all, err := f.service.Attendees(ctx, c.caller, room.ID)
	return room.ID, slices.DeleteFunc(slices.Clone(all), isOwner), err
}

// isOwner reports whether an attendee is the owner, who is no member.
func isOwner(a rooms.Attendee) bool { return !space.IsMember(a) }

func (f *Face) listMembers(ctx context.Context, c *call) (any, error) {
	var faults rooms.Faults
	size, after := c.query.PageSize(usualMembers, mostMembers, &faults), c.query.After(&faults)
	if err := faults.Err(); err != nil {
		return nil, err
	}
	roomID, members, err := f.members(ctx, c)
	if err != nil {
		return nil, err
	}
	members = slices.DeleteFunc(members, func(a rooms.Attendee) bool { return a.ID <= after })
	var list memberList
	if len(members) > size {
		members = members[:size]
		list.NextPageToken = message.PageToken(members[size-1].ID)
	}
	for _, one := range members {
		list.Members = append(list.Members, space.MemberOf(roomID, one))
	}
	return list, nil
}

func (f *Face) createMember(ctx context.Context, c *call) (any, error) {
	var faults rooms.Faults
	values := message.Read(c.body, space.MemberMembers(), &faults)
	if values["name"] != "" {
		faults.Add("name", rooms.CodeInvalidChoice, "The server gives members their names.")
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	room, err := f.find(ctx, c)
	if err != nil {
		return nil, err
	}
	attendee, _, err := f.service.AddAttendee(ctx, c.caller, room.ID,
		rooms.Invitee{Address: values["email"], Role: space.RoleOf(values["role"])})
	switch {
	case err != nil:
		return nil, err
	case !space.IsMember(attendee):
		return nil, errOwner
	}
	return space.MemberOf(room.ID, attendee), nil
}

// member returns the id of the room and the member that a path names. The owner is none.
func (f *Face) member(ctx context.Context, c *call) (roomID string, member rooms.Attendee, err error) {
	room, err := f.find(ctx, c)
	if err != nil {
		return "", rooms.Attendee{}, err
	}
	member, err = f.service.Attendee(ctx, c.caller, room.ID, c.params["member"])
	if err == nil && !space.IsMember(member) {
		err = rooms.ErrNoAttendee
	}
	return room.ID, member, err
}

func (f *Face) getMember(ctx context.Context, c *call) (any, error) {
	roomID, member, err := f.member(ctx, c)
	if err != nil {
		return nil, err
	}
	return space.MemberOf(roomID, member), nil
}

func (f *Face) deleteMember(ctx context.Context, c *call) (any, error) {
	roomID, member, err := f.member(ctx, c)
	if err == nil {
		err = f.service.RemoveAttendee(ctx, c.caller, roomID, member.ID)
	}
	return nothing{}, err
}

func (f *Face) patchMember(ctx context.Context, c *call) (any, error) {
	roomID, member, err := f.member(ctx, c)
	if err != nil {
		return nil, err
	}
	var faults rooms.Faults
	values := message.Read(c.body, space.MemberMembers(), &faults)
	leaves := message.Mask(c.query["updateMask"], space.MemberMembers(), values, &faults)
	checkMember(space.MemberOf(roomID, member), values, leaves, &faults)
	if err := faults.Err(); err != nil || !slices.Contains(leaves, "role") {
		return space.MemberOf(roomID, member), err
	}
	member, err = f.service.ChangeAttendee(ctx, c.caller, roomID, member.ID, space.RoleOf(values["role"]))
	if err != nil {
		return nil, err
	}
	return space.MemberOf(roomID, member), nil
}

// checkMember adds a fault for what of a member cannot be changed: everything but the role.
func checkMember(now space.Member, values message.Values, leaves []string, faults *rooms.Faults) {
	for _, one := range []struct{ leaf, value string }{{"email", now.Email}, {"name", now.Name}} {
		wanted := values[one.leaf]
		if slices.Contains(leaves, one.leaf) && wanted != "" && !strings.EqualFold(wanted, one.value) {
			faults.Add(one.leaf, rooms.CodeInvalidChoice, "This cannot be changed: only the role of a member can.")
		}
	}
}
