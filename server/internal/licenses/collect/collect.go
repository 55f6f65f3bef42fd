package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const binary = "github.com/anteroom-go/anteroom/server/cmd/anteroom"

// systems are those for which the binary is built. The modules depend on them.
var systems = []string{"linux", "darwin", "windows"}

// module is what "go list" prints of one.
type module struct {
	Path, Version, Dir string
	Main               bool
}

// linked is a package that is linked into the binary.
type linked struct {
	Dir    string
	Module *module
}

// notice is a file with a licence or a notice.
type notice struct{ title, path string }

// collect returns all licences as one text, this module's first.
func collect(ctx context.Context) ([]byte, error) {
	notices, err := noticesOfGo(ctx)
	if err != nil {
		return nil, err
	}
	for _, system := range systems {
		packages, err := list(ctx, system)
		if err != nil {
			return nil, err
		}
		for _, one := range packages {
			found, err := noticesOf(one)
			if err != nil {
				return nil, err
			}
			notices = append(notices, found...)
		}
	}
	slices.SortFunc(notices, func(a, b notice) int { return strings.Compare(a.title, b.title) })
	return join(slices.Compact(notices))
}

// noticesOfGo returns the files that belong to the standard library.
func noticesOfGo(ctx context.Context) ([]notice, error) {
	output, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	root := strings.TrimSpace(string(output))
	return noticesIn(root, root, "Go")
}

// list returns the packages that are linked into the binary for a system, save those of Go.
func list(ctx context.Context, system string) (packages []linked, err error) {
	command := exec.CommandContext(ctx, "go", "list", "-deps", "-json=Dir,Module", binary)
	command.Env = append(os.Environ(), "GOOS="+system, "GOARCH=amd64", "CGO_ENABLED=0")
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(output))
	for {
		var one linked
		switch err := decoder.Decode(&one); {
		case errors.Is(err, io.EOF):
			return packages, nil
		case err != nil:
			return nil, fmt.Errorf("go list: %w", err)
		case one.Module != nil:
			packages = append(packages, one)
		}
	}
}

// noticesOf returns the files that belong to a package: those of its module, and those in the
// directories from there to its own.
func noticesOf(p linked) (notices []notice, err error) {
	title := strings.TrimSpace(p.Module.Path + " " + p.Module.Version)
	if p.Module.Main {
		title = " " + title // the first one
	}
	for dir := p.Dir; len(dir) >= len(p.Module.Dir); dir = filepath.Dir(dir) {
		found, err := noticesIn(dir, p.Module.Dir, title)
		if err != nil {
			return nil, err
		}
		if dir == p.Module.Dir && len(found) == 0 {
			return nil, fmt.Errorf("%s has no licence in %s", title, dir)
		}
		notices = append(notices, found...)
	}
	return notices, nil
}

// noticesIn returns the files in one directory below a root.
func noticesIn(dir, root, title string) (notices []notice, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		if !names.MatchString(entry.Name()) || !entry.Type().IsRegular() {
			continue
		}
		path := filepath.Join(dir, entry.Name())
		name, err := filepath.Rel(root, path)
		if err != nil {
			return nil, err
		}
		notices = append(notices, notice{title + ": " + filepath.ToSlash(name), path})
	}
	return notices, nil
}

// names are those of files with licences.
var names = regexp.MustCompile(`(?i)^(licen[cs]e|copying|copyright|notice|patents)([-.].*)?$`)

// join returns the files as one text, each after its title.
func join(notices []notice) ([]byte, error) {
	var text bytes.Buffer
	for _, one := range notices {
		content, err := os.ReadFile(one.path)
		if err != nil {
			return nil, err
		}
		title := strings.TrimSpace(one.title)
		fmt.Fprintf(&text, "%s\n%s\n\n", title, strings.Repeat("=", len(title)))
		content = bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n"))
		text.Write(append(bytes.TrimSpace(content), "\n\n\n"...))
	}
	return text.Bytes(), nil
}
