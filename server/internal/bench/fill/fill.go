package fill

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/anteroom-go/anteroom/server/database"
	"github.com/anteroom-go/anteroom/server/database/session"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// Database fills the database at a URL, as database.Open takes it. The database has the schema of this program, and
// none of the plan's rows. It returns an error, and leaves nothing behind, if anything fails.
func Database(ctx context.Context, address string, plan Plan) error {
	plan, err := plan.checked()
	if err != nil {
		return err
	}
	db, err := database.OpenExisting(ctx, address)
	if err != nil {
		return err
	}
	defer db.Close()
	names, _ := tables.Of(db)
	if strings.HasPrefix(address, "file:") {
		return sqlite{names}.fill(session.Silence(ctx, 0), db.DB, plan)
	}
	address, err = plainURL(address)
	if err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return fmt.Errorf("fill: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return postgres{conn, names}.fill(ctx, plan)
}

// plainURL returns a URL of PostgreSQL without the parameters that are the program's own.
func plainURL(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", database.ErrURL // the error of url repeats the URL
	}
	query := u.Query()
	for _, own := range []string{"pool_max_conns", "silence_timeout", "tables"} {
		query.Del(own)
	}
	u.RawQuery = query.Encode()
	return u.String(), nil
}
