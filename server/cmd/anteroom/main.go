// Anteroom serves the external API of a meeting product and administers the
// applications that may use it. Run "anteroom -h".
package main

import "github.com/anteroom-go/anteroom/server/command"

func main() { command.Main(command.Product{}) }
