package rows

import (
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
)

// User is a user as SQL has it.
type User struct {
	bun.BaseModel `bun:"table:users,alias:u"`

	ID        string    `bun:"id,pk"`
	Email     string    `bun:"email"`
	Active    bool      `bun:"active"`
	Protected bool      `bun:"protected,scanonly"` // see userColumns
	CreatedAt time.Time `bun:"created_at"`
}

// User reads a row.
func (row User) User() delegation.User {
	return delegation.User{ID: row.ID, Email: delegation.Email(row.Email), Active: row.Active, Protected: row.Protected}
}

// The queries for one user answer with one row of the same columns whether or not
// there is a user: the work is the same.
const (
	userColumns = `SELECT COALESCE(u.id, '') AS id, COALESCE(u.email, p.email, '') AS email,
		COALESCE(u.active, FALSE) AS active, p.email IS NOT NULL AS protected FROM (SELECT 1 AS one) AS o `
	UserByEmail = userColumns + `LEFT JOIN {users} AS u ON u.email = $1
		LEFT JOIN {protected_addresses} AS p ON p.email = $2`
	AllUsers = `SELECT u.id, u.email, u.active,
			EXISTS (SELECT 1 FROM {protected_addresses} AS p WHERE p.email = u.email) AS protected FROM {users} AS u
		UNION ALL SELECT '' AS id, p.email, FALSE AS active, TRUE AS protected FROM {protected_addresses} AS p
			WHERE NOT EXISTS (SELECT 1 FROM {users} AS u WHERE u.email = p.email)`
	UserByID = userColumns + `LEFT JOIN {users} AS u ON u.id = $1
		LEFT JOIN {protected_addresses} AS p ON p.email = u.email`
)
