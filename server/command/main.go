// Package command is the program anteroom, for a host that links it with parts of
// its own.
package command

import (
	"context"
	"os"
)

// Product is what a program brings of its own. The zero value is the program anteroom.
type Product struct{}

// Main runs the command line of the process, and ends it with the status.
func Main(product Product) {
	os.Exit(run(context.Background(), os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr))
}
