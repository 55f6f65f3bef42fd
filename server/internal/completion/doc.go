// Package completion completes command lines in bash, zsh and fish.
//
// The script of a shell asks the program itself, by the hidden command "complete", what can stand at
// the place of the cursor. So a script never gets old, works wherever the program is installed, and
// can be put into a package.
package completion
