package buildinfo

import (
	"encoding/json"
	"fmt"

	"github.com/alecthomas/kong"
)

// Command is the command "version".
type Command struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Run prints the version of the program on one line, or all of [Info] as JSON.
func (c *Command) Run(k *kong.Context) error {
	info, err := Read()
	if err != nil {
		return err
	}
	if !c.JSON {
		_, err = fmt.Fprintln(k.Stdout, info)
		return err
	}
	encoder := json.NewEncoder(k.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(info)
}
