package manpage

import (
	"fmt"
	"strings"
	"unicode"
)

// page is a manual page in the man macros of roff, see groff_man(7).
type page struct{ text strings.Builder }

// macro writes a line with a macro. Arguments are quoted.
func (p *page) macro(name string, arguments ...string) {
	p.text.WriteString("." + name)
	for _, argument := range arguments {
		p.text.WriteString(` "` + strings.ReplaceAll(escape(argument), `"`, `\(dq`) + `"`)
	}
	p.text.WriteString("\n")
}

// line writes text that may be filled with the text around it. Each part is of the font before it,
// as in line(bold, "--json", roman, " prints JSON").
func (p *page) line(parts ...string) {
	var line string
	for i := 0; i+1 < len(parts); i += 2 {
		line += parts[i] + escape(strings.Join(strings.Fields(parts[i+1]), " "))
		if strings.HasSuffix(parts[i+1], " ") {
			line += " "
		}
	}
	p.text.WriteString(atStart(line) + roman + "\n")
}

// The fonts.
const (
	roman  = `\fR`
	bold   = `\fB`
	italic = `\fI`
)

// prose writes paragraphs, between which empty lines stand. Indented ones are examples, and stay as
// they are.
func (p *page) prose(text string) {
	for paragraph := range strings.SplitSeq(strings.Trim(text, "\n"), "\n\n") {
		p.macro("PP")
		if !strings.HasPrefix(paragraph, "    ") {
			p.line(roman, paragraph)
			continue
		}
		p.macro("RS", "4")
		p.macro("EX")
		for line := range strings.SplitSeq(paragraph, "\n") {
			p.text.WriteString(atStart(escape(strings.TrimPrefix(line, "    "))) + "\n")
		}
		p.macro("EE")
		p.macro("RE")
	}
}

// atStart keeps a text line from being taken for a macro.
func atStart(line string) string {
	if strings.HasPrefix(line, ".") || strings.HasPrefix(line, `\(aq`) {
		return `\&` + line
	}
	return line
}

// escape writes characters that roff would replace, such as "-" by a hyphen that no shell knows, as
// those that are meant, and all that is not ASCII by its number. A list without spaces may be broken
// behind a comma.
func escape(text string) string {
	text = strings.NewReplacer(`\`, `\(rs`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`, "…", "...",
		", ", ", ", ",", `,\:`).Replace(text)
	var out strings.Builder
	for _, r := range text {
		if r > unicode.MaxASCII {
			fmt.Fprintf(&out, `\[u%04X]`, r)
			continue
		}
		out.WriteRune(r)
	}
	return out.String()
}
