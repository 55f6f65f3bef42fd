package lasuite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/internal/moving/record"
)

// Options are what an operator decides about what LaSuite Meet does not have, or decides in
// its settings.
type Options struct {
	// DelegateAny lets applications without domains act for every user, as they may in
	// LaSuite Meet; otherwise for none.
	DelegateAny bool
	// PublicSuffixes accepts domains in which anyone may get an address.
	PublicSuffixes bool
	// Provision lets applications create users.
	Provision bool
	// Reach is which rooms of their users applications see. Empty means
	// [delegation.ReachUser], as in LaSuite Meet.
	Reach delegation.Reach
	// Source is what rooms are said to be created by.
	Source rooms.Source
}

// reader makes records of a dump.
type reader struct {
	*stage
	Options
	kinds record.Kinds
	yield record.Yield
}

// Read reads a dump and yields users, applications with their secrets, and rooms, in this
// order. It returns how many objects of other models there are, by model.
func Read(ctx context.Context, in io.Reader, kinds record.Kinds, options Options, yield record.Yield) (
	others map[string]int, err error) {
	staged, err := newStage(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, staged.close()) }()
	if options.Reach == "" {
		options.Reach = delegation.ReachUser
	}
	r := reader{staged, options, kinds, yield}
	if others, err = r.stageAll(ctx, in); err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context) error{r.emitUsers, r.emitApplications, r.emitRooms} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return others, nil
}

// model is one that is read: the kind of record that it becomes, and how it is staged.
type model struct {
	kind string
	keep func(ctx context.Context, tx bun.Tx, id string, o object, number int) error
}

// models returns those that are read by their names.
func (s *stage) models() map[string]model {
	return map[string]model{
		"core.user": {record.User, s.user}, "core.resource": {"resource", s.resource},
		"core.room": {record.Room, s.room}, "core.resourceaccess": {"access", s.access},
		"core.application": {record.Application, s.application}, "core.applicationdomain": {"domain", s.domain},
	}
}

// stageAll puts all objects of a dump on the stage.
func (r reader) stageAll(ctx context.Context, in io.Reader) (others map[string]int, err error) {
	others, models := map[string]int{}, r.models()
	err = r.db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.ExecContext(ctx, "PRAGMA cache_size = -65536"); err != nil { // 64 MiB
			return err
		}
		err := decode(in, func(o object, number int) error {
			if model, known := models[o.Model]; known {
				return r.keep(ctx, tx, model, o, number)
			}
			others[o.Model]++
			return nil
		})
		if err != nil {
			return err
		}
		return r.finish(ctx, tx)
	})
	if err != nil {
		return nil, fmt.Errorf("reading the dump: %w", err)
	}
	return others, nil
}

// keep puts an object on the stage, unless it is not as its model should be.
func (r reader) keep(ctx context.Context, tx bun.Tx, m model, o object, number int) error {
	var id string
	if json.Unmarshal(o.PK, &id) != nil || id == "" {
		return r.leaveOut(m.kind, "", number, "has no pk; write the dump without --natural-primary")
	}
	err := m.keep(ctx, tx, canonical(id), o, number)
	if errors.Is(err, errFields) {
		return r.leaveOut(m.kind, id, number, err.Error())
	}
	return err
}

func (r reader) leaveOut(kind, key string, number int, reason string) error {
	return r.yield(record.Record{}, &record.Fault{Kind: kind, Key: key, Number: number, Reason: reason})
}

func (r reader) change(kind, key string, number int, reason string) error {
	return r.yield(record.Record{}, &record.Fault{Kind: kind, Key: key, Number: number, Reason: reason, Changed: true})
}

// emit yields a record of values, in which times are texts.
func (r reader) emit(kind string, number int, values map[string]any) error {
	k, _ := r.kinds.Kind(kind)
	key, _ := values[k.Key[0]].(string)
	for name, value := range values {
		field, known := k.Field(name)
		text, isText := value.(string)
		switch {
		case !known || value == nil:
			delete(values, name)
		case isText && field.Type == record.Time:
			at, err := field.Moment(text)
			if err != nil {
				return r.leaveOut(kind, key, number, err.Error())
			}
			values[name] = at
		}
	}
	return r.yield(record.Record{Kind: k, Number: number, Values: values}, nil)
}

// emitUsers yields the users. Of several with one address the one gets it whom LaSuite Meet
// would rather have kept: an active one, the oldest of them. It acts for none of them.
func (r reader) emitUsers(ctx context.Context) error {
	return eachRow(ctx, r.db, `SELECT u.id, u.email, u.active, u.created_at, u.number,
			u.email NOT IN ('', '-') AND u.id <> (SELECT v.id FROM users AS v WHERE v.email = u.email
				ORDER BY v.active DESC, v.created_at, v.id LIMIT 1) AS other
		FROM users AS u WHERE u.id > ? ORDER BY u.id LIMIT 1000`, func(u stagedUser) (string, error) {
		return u.ID, r.emitUser(u)
	})
}

type stagedUser struct {
	ID, Email, CreatedAt string
	Active, Other        bool
	Number               int
}

func (r reader) emitUser(u stagedUser) error {
	switch {
	case u.Email == "":
		return r.leaveOut(record.User, u.ID, u.Number, "has no e-mail address; rooms keep its roles by its id")
	case u.Email == "-":
		return r.leaveOut(record.User, u.ID, u.Number,
			"has an e-mail address that is not acceptable; rooms keep its roles by its id")
	case u.Other:
		return r.leaveOut(record.User, u.ID, u.Number,
			"has the e-mail address of another user (see: manage.py merge_duplicate_users); rooms keep its roles by its id")
	}
	return r.emit(record.User, u.Number, map[string]any{"id": u.ID, "email": u.Email, "active": u.Active,
		"created_at": u.CreatedAt})
}

// eachRow reads the rows of a query a thousand at a time, each time those after the last one.
func eachRow[T any](ctx context.Context, db bun.IDB, query string, visit func(T) (id string, err error)) error {
	for last := ""; ; {
		var rows []T
		if err := db.NewRaw(query, last).Scan(ctx, &rows); err != nil {
			return fmt.Errorf("reading the stage: %w", err)
		}
		for _, row := range rows {
			id, err := visit(row)
			if err != nil {
				return err
			}
			last = id
		}
		if len(rows) < 1000 {
			return nil
		}
	}
}
