package prepared

import (
	"context"
	"database/sql/driver"
	"encoding/binary"
	"io"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// resultFormats are the types whose values are read in their binary form. Everything else is read as a text.
var resultFormats = pgx.QueryResultFormatsByOID{
	pgtype.BoolOID: pgx.BinaryFormatCode, pgtype.ByteaOID: pgx.BinaryFormatCode, pgtype.Int2OID: pgx.BinaryFormatCode,
	pgtype.Int4OID: pgx.BinaryFormatCode, pgtype.Int8OID: pgx.BinaryFormatCode,
	pgtype.TimestamptzOID: pgx.BinaryFormatCode,
}

// rows are the rows of a statement with arguments. They convert what stdlib does, with fewer steps: for each query that
// looks for the conversion of every column.
type rows struct {
	rows    pgx.Rows
	types   *pgtype.Map
	columns []string
	read    bool // the first row, already
	more    bool
}

// query sends a query, and reads its first row, with which most errors come.
func (c *Conn) query(ctx context.Context, text string, mode any, args []driver.NamedValue) (driver.Rows, error) {
	conn := c.Conn.Conn()
	if conn.IsClosed() {
		return nil, driver.ErrBadConn
	}
	values := make([]any, 2, 2+len(args))
	values[0], values[1] = resultFormats, mode
	for _, arg := range args {
		values = append(values, arg.Value)
	}
	sent, err := conn.Query(ctx, text, values...)
	if err != nil {
		if pgconn.SafeToRetry(err) {
			return nil, driver.ErrBadConn
		}
		return nil, err
	}
	r := &rows{rows: sent, types: conn.TypeMap(), read: true, more: sent.Next()}
	if err := sent.Err(); err != nil {
		sent.Close()
		return nil, err
	}
	return r, nil
}

// Columns implements [driver.Rows].
func (r *rows) Columns() []string {
	if r.columns == nil {
		r.columns = make([]string, len(r.rows.FieldDescriptions()))
		for i, field := range r.rows.FieldDescriptions() {
			r.columns[i] = field.Name
		}
	}
	return r.columns
}

// Close implements [driver.Rows].
func (r *rows) Close() error {
	r.rows.Close()
	return r.rows.Err()
}

// Next implements [driver.Rows]. Package sql gives it the values of the row before, of which texts are often the same.
func (r *rows) Next(into []driver.Value) (err error) {
	if !r.read {
		r.more = r.rows.Next()
	}
	r.read = false
	if !r.more {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return io.EOF
	}
	fields := r.rows.FieldDescriptions()
	for i, raw := range r.rows.RawValues() {
		if before, ok := into[i].(string); ok && before == string(raw) && raw != nil && isText(&fields[i]) {
			continue
		}
		if into[i] = nil; raw == nil {
			continue
		}
		if into[i], err = r.value(&fields[i], raw); err != nil {
			return err
		}
	}
	return nil
}

// value returns what database/sql gets for a value, as stdlib has it.
func (r *rows) value(field *pgconn.FieldDescription, raw []byte) (driver.Value, error) {
	if field.Format == pgx.BinaryFormatCode {
		switch {
		case field.DataTypeOID == pgtype.BoolOID && len(raw) == 1:
			return raw[0] != 0, nil
		case field.DataTypeOID == pgtype.ByteaOID:
			return slices.Clone(raw), nil
		case field.DataTypeOID == pgtype.Int2OID && len(raw) == 2:
			return int64(int16(binary.BigEndian.Uint16(raw))), nil
		case field.DataTypeOID == pgtype.Int4OID && len(raw) == 4:
			return int64(int32(binary.BigEndian.Uint32(raw))), nil
		case field.DataTypeOID == pgtype.Int8OID && len(raw) == 8:
			return int64(binary.BigEndian.Uint64(raw)), nil
		}
	}
	switch field.DataTypeOID {
	case pgtype.TimestamptzOID:
		return converted(r, field, raw, &pgtype.Timestamptz{})
	case pgtype.TimestampOID:
		return converted(r, field, raw, &pgtype.Timestamp{})
	case pgtype.DateOID:
		return converted(r, field, raw, &pgtype.Date{})
	case pgtype.Float4OID, pgtype.Float8OID:
		return converted(r, field, raw, &pgtype.Float8{})
	case pgtype.BoolOID:
		return converted(r, field, raw, &pgtype.Bool{})
	case pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID:
		return converted(r, field, raw, &pgtype.Int8{})
	case pgtype.OIDOID, pgtype.CIDOID, pgtype.XIDOID:
		return converted(r, field, raw, &pgtype.Uint32{})
	case pgtype.JSONOID, pgtype.JSONBOID, pgtype.XMLOID:
		return slices.Clone(raw), nil
	}
	return string(raw), nil
}

// isText reports whether value returns a text as it is.
func isText(field *pgconn.FieldDescription) bool {
	return field.DataTypeOID == pgtype.TextOID || field.DataTypeOID == pgtype.VarcharOID
}

// converted returns a value by a type of pgx.
func converted(r *rows, field *pgconn.FieldDescription, raw []byte, by driver.Valuer) (driver.Value, error) {
	if field.DataTypeOID == pgtype.TimestamptzOID && field.Format == pgx.BinaryFormatCode && len(raw) == 8 {
		if since := int64(binary.BigEndian.Uint64(raw)); since != infinity && since != -infinity-1 {
			return time.UnixMicro(epoch + since), nil
		}
	}
	if err := r.types.Scan(field.DataTypeOID, field.Format, raw, by); err != nil {
		return nil, err
	}
	return by.Value()
}

// The microseconds from 1970 to 2000, from which PostgreSQL counts, and the one that stands for the end of all time.
const (
	epoch    = 946_684_800_000_000
	infinity = 1<<63 - 1
)
