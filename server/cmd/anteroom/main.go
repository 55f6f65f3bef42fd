// Anteroom serves the external API of a meeting product and administers the
// applications that may use it. Run "anteroom -h".
package main

import (
	"context"
	"os"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr))
}
