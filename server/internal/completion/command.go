package completion

import (
	"embed"
	"fmt"

	"github.com/alecthomas/kong"
)

//go:embed scripts
var scripts embed.FS

// Command is the command "completion".
type Command struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"The shell: bash, zsh or fish."`
}

// Help is the long help of the command.
func (Command) Help() string {
	return `For this session of bash, of zsh, and of fish:

    source <(anteroom completion bash)
    source <(anteroom completion zsh)
    anteroom completion fish | source

For every session, write the script where the shell looks for it:

    anteroom completion bash > /usr/share/bash-completion/completions/anteroom
    anteroom completion zsh > /usr/local/share/zsh/site-functions/_anteroom
    anteroom completion fish > ~/.config/fish/completions/anteroom.fish`
}

// Run prints the script.
func (c *Command) Run(k *kong.Context) error {
	text, err := scripts.ReadFile("scripts/anteroom." + c.Shell)
	if err != nil {
		return err
	}
	_, err = k.Stdout.Write(text)
	return err
}

// Query is the hidden command "complete", which the scripts call.
type Query struct {
	Words []string `arg:"" optional:"" help:"The words after the name of the program, up to the cursor."`
}

// Run prints each candidate on a line, and its help after a tabulator.
func (q *Query) Run(k *kong.Context) error {
	candidates, err := Candidates(k.Kong, q.Words)
	if err != nil {
		return err
	}
	for _, candidate := range candidates {
		if _, err := fmt.Fprintf(k.Stdout, "%s\t%s\n", candidate.Word, candidate.Help); err != nil {
			return err
		}
	}
	return nil
}
