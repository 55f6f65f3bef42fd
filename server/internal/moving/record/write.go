package record

import (
	"bufio"
	"encoding/csv"
	"io"
	"time"
)

// Writer writes records.
type Writer interface {
	// Write writes one record.
	Write(r Record) error
	// Flush ends the file.
	Flush() error
}

// NewLines returns a writer of JSON Lines.
func NewLines(out io.Writer) Writer { return &lines{out: bufio.NewWriterSize(out, 64<<10)} }

type lines struct{ out *bufio.Writer }

func (l *lines) Write(r Record) error {
	line := `{"kind":"` + r.Kind.Name + `"`
	for _, field := range r.Kind.Fields {
		value := r.Values[field.Name]
		if value == nil {
			continue
		}
		if at, isTime := value.(time.Time); isTime {
			value = at.Format(time.RFC3339Nano)
		}
		text, err := document(value)
		if err != nil {
			return err
		}
		line += `,"` + field.Name + `":` + text
	}
	_, err := l.out.WriteString(line + "}\n")
	return err
}

func (l *lines) Flush() error { return l.out.Flush() }

// NewTable returns a writer of CSV for one kind. Its first line names the fields.
func NewTable(out io.Writer, kind *Kind) (Writer, error) {
	t := &table{csv.NewWriter(out)}
	return t, t.out.Write(append([]string{kindColumn}, kind.Names()...))
}

type table struct{ out *csv.Writer }

func (t *table) Write(r Record) error {
	row := []string{r.Kind.Name}
	for _, field := range r.Kind.Fields {
		text, err := asText(r.Values[field.Name])
		if err != nil {
			return err
		}
		row = append(row, text)
	}
	return t.out.Write(row)
}

func (t *table) Flush() error {
	t.out.Flush()
	return t.out.Error()
}
