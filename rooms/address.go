package rooms

import (
	"cmp"
	"context"

	"github.com/anteroom-go/anteroom/rooms/internal/text"
)

// Rename replaces one address by another in every room, for a host of which a user has
// another address now. In a room in which both stand, the higher role stays. It returns an
// [*InvalidError] for addresses that [Config].ParseAddress does not accept.
// [Config].OnEvent does not hear of it.
func (s *Service) Rename(ctx context.Context, from, to string) error {
	var faults Faults
	before, after := s.parseAddress(&faults, "from", from), s.parseAddress(&faults, "to", to)
	switch {
	case s.config.Stores.Attendees == nil:
		return ErrUnsupported
	case cmp.Or(s.enter(ctx), faults.Err()) != nil:
		return cmp.Or(s.enter(ctx), faults.Err())
	case before == after:
		return nil
	}
	return s.config.Stores.Attendees.Rename(ctx, before, after)
}

// Forget removes an address from every room, for a host of which a user has left: an
// attendee with it is removed, an owner stays without an address. It returns errors as
// [Service.Rename] does.
func (s *Service) Forget(ctx context.Context, address string) error {
	var faults Faults
	canonical := s.parseAddress(&faults, "address", address)
	switch {
	case s.config.Stores.Attendees == nil:
		return ErrUnsupported
	case cmp.Or(s.enter(ctx), faults.Err()) != nil:
		return cmp.Or(s.enter(ctx), faults.Err())
	}
	return s.config.Stores.Attendees.Forget(ctx, canonical)
}

// parseAddress returns an address in its canonical form, or adds a fault.
func (s *Service) parseAddress(faults *Faults, field, address string) string {
	canonical, ok := s.canonical(address)
	if !ok {
		faults.Add(field, CodeInvalidAddress, "A plain e-mail address is expected.")
	}
	return canonical
}

// canonical returns an address in its canonical form, and whether it is acceptable. A
// service without [Config].ParseAddress accepts none, and neither is an address acceptable
// that no caller could bring.
func (s *Service) canonical(address string) (string, bool) {
	if s.config.ParseAddress == nil {
		return "", false
	}
	canonical, ok := s.config.ParseAddress(address)
	return canonical, ok && canonical != "" && text.Printable(canonical, 255)
}
