// Package buildinfo tells which program this is: its version, what it was built from, and the newest
// schema of the database that it knows.
package buildinfo

import (
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
)

// Info describes the running program.
type Info struct {
	Version  string `json:"version"`            // of the module, or (devel)
	Revision string `json:"revision,omitempty"` // the commit that it was built from
	Time     string `json:"time,omitempty"`     // of that commit, by RFC 3339
	Modified bool   `json:"modified"`           // whether the files differed from the commit
	Go       string `json:"go"`
	OS       string `json:"os"`
	Arch     string `json:"arch"`
	Schema   Schema `json:"schema"`
}

// Schema has the number of the newest migration of each part of the database.
type Schema struct {
	Registry int `json:"registry"`
	Rooms    int `json:"rooms"`
}

// Read returns the description that the Go toolchain wrote into the program. It returns an error if
// the program holds a migration without a number.
func Read() (Info, error) {
	info := Info{Version: "(devel)", Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	if build, ok := debug.ReadBuildInfo(); ok {
		info.take(build)
	}
	var err error
	if info.Schema.Registry, err = newest(registry.Migrations); err != nil {
		return info, err
	}
	info.Schema.Rooms, err = newest(roomsql.Migrations)
	return info, err
}

func (i *Info) take(build *debug.BuildInfo) {
	if build.Main.Version != "" {
		i.Version = build.Main.Version
	}
	for _, setting := range build.Settings {
		switch setting.Key {
		case "vcs.revision":
			i.Revision = setting.Value
		case "vcs.time":
			i.Time = setting.Value
		case "vcs.modified":
			i.Modified = setting.Value == "true"
		}
	}
}

// String returns the version, the revision and Go's version on one line.
func (i Info) String() string {
	return strings.Join(strings.Fields("anteroom "+i.Version+" "+i.Revision+" "+i.Go), " ")
}

// newest returns the highest number of a migration.
func newest(migrations fs.FS) (int, error) {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return 0, err
	}
	highest := 0
	for _, name := range names {
		digits, _, _ := strings.Cut(path.Base(name), "_")
		number, err := strconv.Atoi(digits)
		if err != nil {
			return 0, fmt.Errorf("buildinfo: %s has no number", name)
		}
		highest = max(highest, number)
	}
	return highest, nil
}
