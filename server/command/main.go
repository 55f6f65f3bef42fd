// Package command is the program anteroom as a package: a host links it with parts of its
// own, and every command then knows them.
//
//	command.Main(command.Product{Name: "meet", Configure: func(ctx context.Context, db *bun.DB, parts *command.Parts) error {
//		parts.Users = accounts
//		return nil
//	}})
//
// A server that has parts of its own notes that in its database. The program anteroom then
// refuses what it cannot know, and names the program that does.
package command

import (
	"context"
	"os"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/server"
)

// Product is what a program brings of its own. The zero value is the program anteroom.
type Product struct {
	// Name is the name of the program, as people type it. Empty means anteroom.
	Name string
	// Configure puts the host's own parts in, for the server and for every other command.
	// The fields that serve has flags for are set already when it is called for a server,
	// and are zero otherwise. DB is migrated by then. Nil means that there are none.
	Configure func(ctx context.Context, db *bun.DB, parts *Parts) error
}

// Parts are the configuration of the server, and what only commands need.
type Parts struct {
	server.Config
	// Directory changes the host's own Users. Nil means that commands do not; they name the
	// program of the host to whom asks for it.
	Directory Directory
}

// Directory changes the users of a host. Implementations are safe for concurrent use.
type Directory interface {
	// SetActive disables a user, for whom no application acts then, or enables them again.
	// It returns [delegation.ErrUserNotFound] if there is no such user.
	SetActive(ctx context.Context, user delegation.User, active bool) error
	// SetProtected protects a user, for whom no application may act then, or ends that. It
	// returns [delegation.ErrUserNotFound] if there is no such user.
	SetProtected(ctx context.Context, user delegation.User, protected bool) error
}

// Main runs the command line of the process, and ends the process with its status.
func Main(product Product) {
	os.Exit(run(context.Background(), product, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr))
}
