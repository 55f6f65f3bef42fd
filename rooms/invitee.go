package rooms

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
)

// Invitee is whom a caller wants as an attendee.
type Invitee struct {
	// Address is an e-mail address.
	Address string
	// Role is Member or Administrator, or Owner for who is the owner already;
	// empty means Member.
	Role Role
}

// fieldOf and fieldIn are the names of a field of one invitee and of one of many.
func fieldOf(_ int, name string) string { return name }
func fieldIn(i int, name string) string { return fmt.Sprintf("attendees.%d.%s", i, name) }

// wanted checks whom a caller wants as attendees, and looks up who of them is a
// user.
func (s *Service) wanted(ctx context.Context, invitees []Invitee, field func(i int, name string) string) ([]Attendee, error) {
	if s.config.Directory == nil {
		return nil, ErrUnsupported
	}
	wanted, err := s.checkInvitees(invitees, field)
	if err != nil {
		return nil, err
	}
	ids, err := s.userIDs(ctx, wanted)
	for i, somebody := range wanted {
		wanted[i].UserID = ids[somebody.Address]
	}
	return wanted, err
}

// checkInvitees returns the invitees as new attendees, of whom nobody is there
// twice.
func (s *Service) checkInvitees(invitees []Invitee, field func(i int, name string) string) ([]Attendee, error) {
	var p problems
	seen, now := map[string]bool{}, s.now()
	wanted := make([]Attendee, len(invitees))
	for i, invitee := range invitees {
		address, ok := s.config.Directory.CanonicalAddress(invitee.Address)
		switch {
		case !ok:
			p.add(field(i, "email"), CodeInvalidAddress, "A plain e-mail address is expected.")
		case seen[address]:
			p.add(field(i, "email"), CodeDuplicate, "An address is there twice.")
		}
		seen[address] = true
		role := invitee.Role
		if role != Owner { // whether they are is seen later
			role = checkRole(&p, field(i, "role"), role)
		}
		wanted[i] = Attendee{ID: uuid.Must(uuid.NewV7()).String(), Address: address, Role: role, CreatedAt: now}
	}
	return wanted, p.err()
}

// crowd reports whether the invitees are more than a room may have. One of them
// may be the owner, who needs no place.
func crowd(invitees []Invitee) bool {
	most := MaxAttendees
	if slices.ContainsFunc(invitees, func(i Invitee) bool { return i.Role == Owner }) {
		most++
	}
	return len(invitees) > most
}

// checkRole wants a role that can be given.
func checkRole(p *problems, field string, role Role) Role {
	switch role {
	case "":
		return Member
	case Member, Administrator:
	default:
		p.notGiven(field)
	}
	return role
}

// notGiven says that a role is not one to be given.
func (p *problems) notGiven(field string) {
	p.add(field, CodeInvalidChoice, "Roles are member and administrator; the owner stays the owner.")
}

func tooMany(field string) error {
	return &InvalidError{[]FieldError{{field, CodeTooMany, fmt.Sprintf("A room has at most %d attendees.", MaxAttendees)}}}
}
