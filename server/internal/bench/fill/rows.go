package fill

import "time"

// relation is a table with the rows that a plan has for it.
type relation struct {
	name    string
	columns []string
	rows    func(yield func([]any) bool)
}

// relations returns the tables in the order in which they are filled.
func (p Plan) relations() []relation {
	return []relation{
		{"applications", []string{"client_id", "name", "active", "scopes", "any_user", "provision", "undelegated", "reach",
			"token_ttl", "version", "created_at", "updated_at"}, p.applications},
		{"users", []string{"id", "email", "active", "created_at"}, p.users},
		{"rooms", []string{"id", "slug", "name", "access_level", "configuration", "pin", "external_id", "source_kind",
			"source_id", "source_name", "version", "created_at", "updated_at", "deleted_at"}, p.rooms},
		{"room_members", []string{"room_id", "id", "user_id", "address", "role", "source_kind", "source_id", "owner_id",
			"created_at", "deleted_at"}, p.members},
	}
}

func (p Plan) began() time.Time { return p.End.Add(-span) }

func (p Plan) applications(yield func([]any) bool) {
	for i := range p.Applications {
		if !yield([]any{p.ClientID(i), name(i), true, granted(), true, false, true, "own", int64(0), int64(1),
			p.began(), p.began()}) {
			return
		}
	}
}

// name returns the name of an application.
func name(i int) string {
	names := []string{"Calendar", "Booking", "Mail", "Customers"}
	return names[i%len(names)]
}

func (p Plan) users(yield func([]any) bool) {
	for i := range p.Users {
		if !yield([]any{p.UserID(i), p.Address(i), true, p.began()}) {
			return
		}
	}
}

func (p Plan) rooms(yield func([]any) bool) {
	for i := range p.Rooms {
		r := p.Room(i)
		version := int64(1)
		if r.updatedAt.After(r.CreatedAt) {
			version = 2
		}
		if !yield([]any{r.ID, r.Slug, "Budget", r.level, "{}", text(r.pin), text(r.ExternalID), "application",
			p.ClientID(r.Application), name(r.Application), version, r.CreatedAt, r.updatedAt, moment(r.deletedAt)}) {
			return
		}
	}
}

func (p Plan) members(yield func([]any) bool) {
	for i := range p.Rooms {
		r := p.Room(i)
		owner, source := p.UserID(r.User), p.ClientID(r.Application)
		if !yield([]any{r.ID, r.ID, owner, p.Address(r.User), "owner", "application", source, owner,
			r.CreatedAt, moment(r.deletedAt)}) {
			return
		}
		for _, a := range r.attendees {
			if !yield([]any{r.ID, a.id, nil, a.address, a.role, "application", source, owner,
				r.CreatedAt, moment(r.deletedAt)}) {
				return
			}
		}
	}
}

// text returns a text, or NULL for an empty one.
func text(value string) any {
	if value == "" {
		return nil
	}
	return value
}

// moment returns a time, or NULL for zero.
func moment(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}
