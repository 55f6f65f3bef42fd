package manpage

import (
	"strings"

	"github.com/alecthomas/kong"

	"github.com/anteroom-go/anteroom/server/internal/buildinfo"
)

// Command is the command "man".
type Command struct{}

// Help is the long help of the command.
func (Command) Help() string {
	return `Read it at once, or put it where man finds it:

    anteroom man | man -l -
    anteroom man > /usr/local/share/man/man1/anteroom.1`
}

// Run prints the page. Its date is that of the commit that the program was built from.
func (Command) Run(k *kong.Context) error {
	info, err := buildinfo.Read()
	if err != nil {
		return err
	}
	day, _, _ := strings.Cut(info.Time, "T")
	return Write(k.Stdout, k.Model, Edition{Version: info.Version, Date: day})
}
