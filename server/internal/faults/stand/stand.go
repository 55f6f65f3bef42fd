//go:build linux

package stand

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// User is the address for whom the clients act.
const User = "alice@example.com"

// Stand is an installation of the program: a database, a root key, an application
// and a user.
type Stand struct {
	Binary   string
	Database string // URL
	Dir      string // working directory of every process

	env              []string
	clientID, secret string
}

// New installs the binary on a database: it migrates it, and registers an
// application and [User].
func New(ctx context.Context, binary, dir, database string) (*Stand, error) {
	s := Bare(binary, dir, database)
	if _, err := s.Run(ctx, "migrate"); err != nil {
		return nil, err
	}
	output, err := s.Run(ctx, "app", "create", "--json", "--name", "Calendar", "--domain", "example.com",
		"--scope", "rooms:create", "--scope", "rooms:list", "--scope", "rooms:retrieve")
	if err != nil {
		return nil, err
	}
	var app struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
	if err := json.Unmarshal([]byte(output), &app); err != nil {
		return nil, fmt.Errorf("app create: %w", err)
	}
	s.clientID, s.secret = app.ID, app.Secret
	_, err = s.Run(ctx, "user", "add", User)
	return s, err
}

// Bare returns an installation on a database with which nothing is done yet.
func Bare(binary, dir, database string) *Stand {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // it never fails
	s := &Stand{Binary: binary, Dir: dir, Database: database}
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "ANTEROOM_") {
			s.env = append(s.env, variable)
		}
	}
	s.env = append(s.env, "ANTEROOM_ROOT_KEY="+base64.StdEncoding.EncodeToString(key), "ANTEROOM_DATABASE_URL="+database,
		"ANTEROOM_URL=https://meet.example.org", "ANTEROOM_RATE_LIMITS=off", "ANTEROOM_LOG_FORMAT=json",
		"ANTEROOM_LISTEN=127.0.0.1:0", "ANTEROOM_ADMIN_LISTEN=off", "ANTEROOM_SHUTDOWN_DELAY=1s")
	return s
}

// With returns the same installation with other variables, each NAME=VALUE.
func (s *Stand) With(variables ...string) *Stand {
	other := *s
	other.env = append(append([]string(nil), s.env...), variables...)
	return &other
}

// Run runs a command of the program to its end and returns what it printed. The
// error contains its exit status and what it reported.
func (s *Stand) Run(ctx context.Context, args ...string) (string, error) {
	var stderr bytes.Buffer
	command := exec.CommandContext(ctx, s.Binary, args...)
	command.Dir, command.Env, command.Stderr = s.Dir, s.env, &stderr
	output, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("anteroom %s: %w: %s", strings.Join(args, " "), err, bytes.TrimSpace(stderr.Bytes()))
	}
	return string(output), nil
}
