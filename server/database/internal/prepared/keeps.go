package prepared

import (
	"context"
	"crypto/rand"
	"errors"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
)

// keeps reports whether a statement that is prepared on a connection stays there: there is no pooler, or one that
// follows prepared statements.
func keeps(ctx context.Context, conn *pgconn.PgConn) (bool, error) {
	results, err := conn.Exec(ctx, "SELECT pg_catalog.pg_backend_pid()").ReadAll()
	if err != nil {
		return false, err
	}
	if len(results) != 1 || len(results[0].Rows) != 1 || len(results[0].Rows[0]) != 1 {
		return false, errors.New("the number of a session is one value")
	}
	if string(results[0].Rows[0][0]) == strconv.FormatUint(uint64(conn.PID()), 10) {
		return true, nil
	}
	return followed(ctx, conn) // poolers make up the numbers that they give to clients
}

// followed reports whether a pooler follows prepared statements: it gives them names of its own. Everything is sent at
// once, which is one transaction, and by that one session of the server.
func followed(ctx context.Context, conn *pgconn.PgConn) (followed bool, err error) {
	name := "anteroom_" + rand.Text()
	pipeline := conn.StartPipeline(ctx)
	pipeline.SendPrepare(name, "SELECT 1", nil)
	pipeline.SendQueryParams("SELECT 1 FROM pg_catalog.pg_prepared_statements WHERE name = '"+name+"'", nil, nil, nil, nil)
	pipeline.SendDeallocate(name)
	err = pipeline.Sync()
	for err == nil {
		var result any
		result, err = pipeline.GetResults()
		if reader, ok := result.(*pgconn.ResultReader); ok && err == nil {
			read := reader.Read()
			followed, err = len(read.Rows) == 0, read.Err
		}
		if _, done := result.(*pgconn.PipelineSync); done {
			break
		}
	}
	var refusal *pgconn.PgError
	if errors.As(err, &refusal) { // it does not know the messages for it
		followed, err = false, nil
	}
	return followed, errors.Join(err, pipeline.Close())
}
