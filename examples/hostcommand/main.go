// Hostcommand is the program of a product with accounts of its own: every command of
// anteroom, serve among them, which knows these accounts.
//
//	export ANTEROOM_DATABASE_URL=file:meet.db
//	go run ./examples/hostcommand migrate
//	go run ./examples/hostcommand app create --name Calendar --scope rooms:list --domain example.com
//	go run ./examples/hostcommand user protect alice@example.com
package main

import (
	"context"
	"database/sql"
	"errors"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/server/command"
)

func main() { command.Main(command.Product{Name: "meet", Configure: configure}) }

// configure puts the accounts in, which are in the same database.
func configure(ctx context.Context, db *bun.DB, parts *command.Parts) error {
	for _, statement := range []string{schema, people} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	directory := accounts{db}
	parts.Users, parts.Directory = directory, directory
	return nil
}

const (
	schema = `CREATE TABLE IF NOT EXISTS accounts (id TEXT PRIMARY KEY, mail TEXT NOT NULL UNIQUE,
		blocked BOOLEAN NOT NULL DEFAULT FALSE, protected BOOLEAN NOT NULL DEFAULT FALSE)`
	people = `INSERT INTO accounts (id, mail) VALUES ('a-1', 'alice@example.com'), ('b-2', 'bob@example.com')
		ON CONFLICT DO NOTHING`
)

// accounts are the users of the product.
type accounts struct{ db *bun.DB }

// UserByEmail implements delegation.Users.
func (a accounts) UserByEmail(ctx context.Context, email delegation.Email) (delegation.User, error) {
	return a.find(ctx, "mail", string(email))
}

// UserByID implements delegation.Users.
func (a accounts) UserByID(ctx context.Context, id string) (delegation.User, error) {
	return a.find(ctx, "id", id)
}

func (a accounts) find(ctx context.Context, column, value string) (delegation.User, error) {
	var account struct {
		ID, Mail           string
		Blocked, Protected bool
	}
	err := a.db.NewRaw("SELECT id, mail, blocked, protected FROM accounts WHERE ? = ?", bun.Ident(column), value).
		Scan(ctx, &account)
	if errors.Is(err, sql.ErrNoRows) {
		return delegation.User{}, delegation.ErrUserNotFound
	}
	return delegation.User{ID: account.ID, Email: delegation.Email(account.Mail), Active: !account.Blocked,
		Protected: account.Protected}, err
}

// SetActive implements command.Directory.
func (a accounts) SetActive(ctx context.Context, user delegation.User, active bool) error {
	_, err := a.db.ExecContext(ctx, "UPDATE accounts SET blocked = ? WHERE id = ?", !active, user.ID)
	return err
}

// SetProtected implements command.Directory.
func (a accounts) SetProtected(ctx context.Context, user delegation.User, protected bool) error {
	_, err := a.db.ExecContext(ctx, "UPDATE accounts SET protected = ? WHERE id = ?", protected, user.ID)
	return err
}
