// Package rootkeyfile reads the root keys of a program from its environment or from a file.
package rootkeyfile

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/anteroom-go/anteroom/delegation"
)

// The settings that errors name.
const (
	Variable = "ANTEROOM_ROOT_KEY"
	Flag     = "--root-key-file"
)

// ErrBoth means that the keys are in two places.
var ErrBoth = errors.New("both " + Variable + " and " + Flag + " (" + Variable + "_FILE) are set")

// Load returns the root keys in a text, the value of [Variable], or in a file, which [Flag] names; none if both are
// empty. It warns if others can read the file. Errors do not repeat what is a secret.
func Load(text, path string, warnings io.Writer) (delegation.RootKeys, error) {
	switch {
	case text != "" && path != "":
		return delegation.RootKeys{}, ErrBoth
	case text != "":
		return parse(Variable, text)
	case path != "":
		return read(path, warnings)
	}
	return delegation.RootKeys{}, nil
}

// Create writes a new root key that only its owner can read, unless there is one. Of several processes that do so at
// once, one writes and the others wait for it: none reads half a key.
func Create(path string) error {
	if info, err := os.Stat(path); err == nil && info.Size() > 0 {
		return nil
	}
	file, err := lockedfile.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err == nil && info.Size() == 0 {
		_, err = fmt.Fprintln(file, string(delegation.NewRootKeys().Encode()))
	}
	return errors.Join(err, file.Close())
}

func read(path string, warnings io.Writer) (delegation.RootKeys, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return delegation.RootKeys{}, fmt.Errorf("%s: %w", Flag, err)
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		fmt.Fprintf(warnings, "anteroom: warning: %s can be read by other users; chmod 600 it\n", path)
	}
	return parse(Flag, string(text))
}

func parse(setting, text string) (delegation.RootKeys, error) {
	keys, err := delegation.ParseRootKeys(text)
	if err != nil {
		return delegation.RootKeys{}, fmt.Errorf("%s: %w", setting, err)
	}
	return keys, nil
}
