package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/anteroom-go/anteroom/server/internal/licenses"
)

type versionCommand struct{ output }

// versionView is the version in JSON.
type versionView struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Go       string `json:"go"`
}

// Run prints the version of the module, the revision it was built from and Go's version.
func (v *versionCommand) Run(c *console) error {
	view := versionView{Version: "(devel)", Go: runtime.Version()}
	if info, ok := debug.ReadBuildInfo(); ok {
		if info.Main.Version != "" {
			view.Version = info.Main.Version
		}
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				view.Revision = setting.Value
			}
		}
	}
	return v.print(c.stdout, view, func(w io.Writer) {
		fmt.Fprintln(w, strings.Join(strings.Fields("anteroom "+view.Version+" "+view.Revision+" "+view.Go), " "))
	})
}

type licensesCommand struct{}

// Run prints the licences.
func (licensesCommand) Run(c *console) error { return licenses.Write(c.stdout) }
