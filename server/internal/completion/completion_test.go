package completion_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/internal/completion"
)

// grammar is a command line with one of everything that is completed.
type grammar struct {
	App struct {
		Create struct {
			Scope []string `help:"Permitted action. May be repeated." completion-predictor:"scopes"`
			Name  string   `help:"Name."`
			JSON  bool     `name:"json" help:"Print JSON."`
		} `cmd:"" help:"Register an application."`
		Delete struct {
			ID string `arg:""`
		} `cmd:"" help:"Delete an application."`
	} `cmd:"" help:"Administer applications. All of them."`
	Serve struct {
		Level  string `completion-predictor:"access-levels" help:"Access level."`
		Format string `enum:"text,json" default:"text" help:"Format."`
		Secret string `hidden:"" help:"Not shown."`
	} `cmd:"" help:"Serve."`
	Shell struct {
		Name string `arg:"" enum:"bash,zsh"`
	} `cmd:""`
	Internal struct{} `cmd:"" hidden:""`
}

func TestCandidates(t *testing.T) {
	for line, want := range map[string]string{
		"":                                "app serve shell", // nothing hidden, in order
		"a":                               "app",
		"app ":                            "create delete",
		"app c":                           "create",
		"app create ":                     "",
		"app create -":                    "--help --json --name --scope -h",
		"app create --j":                  "--json",
		"app create --json --n":           "--name",
		"app create --name ":              "", // can be anything
		"app create --name x --scope st":  "stats:read",
		"app create --scope rooms:c":      "rooms:create",
		"app create --scope=rooms:c":      "--scope=rooms:create",
		"app create --scope=rooms:list ":  "",
		"app create --name=app --sc":      "--scope",
		"app delete ":                     "",
		"serve --level ":                  "public restricted trusted",
		"serve --level t":                 "trusted",
		"serve --format=":                 "--format=json --format=text",
		"serve --se":                      "", // hidden
		"shell ":                          "bash zsh",
		"shell z":                         "zsh",
		"shell zsh ":                      "",
		"nonsense ":                       "app serve shell",
		"--":                              "--help",
		"app create --scope rooms:list -": "--help --json --name --scope -h",
	} {
		t.Run(line, func(t *testing.T) {
			is := is.New(t)
			parser, err := kong.New(&grammar{}, kong.Name("anteroom"))
			is.NoErr(err)
			candidates, err := completion.Candidates(parser, strings.Split(line, " "))
			is.NoErr(err)
			var words []string
			for _, candidate := range candidates {
				words = append(words, candidate.Word)
			}
			is.Equal(strings.Join(words, " "), want)
		})
	}
}

func TestCandidatesHaveHelp(t *testing.T) {
	is := is.New(t)
	parser, err := kong.New(&grammar{}, kong.Name("anteroom"))
	is.NoErr(err)
	for line, want := range map[string]string{
		"ap": "{app Administer applications}", "app cr": "{create Register an application}",
		"app create --sc": "{--scope Permitted action}", "app create --scope=rooms:l": "{--scope=rooms:list }",
	} {
		candidates, err := completion.Candidates(parser, strings.Split(line, " "))
		is.NoErr(err)
		is.Equal(len(candidates), 1)
		is.Equal(fmt.Sprint(candidates[0]), want) // the first sentence
	}
	candidates, err := completion.Candidates(parser, nil)
	is.NoErr(err)
	is.Equal(len(candidates), 3) // no words are one that is empty
}
