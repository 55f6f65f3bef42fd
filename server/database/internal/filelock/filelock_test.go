package filelock_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/database/internal/filelock"
)

func TestModeOfTheFile(t *testing.T) {
	is := is.New(t)
	path := filepath.Join(t.TempDir(), "test.db")
	is.NoErr(os.WriteFile(path, nil, 0o600))
	for range 2 {
		unlock, err := filelock.Lock(t.Context(), path, nil)
		is.NoErr(err)
		unlock()
	}
	info, err := os.Stat(path + ".lock")
	is.NoErr(err)
	is.Equal(info.Mode().Perm(), os.FileMode(0o600)) // others cannot keep us waiting
}

// TestALinkInItsPlace puts a link to a file of another user where root would make
// its lock.
func TestALinkInItsPlace(t *testing.T) {
	is := is.New(t)
	path := filepath.Join(t.TempDir(), "test.db")
	is.NoErr(os.WriteFile(path, nil, 0o600))
	is.NoErr(os.WriteFile(path+".other", nil, 0o644))
	is.NoErr(os.Symlink(path+".other", path+".lock"))
	unlock, err := filelock.Lock(t.Context(), path, nil)
	is.NoErr(err)
	unlock()
	info, err := os.Stat(path + ".other")
	is.NoErr(err)
	is.Equal(info.Mode().Perm(), os.FileMode(0o644)) // what the link points to is left alone
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	is := is.New(t)
	path := filepath.Join(t.TempDir(), "test.db")
	is.NoErr(os.WriteFile(path, nil, 0o600))
	unlock, err := filelock.Lock(t.Context(), path, nil)
	is.NoErr(err)
	ctx, cancel := context.WithCancel(t.Context())
	_, err = filelock.Lock(ctx, path, cancel) // reports that it waits, which ends the context
	is.True(errors.Is(err, context.Canceled))
	unlock()
	unlock, err = filelock.Lock(t.Context(), path, nil)
	is.NoErr(err) // who gave up does not hold it
	unlock()
}
