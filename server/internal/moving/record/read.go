package record

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// maxLine is the longest line of JSON Lines, in bytes: a room with all of its members.
const maxLine = 4 << 20

// Fault is what is wrong with one record, which may be left out. Every other error of a
// reader means that the rest cannot be read.
type Fault struct {
	Kind   string // empty if it is not known
	Key    string // empty if it is not known
	Number int
	Reason string
	// Changed means that the record comes all the same, without what the reason names.
	Changed bool
}

// Yield receives records, and what is wrong with others.
type Yield func(Record, *Fault) error

// Error names the record and what is wrong with it.
func (f *Fault) Error() string { return fmt.Sprintf("record %d: %s", f.Number, f.Reason) }

// Lines reads JSON Lines: on each line an object with the member "kind".
func Lines(in io.Reader, kinds Kinds, yield Yield) error {
	scanner := bufio.NewScanner(in)
	scanner.Buffer(make([]byte, 64<<10), maxLine)
	number := 0
	for scanner.Scan() {
		number++
		line := bytes.TrimSpace(scanner.Bytes())
		if len(line) == 0 {
			continue
		}
		if err := readLine(line, number, kinds, yield); err != nil {
			return err
		}
	}
	if errors.Is(scanner.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("line %d: is longer than %d bytes", number+1, maxLine)
	}
	return scanner.Err()
}

func readLine(line []byte, number int, kinds Kinds, yield Yield) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(line, &members); err != nil {
		return fmt.Errorf("line %d: is not a JSON object", number)
	}
	var name string
	_ = json.Unmarshal(members["kind"], &name) // of another type is no kind
	kind, known := kinds.Kind(name)
	if !known {
		return yield(Record{}, unknownKind(name, number, kinds))
	}
	delete(members, "kind")
	r := Record{Kind: kind, Number: number, Values: map[string]any{}}
	return deliver(r, func() error {
		for name, text := range members {
			if err := r.set(name, func(f Field) (any, error) { return f.fromJSON(text) }); err != nil {
				return err
			}
		}
		return nil
	}, yield)
}

// set sets one value, if there is one.
func (r Record) set(name string, read func(Field) (any, error)) error {
	field, known := r.Kind.Field(name)
	if !known {
		return &FieldError{name, "is not known; a " + r.Kind.Name + " has " + strings.Join(r.Kind.Names(), ", ")}
	}
	value, err := read(field)
	if err == nil && value != nil {
		r.Values[name] = value
	}
	return err
}

// deliver yields the record that fill fills, or what is wrong with it.
func deliver(r Record, fill func() error, yield Yield) error {
	if err := fill(); err != nil {
		return yield(Record{}, &Fault{Kind: r.Kind.Name, Key: r.Key(), Number: r.Number, Reason: err.Error()})
	}
	return yield(r, nil)
}

// Table reads CSV (RFC 4180) whose first line names the fields. A column "kind" names the
// kind of each record; without it all are of the first kind that has the fields. Semicolons may
// stand in the place of commas, as spreadsheets write them in some countries.
func Table(in io.Reader, kinds Kinds, yield Yield) error {
	buffered := bufio.NewReader(in)
	reader := csv.NewReader(buffered)
	if first, _ := buffered.Peek(4 << 10); semicolons(first) {
		reader.Comma = ';'
	}
	header, err := reader.Read()
	if err != nil {
		return tableError(err)
	}
	for i, name := range header {
		header[i] = strings.ToLower(strings.TrimSpace(name))
	}
	t := tableReader{header: header, kinds: kinds}
	if t.kind, err = kinds.withHeader(header); err != nil {
		return fmt.Errorf("line 1: %w", err)
	}
	for {
		row, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return tableError(err)
		}
		line, _ := reader.FieldPos(0)
		if err := t.row(row, line, yield); err != nil {
			return err
		}
	}
}

// kindColumn is the column that names the kind of a record.
const kindColumn = "kind"

// tableReader reads the rows of CSV. Without a kind of all rows, each row names its own.
type tableReader struct {
	header []string
	kinds  Kinds
	kind   *Kind
}

func (t tableReader) row(row []string, line int, yield Yield) error {
	kind := t.kind
	if i := slices.Index(t.header, kindColumn); i >= 0 {
		known := false
		if kind, known = t.kinds.Kind(strings.TrimSpace(row[i])); !known {
			return yield(Record{}, unknownKind(row[i], line, t.kinds))
		}
	}
	r := Record{Kind: kind, Number: line, Values: map[string]any{}}
	return deliver(r, func() error {
		for i, name := range t.header {
			if name == kindColumn || row[i] == "" {
				continue
			}
			if err := r.set(name, func(f Field) (any, error) { return f.fromText(row[i]) }); err != nil {
				return err
			}
		}
		return nil
	}, yield)
}

// unknownKind is a record of a kind that is none of those that are known.
func unknownKind(name string, number int, kinds Kinds) *Fault {
	return &Fault{Kind: name, Number: number, Reason: "unknown kind; the kinds are " + strings.Join(kinds.Names(), ", ")}
}

// semicolons reports whether the first line has semicolons and no commas.
func semicolons(text []byte) bool {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	return bytes.ContainsRune(line, ';') && !bytes.ContainsRune(line, ',')
}

// tableError names the line, without what stands on it.
func tableError(err error) error {
	var parse *csv.ParseError
	switch {
	case errors.As(err, &parse):
		return fmt.Errorf("line %d: %w", parse.Line, parse.Err)
	case errors.Is(err, io.EOF):
		return errors.New("the file is empty")
	}
	return err
}

// Addresses reads one address on each line, each that of a user. Empty lines, and those that
// begin with #, are passed over.
func Addresses(in io.Reader, kinds Kinds, yield Yield) error {
	kind, _ := kinds.Kind(User)
	scanner := bufio.NewScanner(in)
	for number := 1; scanner.Scan(); number++ {
		text := strings.TrimSpace(scanner.Text())
		if text == "" || text[0] == '#' {
			continue
		}
		if err := yield(Record{Kind: kind, Number: number, Values: map[string]any{"email": text}}, nil); err != nil {
			return err
		}
	}
	return scanner.Err()
}
