package google

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/internal/google/message"
	"github.com/anteroom-go/anteroom/server/internal/google/space"
)

// updateMembers gives members their roles, all of them or none. It begins anew if others changed the members
// meanwhile.
func (f *Face) updateMembers(ctx context.Context, c *call) (any, error) {
	for {
		roomID, members, err := f.members(ctx, c)
		if err != nil {
			return nil, err
		}
		b := batch{roomID: roomID, named: c.params["space"], members: members}
		b.read(c.body)
		if err := b.faults.Err(); err != nil {
			return nil, err
		}
		wanted, err := b.invitees()
		if err == nil {
			_, err = f.service.If(b.unchanged).ReplaceAttendees(ctx, c.caller, roomID, wanted)
		}
		if err == nil {
			return b.answer(), nil
		}
		if !errors.Is(err, rooms.ErrVersion) || ctx.Err() != nil {
			return nil, err
		}
	}
}

// batch is a request that changes several members of a space.
type batch struct {
	roomID, named string // the id of the room, and what the path has for it
	members       []rooms.Attendee
	mask          string
	masked        bool
	updated       []rooms.Attendee // in the order of the request, with their new roles
	faults        rooms.Faults
}

// camelCase returns an object with its names in camel case.
func camelCase(object map[string]any) map[string]any {
	camel := map[string]any{}
	for name, value := range object {
		camel[message.Camel(name)] = value
	}
	return camel
}

// read reads the body of the request.
func (b *batch) read(body map[string]any) {
	request := camelCase(body)
	list, isList := request["requests"].([]any)
	if request["updateMask"] != nil {
		b.mask, b.masked = request["updateMask"].(string)
		if !b.masked {
			b.faults.Add("updateMask", rooms.CodeInvalidType, "This value has the wrong type.")
		}
	}
	b.known("", request, "requests", "updateMask", "parent") // the last one stands in the path
	if !isList || len(list) == 0 || len(list) > mostMembers {
		b.faults.Add("requests", rooms.CodeInvalidType, "From 1 to 500 requests are expected.")
		return
	}
	for i, one := range list {
		object, _ := one.(map[string]any)
		b.readUpdate(fmt.Sprintf("requests.%d.", i), camelCase(object))
	}
}

// known adds a fault for every member of an object that is none of the names.
func (b *batch) known(path string, object map[string]any, names ...string) {
	for name := range object {
		if !slices.Contains(names, name) {
			b.faults.AddKey(strings.TrimSuffix(path, "."), name, rooms.CodeUnknownField, "This field is not known.")
		}
	}
}

// readUpdate reads one change of a member.
func (b *batch) readUpdate(path string, request map[string]any) {
	b.known(path, request, "member", "updateMask")
	if own := request["updateMask"]; own != nil && (!b.masked || own != b.mask) {
		b.faults.Add(path+"updateMask", rooms.CodeInvalidChoice, "The mask of a request is that of the batch, or absent.")
	}
	object, isObject := request["member"].(map[string]any)
	if !isObject {
		b.faults.Add(path+"member", rooms.CodeRequired, "This field is required.")
		return
	}
	var inner rooms.Faults
	values, mask := message.Read(object, space.MemberMembers(), &inner), b.mask
	if !b.masked {
		mask = "*" // what is absent is cleared
	}
	leaves := message.Mask(mask, space.MemberMembers(), values, &inner)
	member, found := b.find(values["name"])
	if !found {
		b.faults.Add(path+"member.name", rooms.CodeInvalidChoice, "This names no member of the space, or one twice.")
		return
	}
	checkMember(space.MemberOf(b.roomID, member), values, slices.DeleteFunc(leaves,
		func(leaf string) bool { return leaf == "name" }), &inner)
	b.adopt(path+"member.", &inner)
	if slices.Contains(leaves, "role") {
		member.Role = space.RoleOf(values["role"])
	}
	b.updated = append(b.updated, member)
}

// adopt adds the faults of a member, below its path.
func (b *batch) adopt(path string, inner *rooms.Faults) {
	var invalid *rooms.InvalidError
	if !errors.As(inner.Err(), &invalid) {
		return
	}
	for _, fault := range invalid.Faults {
		b.faults.AddKey(path[:len(path)-1], fault.Field, fault.Code, fault.Message)
	}
}

// find returns the member with a name, unless it was updated already.
func (b *batch) find(name string) (rooms.Attendee, bool) {
	has := func(a rooms.Attendee) bool {
		return name == space.MemberOf(b.roomID, a).Name || name == space.MemberOf(b.named, a).Name
	}
	i := slices.IndexFunc(b.members, has)
	if i < 0 || slices.ContainsFunc(b.updated, has) {
		return rooms.Attendee{}, false
	}
	return b.members[i], true
}

// invitees returns all members with their new roles. It returns [rooms.ErrUnsupported] if one of them has no
// address: a host added it by another identity.
func (b *batch) invitees() (rooms.Invitees, error) {
	roles := map[string]rooms.Role{}
	for _, one := range b.updated {
		roles[one.ID] = one.Role
	}
	var all rooms.Invitees
	for _, one := range b.members {
		if one.Address == "" {
			return rooms.Invitees{}, rooms.ErrUnsupported
		}
		role, updated := roles[one.ID]
		if !updated {
			role = one.Role
		}
		all.List = append(all.List, rooms.Invitee{Address: one.Address, Role: role})
	}
	return all, nil
}

// unchanged reports whether the members are those from which the batch was made.
func (b *batch) unchanged(all []rooms.Attendee) bool {
	return slices.Equal(slices.DeleteFunc(slices.Clone(all), isOwner), b.members)
}

// answer returns the members that were updated.
func (b *batch) answer() memberList {
	var list memberList
	for _, one := range b.updated {
		list.Members = append(list.Members, space.MemberOf(b.roomID, one))
	}
	return list
}
