package migrate

import (
	"bytes"
	"io/fs"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

// Lines of a migration that say for which databases those below it are.
const (
	forPostgres = "-- +postgres"
	forSQLite   = "-- +sqlite"
	forBoth     = "-- +both"
)

// Files returns a set of migrations as they are for a database: without the lines for others, see package tables.
func Files(db bun.IDB, files fs.FS) fs.FS { return spoken{files, db.Dialect().Name() == dialect.PG} }

// spoken are files of migrations without the lines for other databases.
type spoken struct {
	fs.FS
	postgres bool
}

// Open implements [fs.FS].
func (s spoken) Open(name string) (fs.File, error) {
	file, err := s.FS.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := file.Stat(); err != nil || info.IsDir() {
		return file, err
	}
	var text bytes.Buffer
	if _, err := text.ReadFrom(file); err != nil {
		return nil, err
	}
	return &spokenFile{file, strings.NewReader(s.without(text.String()))}, nil
}

// without returns a text without the lines for other databases.
func (s spoken) without(text string) string {
	var kept strings.Builder
	other := false
	for line := range strings.Lines(text) {
		switch strings.TrimSpace(line) {
		case forPostgres:
			other = !s.postgres
		case forSQLite:
			other = s.postgres
		case forBoth:
			other = false
		default:
			if !other {
				kept.WriteString(line)
			}
		}
	}
	return kept.String()
}

// spokenFile is a file with another text. Its size is that of the original one.
type spokenFile struct {
	fs.File
	text *strings.Reader
}

// Read implements [fs.File].
func (f *spokenFile) Read(p []byte) (int, error) { return f.text.Read(p) }
