//go:build linux

package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/anteroom-go/anteroom/server/internal/faults/stand"
)

// sqliteCorrupt overwrites all pages but the first while the server runs, puts the
// file back from a copy, and then starts servers on files that are no databases any
// more.
func sqliteCorrupt(ctx context.Context, t *trial) (string, error) {
	s, file, err := t.inScratch(ctx)
	if err != nil {
		return "", err
	}
	copied, err := os.ReadFile(file) // no process has it open, so it is whole
	if err != nil {
		return "", err
	}
	r, stop, err := underLoad(ctx, s)
	if err != nil {
		return "", err
	}
	defer stop()
	r.begin()
	if err := overwrite(file); err != nil {
		return "", err
	}
	pass(ctx, pick(t, 10*time.Second, 4*time.Second))
	r.load.Stop()
	r.readiness.stop()
	r.server.Kill()
	figure := fmt.Sprintf("in the fault %s, %d ERROR; %s", r.load.During, r.server.Log.Records("ERROR"), r.readyText())
	return figure, errors.Join(r.told(), r.load.During.Wrong(), goesOn(ctx, s, file, copied))
}

// goesOn puts a copy of a SQLite file in its place, and starts a server on it.
func goesOn(ctx context.Context, s *stand.Stand, file string, copied []byte) error {
	if err := restore(file, copied); err != nil {
		return err
	}
	server, _, err := s.ServeClient(ctx)
	if err != nil {
		return fmt.Errorf("after the file was put back: %w", err)
	}
	server.Kill()
	return nil
}

// overwrite damages every page of a SQLite file but the first.
func overwrite(file string) error {
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	const page = 4096
	_, err = f.WriteAt(bytes.Repeat([]byte{0xa5}, int(info.Size())-page), page)
	return err
}

// restore puts a copy of a SQLite file in its place.
func restore(file string, content []byte) error {
	for _, path := range []string{file + "-wal", file + "-shm"} {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return os.WriteFile(file, content, 0o600)
}

// sqliteForeign names files that are not the program's as the database. Each
// command must refuse and leave the file as it is.
func sqliteForeign(ctx context.Context, t *trial) (string, error) {
	dir, err := t.scratch()
	if err != nil {
		return "", err
	}
	files, err := foreignFiles(ctx, dir)
	if err != nil {
		return "", err
	}
	var wrong []error
	refused := 0
	for _, file := range files {
		for _, command := range []string{"serve", "migrate", "app list"} {
			if err := t.refuses(ctx, file, command); err != nil {
				wrong = append(wrong, fmt.Errorf("%s on %s: %w", command, filepath.Base(file), err))
				continue
			}
			refused++
		}
	}
	figure := fmt.Sprintf("%d of %d commands on %d files refuse and change nothing", refused, 3*len(files), len(files))
	return figure, errors.Join(wrong...)
}

// foreignFiles makes the files.
func foreignFiles(ctx context.Context, dir string) (files []string, err error) {
	for name, statements := range map[string]string{
		"notes.db":       "CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('keep')",
		"same-name.db":   "CREATE TABLE users (name TEXT); INSERT INTO users VALUES ('keep')",
		"application.db": "PRAGMA application_id = 252006673",
	} {
		file := filepath.Join(dir, name)
		db, err := sql.Open("sqlite", "file:"+file) // the driver that the package database links
		if err != nil {
			return nil, err
		}
		_, err = db.ExecContext(ctx, statements)
		if err := errors.Join(err, db.Close()); err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	text := filepath.Join(dir, "letter.txt")
	letter := strings.Repeat("This is a letter and no database.\n", 200)
	return append(files, text), os.WriteFile(text, []byte(letter), 0o600)
}

// refuses returns an error unless a command ends by itself with an exit status
// other than 0 and leaves the file as it was.
func (t *trial) refuses(ctx context.Context, file, command string) error {
	before, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	dir, err := t.scratch()
	if err != nil {
		return err
	}
	s := stand.Bare(t.binary, dir, "file:"+file)
	if command == "serve" {
		server, err := s.Serve(ctx)
		if err == nil {
			server.Kill()
			return errors.Join(errors.New("it starts"), unchanged(file, before))
		}
		return unchanged(file, before)
	}
	if _, err := s.Run(ctx, strings.Fields(command)...); err == nil {
		return errors.Join(errors.New("it does not refuse"), unchanged(file, before))
	}
	return unchanged(file, before)
}

func unchanged(file string, before []byte) error {
	after, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if !bytes.Equal(before, after) {
		return errors.New("the file was changed")
	}
	return nil
}
