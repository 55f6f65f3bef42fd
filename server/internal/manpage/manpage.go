// Package manpage writes the manual page of a program from its command line.
package manpage

import (
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Edition is what the head of the page tells about the program.
type Edition struct {
	Version string
	Date    string // such as 2026-11-27, or empty
}

// many is how many commands have a flag that is described once for all of them.
const many = 4

// Write writes the page of section 1. All commands and flags that are not hidden are in it.
func Write(w io.Writer, model *kong.Application, edition Edition) error {
	var p page
	p.head(model, edition)
	leaves := model.Leaves(true)
	common := shared(leaves)
	p.macro("SH", "COMMANDS")
	for _, leaf := range leaves {
		p.command(leaf, common)
	}
	p.macro("SH", "COMMON FLAGS")
	for _, flag := range common {
		p.flag(flag)
	}
	p.environment()
	p.statuses()
	_, err := io.WriteString(w, p.text.String())
	return err
}

func (p *page) head(model *kong.Application, edition Edition) {
	p.macro("TH", strings.ToUpper(model.Name), "1", edition.Date, model.Name+" "+edition.Version, "")
	p.text.WriteString(".nr HY 0\n.nh\n.ad l\n") // names of flags are not divided, lines not stretched
	summary, rest, _ := strings.Cut(model.Help, "\n")
	p.macro("SH", "NAME")
	p.line(roman, model.Name+" - "+strings.TrimSuffix(summary, "."))
	p.macro("SH", "SYNOPSIS")
	p.line(bold, model.Name+" ", italic, "command ", roman, "[", italic, "flags", roman, "] [", italic, "arguments",
		roman, "]")
	p.macro("SH", "DESCRIPTION")
	p.prose(summary)
	p.prose(rest)
}

// shared returns the flags that many commands have, those of the first command first.
func shared(leaves []*kong.Node) (list []*kong.Flag) {
	count := map[string]int{}
	for _, leaf := range leaves {
		for _, flag := range visible(leaf) {
			count[identity(flag)]++
			if count[identity(flag)] == many {
				list = append(list, flag)
			}
		}
	}
	return list
}

// identity is equal for flags with the same name and meaning.
func identity(flag *kong.Flag) string { return flag.String() + "\n" + flag.Help }

// visible returns the flags that a command takes: its own and those of the commands above it.
func visible(node *kong.Node) (flags []*kong.Flag) {
	for _, group := range node.AllFlags(true) {
		flags = append(flags, group...)
	}
	return flags
}

// command writes what the help of a command has.
func (p *page) command(node *kong.Node, common []*kong.Flag) {
	p.macro("SS", node.Path()+arguments(node))
	p.line(roman, node.Help)
	if node.Detail != "" {
		p.prose(node.Detail)
	}
	for _, argument := range node.Positional {
		p.macro("TP")
		p.line(italic, argument.Summary())
		p.line(roman, argument.Help)
	}
	var also []string
	for _, flag := range visible(node) {
		if slices.ContainsFunc(common, func(one *kong.Flag) bool { return identity(one) == identity(flag) }) {
			also = append(also, "--"+flag.Name)
		} else {
			p.flag(flag)
		}
	}
	if also != nil {
		p.macro("PP")
		p.line(roman, "Common flags: ", bold, strings.Join(also, " "))
	}
}

func arguments(node *kong.Node) (text string) {
	for _, argument := range node.Positional {
		text += " " + argument.Summary()
	}
	return text
}

// flag writes a flag, its help and its environment variable.
func (p *page) flag(flag *kong.Flag) {
	p.macro("TP")
	name, value, _ := strings.Cut(flag.String(), "=")
	if value == "" {
		p.line(bold, name)
	} else {
		p.line(bold, name, roman, "=", italic, value)
	}
	p.line(roman, flag.Help)
	if variable := flag.Tag.Get("envar"); variable != "" {
		p.macro("br")
		p.line(roman, "Environment: ", bold, variable)
	}
}

func (p *page) environment() {
	p.macro("SH", "ENVIRONMENT")
	p.line(roman, "The variable of each flag stands below it. A flag wins over its variable. In addition:")
	p.macro("TP")
	p.line(bold, "ANTEROOM_ROOT_KEY")
	p.line(roman, "The root key itself, instead of a file that holds it. There is no flag for it, since other users of a "+
		"machine can see arguments.")
}

func (p *page) statuses() {
	p.macro("SH", "EXIT STATUS")
	for _, status := range [][2]string{
		{"0", "The command did what it was called for."},
		{"1", "It failed. Standard error has the reason, on one line."},
		{"2", "It was called in a wrong way, or its configuration is wrong."},
	} {
		p.macro("TP")
		p.line(bold, status[0])
		p.line(roman, status[1])
	}
}
