package main

import (
	"context"
	"database/sql"
	"errors"
	"strconv"

	"github.com/anteroom-go/anteroom/delegation"
)

// accounts is the product's table of people as delegation.Users.
type accounts struct{ db *sql.DB }

// UserByEmail implements delegation.Users.
func (a accounts) UserByEmail(ctx context.Context, email delegation.Email) (delegation.User, error) {
	return a.find(ctx, "mail = $1", string(email))
}

// UserByID implements delegation.Users.
func (a accounts) UserByID(ctx context.Context, id string) (delegation.User, error) {
	return a.find(ctx, "id = $1", number(id))
}

func (a accounts) find(ctx context.Context, condition string, value any) (user delegation.User, err error) {
	var id int64
	var blocked bool
	err = a.db.QueryRowContext(ctx, "SELECT id, mail, blocked FROM accounts WHERE "+condition, value).
		Scan(&id, &user.Email, &blocked)
	if errors.Is(err, sql.ErrNoRows) {
		return delegation.User{}, delegation.ErrUserNotFound
	}
	user.ID, user.Active = strconv.FormatInt(id, 10), !blocked
	return user, err
}
