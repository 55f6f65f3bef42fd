package main

import (
	"context"
	"database/sql"
	"errors"
	"strconv"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
)

// users is the host's own table of accounts, with numbers for ids. It is what
// Anteroom asks for delegated users: no account is copied anywhere.
type users struct {
	db bun.IDB
}

const schema = `CREATE TABLE IF NOT EXISTS accounts (
	id INTEGER PRIMARY KEY, mail TEXT NOT NULL UNIQUE, blocked BOOLEAN NOT NULL)`

const people = `INSERT INTO accounts (id, mail, blocked)
	VALUES (1, 'alice@example.com', FALSE), (2, 'bob@example.com', FALSE), (3, 'mallory@example.com', TRUE)
	ON CONFLICT DO NOTHING`

// newUsers creates the table with three people.
func newUsers(ctx context.Context, db bun.IDB) (*users, error) {
	for _, statement := range []string{schema, people} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return nil, err
		}
	}
	return &users{db: db}, nil
}

// UserByEmail implements delegation.Users.
func (u *users) UserByEmail(ctx context.Context, email delegation.Email) (delegation.User, error) {
	return u.find(ctx, "mail = ?", string(email))
}

// UserByID implements delegation.Users.
func (u *users) UserByID(ctx context.Context, id string) (delegation.User, error) {
	number, err := strconv.Atoi(id)
	if err != nil || strconv.Itoa(number) != id {
		return delegation.User{}, delegation.ErrUserNotFound
	}
	return u.find(ctx, "id = ?", number)
}

func (u *users) find(ctx context.Context, condition string, value any) (delegation.User, error) {
	var account struct {
		ID      int
		Mail    string
		Blocked bool
	}
	err := u.db.NewRaw("SELECT id, mail, blocked FROM accounts WHERE "+condition, value).Scan(ctx, &account)
	if errors.Is(err, sql.ErrNoRows) {
		return delegation.User{}, delegation.ErrUserNotFound
	}
	return delegation.User{
		ID:     strconv.Itoa(account.ID),
		Email:  delegation.Email(account.Mail),
		Active: !account.Blocked,
	}, err
}
