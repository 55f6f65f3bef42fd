package tables

import (
	"io"
	"io/fs"
	"maps"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

// Texts expands SQL texts, each once. It is safe for concurrent use; its zero value has the plain names.
type Texts struct {
	names    Names
	expanded atomic.Pointer[map[string]string] // never changed, but replaced by a larger one
	growing  sync.Mutex
}

// Texts returns an expander with an empty memory.
func (n Names) Texts() *Texts { return &Texts{names: n} }

// SQL returns the text with its names expanded, see [Names.SQL].
func (t *Texts) SQL(text string) string {
	if known := t.expanded.Load(); known != nil {
		if expanded, found := (*known)[text]; found {
			return expanded
		}
	}
	return t.remember(text)
}

// remember expands a text that is not known yet.
func (t *Texts) remember(text string) string {
	t.growing.Lock()
	defer t.growing.Unlock()
	larger := map[string]string{}
	if known := t.expanded.Load(); known != nil {
		maps.Copy(larger, *known)
	}
	expanded := t.names.SQL(text)
	larger[text] = expanded
	t.expanded.Store(&larger)
	return expanded
}

// Names returns the names.
func (t *Texts) Names() Names { return t.names }

// SQL returns the text with every {name} replaced by the name with its schema and prefix, and every {.name} by the one
// without the schema. Braces around anything else stay.
func (n Names) SQL(text string) string {
	var out strings.Builder
	for {
		before, rest, opened := strings.Cut(text, "{")
		out.WriteString(before)
		if !opened {
			return out.String()
		}
		name, after, closed := strings.Cut(rest, "}")
		bare, isBare := strings.CutPrefix(name, ".")
		switch {
		case !closed || !isName(bare):
			out.WriteByte('{')
			text = rest
			continue
		case isBare:
			out.WriteString(n.Bare(bare))
		default:
			out.WriteString(n.Table(name))
		}
		text = after
	}
}

// isName reports whether a text is the name of a table or an index.
func isName(text string) bool {
	return text != "" && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz_") == ""
}

// Files returns the files of a set of migrations with their names expanded. They hold no parts for one kind of
// database; see [Names.FilesOn].
func (n Names) Files(files fs.FS) fs.FS { return expandedFiles{files, n, ""} }

// FilesOn returns the files of a set of migrations for the database of a handle: with their names expanded, and without
// the parts that are for the other kind of database.
func (n Names) FilesOn(db bun.IDB, files fs.FS) fs.FS {
	kind := "sqlite"
	if db.Dialect().Name() == dialect.PG {
		kind = "postgres"
	}
	return expandedFiles{files, n, kind}
}

// expandedFiles are files whose texts are expanded when they are opened.
type expandedFiles struct {
	fs.FS
	names Names
	kind  string // of the database, or empty
}

// partFor returns the lines of a text that are for one kind of database. The line "-- +sqlite" or "-- +postgres" begins
// a part for that kind, which ends with the next such line or with "-- +end".
func partFor(kind, text string) string {
	var out strings.Builder
	left := false
	for line := range strings.Lines(text) {
		switch strings.TrimSpace(line) {
		case "-- +sqlite", "-- +postgres":
			left = strings.TrimSpace(line) != "-- +"+kind
		case "-- +end":
			left = false
		default:
			if !left {
				out.WriteString(line)
			}
		}
	}
	return out.String()
}

// Open implements [fs.FS].
func (f expandedFiles) Open(name string) (fs.File, error) {
	file, err := f.FS.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil || info.IsDir() {
		return file, err
	}
	text, err := io.ReadAll(file)
	if err != nil {
		return nil, err
	}
	return &expandedFile{file, strings.NewReader(f.names.SQL(partFor(f.kind, string(text))))}, nil
}

// expandedFile is a file with another text. Its size is that of the original one.
type expandedFile struct {
	fs.File
	text *strings.Reader
}

// Read implements [fs.File].
func (f *expandedFile) Read(p []byte) (int, error) { return f.text.Read(p) }
