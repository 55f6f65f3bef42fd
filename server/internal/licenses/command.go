package licenses

import "github.com/alecthomas/kong"

// Command is the command "licenses".
type Command struct{}

// Run prints the licences.
func (Command) Run(k *kong.Context) error { return Write(k.Stdout) }
