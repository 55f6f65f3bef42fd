// Package auditing has the commands that show and check the record of changes, and tells who
// runs a command.
package auditing
