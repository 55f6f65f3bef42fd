//go:build unix

package database_test

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/database"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// TestRootAndAnotherUser has root run a command on the database of a server that
// runs as another user. Without root, both are ourselves.
func TestRootAndAnotherUser(t *testing.T) {
	is := is.New(t)
	const uid = 65534
	dir, err := os.MkdirTemp("", "anteroom-owner-")
	is.NoErr(err)
	defer os.RemoveAll(dir)
	path, program := filepath.Join(dir, "anteroom.db"), filepath.Join(dir, "program")
	is.NoErr(os.WriteFile(path, nil, 0o600))
	is.NoErr(copyFile(program, os.Args[0]))
	command := exec.Command(program)
	command.Env = append(os.Environ(), childURL+"=file:"+path)
	if os.Geteuid() == 0 {
		is.NoErr(os.Chown(dir, uid, uid))
		is.NoErr(os.Chown(path, uid, uid))
		command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	}
	db := dbtest.Open(t, "file:"+path) // root's command, which makes every file that there is
	owner := func(path string) (uid, mode uint32) {
		var file syscall.Stat_t
		is.NoErr(syscall.Stat(path, &file))
		return file.Uid, uint32(file.Mode & 0o777)
	}
	locker, mode := owner(path + ".lock")
	server, _ := owner(path)
	is.Equal(locker, server)      // the lock belongs to the owner of the database
	is.Equal(mode, uint32(0o600)) // alone
	_, err = db.ExecContext(t.Context(), tables.SQL(db, "DELETE FROM {rooms_migrations} WHERE version_id > 0"))
	is.NoErr(err)
	_, err = db.ExecContext(t.Context(),
		tables.SQL(db, `DROP VIEW {room_tally}; DROP VIEW {room_forget}; DROP VIEW {room_marks};
			DROP TABLE {room_tallies}; DROP TABLE {room_tally_heads}; DROP TABLE {room_statistics};
			DROP TABLE {room_requests}; DROP TABLE {room_members}; DROP TABLE {rooms}`))
	is.NoErr(err)
	is.NoErr(os.Chmod(path+".lock", 0o644)) // as an earlier version made it
	output, err := command.CombinedOutput()
	is.Equal(string(output), "")
	is.NoErr(err) // the server locks and migrates, while root's command has the database open
	_, mode = owner(path + ".lock")
	is.Equal(mode, uint32(0o600)) // and takes the lock away from others
	is.NoErr(db.Close())
	again, err := database.Open(t.Context(), "file:"+path)
	is.NoErr(err)
	is.Equal(users(t, again), 1)
	is.NoErr(again.Close())
}

func copyFile(to, from string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(target, source); err != nil {
		return err
	}
	return target.Close()
}
