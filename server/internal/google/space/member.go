package space

import (
	"encoding/json"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/internal/google/message"
)

const cohost = "COHOST"

// Member is an attendee as Google's client libraries read it.
type Member struct {
	Name  string `json:"name"`
	Email string `json:"email,omitempty"`
	Role  string `json:"role,omitempty"`
}

// MemberOf returns the member that an attendee of the room with an id is.
func MemberOf(roomID string, attendee rooms.Attendee) Member {
	member := Member{Name: Name(roomID) + "/members/" + attendee.ID, Email: attendee.Address}
	if attendee.Role == rooms.Administrator {
		member.Role = cohost
	}
	return member
}

// IsMember reports whether an attendee is a member: the owner of a room is none.
func IsMember(attendee rooms.Attendee) bool { return attendee.Role != rooms.Owner }

// RoleOf returns the role that a value of the member role stands for.
func RoleOf(value string) rooms.Role {
	if value == cohost {
		return rooms.Administrator
	}
	return rooms.Member
}

// canonical returns a value as [message.Values] have it.
func canonical(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	var plain any
	if json.Unmarshal(text, &plain) != nil {
		return ""
	}
	return message.JSON(plain)
}
