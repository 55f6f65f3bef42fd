package rooms

import (
	"fmt"
	"slices"
)

// Invitee is an address that a caller wants as an attendee. [ParseInvitee] makes one of a
// decoded JSON object.
type Invitee struct {
	// Address is an e-mail address, in any form that [Config].ParseAddress accepts.
	Address string
	// Role is [Member] or [Administrator], or [Owner] for the address of the present owner;
	// empty means Member.
	Role Role

	faults  Faults // of the object that the invitee was parsed from
	refused bool   // the address is among them
}

// Invitees is a set of them. [ParseInvitees] makes one of a decoded JSON object.
type Invitees struct {
	List []Invitee

	faults Faults // of the object that the set was parsed from
}

// ParseInvitee reads an invitee from a decoded JSON object with the fields email and role;
// id and created_at are ignored, since callers send back what they read. The invitee
// carries every fault of the object; [Service.AddAttendee] reports them together with those
// of its rules.
func ParseInvitee(object map[string]any) Invitee {
	var faults Faults
	invitee := fields{object: object, faults: &faults}.invitee()
	invitee.faults = faults
	return invitee
}

// ParseInvitees reads a set from a decoded JSON object with the field attendees, a list of
// what [ParseInvitee] reads. The set carries every fault of the object;
// [Service.ReplaceAttendees] reports them together with those of its rules. Of a list that
// is longer than a room may have, only as much is read as shows it.
func ParseInvitees(object map[string]any) Invitees {
	var set Invitees
	f := fields{object: object, faults: &set.faults}
	f.known("attendees")
	list := require[[]any](f, "attendees")
	if list == nil {
		return set
	}
	for i, item := range (*list)[:min(len(*list), MaxAttendees+2)] {
		one := fields{path: fmt.Sprintf("attendees.%d", i), faults: &set.faults}
		object, ok := item.(map[string]any)
		if !ok {
			set.faults.Add(one.path, CodeInvalidType, "This value has the wrong type.")
			set.List = append(set.List, Invitee{refused: true})
			continue
		}
		one.object = object
		set.List = append(set.List, one.invitee())
	}
	return set
}

func (f fields) invitee() (invitee Invitee) {
	f.known("email", "role", "id", "created_at")
	if address := require[string](f, "email"); address != nil {
		invitee.Address = *address
	} else {
		invitee.refused = true
	}
	if role := f.choice("role"); role != nil {
		invitee.Role = Role(*role)
	}
	return invitee
}

// ParseRole reads the role to give to an attendee from a decoded JSON object with the field
// role; id, email and created_at are ignored, since callers send back what they read. It
// returns an [*InvalidError] with every fault, also for a role that cannot be given.
func ParseRole(object map[string]any) (Role, error) {
	var faults Faults
	f := fields{object: object, faults: &faults}
	f.known("role", "id", "email", "created_at")
	var role Role
	if object["role"] == nil {
		f.refuse("role", CodeRequired, "This field is required.")
	} else if text := f.choice("role"); text != nil {
		role = checkRole(&faults, "role", Role(*text))
	}
	if err := faults.Err(); err != nil {
		return "", err
	}
	return role, nil
}

// fieldNamer returns the name of a field of the invitee with an index.
type fieldNamer func(i int, name string) string

func ofInvitee(_ int, name string) string   { return name }
func inAttendees(i int, name string) string { return fmt.Sprintf("attendees.%d.%s", i, name) }

// newAttendees returns the invitees as new attendees, and adds what is wrong with them to
// the faults.
func (s *Service) newAttendees(invitees []Invitee, faults *Faults, field fieldNamer) []Attendee {
	seen, now := map[string]bool{}, s.config.Now()
	wanted := make([]Attendee, len(invitees))
	for i, invitee := range invitees {
		address, ok := s.canonical(invitee.Address)
		switch {
		case invitee.refused:
		case !ok:
			faults.Add(field(i, "email"), CodeInvalidAddress, "A plain e-mail address is expected.")
		case seen[address]:
			faults.Add(field(i, "email"), CodeDuplicate, "An address is there twice.")
		}
		seen[address] = ok
		role := invitee.Role
		if role != Owner { // whether the address is the owner's is seen in the room
			role = checkRole(faults, field(i, "role"), role)
		}
		wanted[i] = Attendee{ID: s.ids.Next(now), Address: address, Role: role, CreatedAt: kept(now)}
	}
	return wanted
}

// checkCrowd refuses more invitees than a room may have. One of them may be the owner, who
// needs no place.
func checkCrowd(invitees []Invitee, faults *Faults) {
	most := MaxAttendees
	if slices.ContainsFunc(invitees, func(i Invitee) bool { return i.Role == Owner }) {
		most++
	}
	if len(invitees) > most {
		refuseCrowd(faults, "attendees")
	}
}

func refuseCrowd(faults *Faults, field string) {
	faults.Add(field, CodeTooMany, fmt.Sprintf("A room has at most %d attendees.", MaxAttendees))
}

// checkRole wants a role that can be given. An empty one means [Member].
func checkRole(faults *Faults, field string, role Role) Role {
	switch role {
	case "":
		return Member
	case Member, Administrator:
	default:
		refuseRole(faults, field)
	}
	return role
}

func refuseRole(faults *Faults, field string) {
	faults.Add(field, CodeInvalidChoice, "Roles are member and administrator; the owner stays the owner.")
}
