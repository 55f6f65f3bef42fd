package manpage_test

import (
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/internal/manpage"
)

type grammar struct {
	One struct {
		Database string `help:"Where it is kept." placeholder:"URL" envar:"DATABASE"`
		Odd      string `help:".profile holds it's \\path – or 'x'." placeholder:"a-b"`
		Secret   string `hidden:""`
		Name     string `arg:"" help:"A name."`
	} `cmd:"" help:"The first."`
	Two   shared   `cmd:""`
	Three shared   `cmd:""`
	Four  shared   `cmd:""`
	Ghost struct{} `cmd:"" hidden:"" help:"Not shown."`
}

type shared struct {
	Database string `help:"Where it is kept." placeholder:"URL" envar:"DATABASE"`
}

func TestPage(t *testing.T) {
	is := is.New(t)
	parser, err := kong.New(&grammar{}, kong.Name("tool"),
		kong.Description("Does it.\n\n    tool one\n    .tool two\n\nMore of it."))
	is.NoErr(err)
	var out strings.Builder
	is.NoErr(manpage.Write(&out, parser.Model, manpage.Edition{Version: "v1.2.3", Date: "2026-11-27"}))
	page := out.String()
	for _, part := range []string{
		`.TH "TOOL" "1" "2026\-11\-27" "tool v1.2.3" ""` + "\n",
		"tool \\- Does it\\fR\n",             // no full stop in the name
		".EX\ntool one\n\\&.tool two\n.EE\n", // a line of an example is no macro
		`.SS "one <name>"`,
		"\\fR.profile holds it\\(aqs \\(rspath \\[u2013] or \\(aqx\\(aq.\\fR", // as it is written
		"\\fB\\-\\-odd\\fR=\\fIa\\-b\\fR\n",
		"Common flags: \\fB\\-\\-help \\-\\-database\\fR",
		"Environment: \\fBDATABASE\\fR",
	} {
		if !strings.Contains(page, part) {
			t.Errorf("the page lacks %q", part)
		}
	}
	is.Equal(strings.Count(page, "Where it is kept."), 1)                              // once for all commands
	is.True(!strings.Contains(page, "secret") && !strings.Contains(page, "Not shown")) // nothing hidden
	_, commands, _ := strings.Cut(page, "COMMANDS")
	is.True(strings.Index(commands, `.SS "one`) < strings.Index(commands, `.SS "two`)) // in their order
}
