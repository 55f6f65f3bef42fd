package command

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// shell runs a command in an environment in which this program is found as "anteroom". It returns
// standard output.
func shell(t *testing.T, input string, command ...string) string {
	t.Helper()
	is := is.New(t)
	path, err := exec.LookPath(command[0])
	if err != nil {
		dbtest.Missing(t, command[0], "apt-get install zsh fish man-db groff-base bsdextrautils")
	}
	dir := t.TempDir()
	is.NoErr(os.Symlink(os.Args[0], filepath.Join(dir, "anteroom")))
	process := exec.Command(path, command[1:]...)
	process.Dir = dir
	process.Env = append(os.Environ(), asAnteroom+"=1", "PATH="+dir+":"+os.Getenv("PATH"), "HOME="+dir, "ZDOTDIR="+dir,
		"XDG_CONFIG_HOME="+dir, "XDG_DATA_HOME="+dir, "TERM=xterm", "PS1=$ ", "LC_ALL=C.UTF-8")
	process.Stdin = strings.NewReader(input)
	var stderr strings.Builder
	process.Stderr = &stderr
	output, err := process.Output()
	if err != nil {
		t.Fatalf("%v: %v: %s%s", command, err, output, &stderr)
	}
	is.Equal(stderr.String(), "") // no complaint
	return string(output)
}

// completed are lines and what they can become.
func completed() map[string][]string {
	return map[string][]string{
		"anteroom sta":                                   {"stats"},
		"anteroom app cr":                                {"create"},
		"anteroom completion ":                           {"bash", "fish", "zsh"},
		"anteroom app create --undel":                    {"--undelegated"},
		"anteroom stats --interval ":                     {"day", "month", "week"},
		"anteroom serve --default-access-level t":        {"trusted"},
		"anteroom app create --name 'A b' --scope st":    {"stats:read"},
		"anteroom app create --name A --scope rooms:del": {"rooms:delete"},
		"anteroom app create --scope rooms:list --reach": {"--reach"},
	}
}

// TestBashCompletes calls the function as Readline does: words are divided at "=" and ":" too.
func TestBashCompletes(t *testing.T) {
	is := is.New(t)
	cases := completed()
	cases["anteroom app create --name A --scope rooms : del"] = []string{"delete"} // only what follows the colon
	delete(cases, "anteroom app create --name A --scope rooms:del")
	cases["anteroom app create --scope rooms :"] = []string{"attendees", "create", "delete", "list", "retrieve", "update"}
	cases["anteroom stats --interval = w"] = []string{"week"}
	cases["anteroom stats --interval ="] = []string{"day", "month", "week"}
	cases["anteroom app create --scope = rooms : up"] = []string{"update"}
	for line, want := range cases {
		got := shell(t, "", "bash", "--norc", "-euc", `source <(anteroom completion bash)
			eval "COMP_WORDS=(${1// : / \: })"; [[ $1 == *" " ]] && COMP_WORDS+=("")
			COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _anteroom; printf '%s\n' "${COMPREPLY[@]}"`, "bash", line)
		is.Equal(strings.Fields(got), want)
	}
}

func TestFishCompletes(t *testing.T) {
	is := is.New(t)
	cases := completed()
	cases["anteroom stats --interval=w"] = []string{"--interval=week"}
	for line, want := range cases {
		got := shell(t, "", "fish", "--no-config", "-c", "anteroom completion fish | source; complete -C $argv[1]", line)
		var words []string
		for entry := range strings.Lines(got) {
			word, _, _ := strings.Cut(strings.TrimSuffix(entry, "\n"), "\t")
			words = append(words, word)
		}
		is.Equal(words, want)
	}
	got := shell(t, "", "fish", "--no-config", "-c", "anteroom completion fish | source; complete -C 'anteroom mig'")
	is.Equal(got, "migrate\tCreate the database, or bring its schema up to date, and exit\n") // with the help
	got = shell(t, "", "fish", "--no-config", "-c",
		"anteroom completion fish | source; touch root.key; complete -C 'anteroom serve --root-key-file roo'")
	is.True(strings.HasPrefix(got, "root.key")) // files, where there is nothing better
}

// TestTabulator presses the key in a terminal, as people do.
func TestTabulator(t *testing.T) {
	for name, start := range map[string]string{
		"bash": `source <(anteroom completion bash)`,
		"zsh":  `source <(anteroom completion zsh)`,
		"zsh by a file of its path": `mkdir site; anteroom completion zsh > site/_anteroom; fpath=($PWD/site $fpath)
			autoload -Uz compinit; compinit -u`,
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			program := strings.Fields(name)[0]
			if _, err := exec.LookPath(program); err != nil {
				dbtest.Missing(t, program, err.Error())
			}
			interactive := map[string]string{"bash": "bash --noprofile --norc -i", "zsh": "zsh -f -i"}[program]
			keys := start + "\nanteroom vers\t --js\t\nanteroom app create --scope rooms:cr\t --frob\n" +
				"touch root.key\nanteroom serve --root-key-file roo\t --frob\nexit 0\n"
			screen := shell(t, keys, "script", "-qec", interactive, "/dev/null")
			is.True(strings.Contains(screen, `"schema": {`))                    // version --json ran
			is.True(strings.Contains(screen, "rooms:create"))                   // behind a colon
			is.True(strings.Contains(screen, "--root-key-file root.key"))       // a file
			is.Equal(strings.Count(screen, "anteroom: unknown flag --frob"), 2) // the lines went on as typed
		})
	}
}

// TestManualPage formats the page as man does, for a terminal of each kind.
func TestManualPage(t *testing.T) {
	is := is.New(t)
	for _, device := range []string{"utf8", "ascii"} {
		shell(t, "", "bash", "-euo", "pipefail", "-c", "anteroom man | groff -man -ww -b -z -T"+device) // without a warning
	}
	text := shell(t, "", "bash", "-euo", "pipefail", "-c",
		"anteroom man > page.1; MANWIDTH=100 man --warnings=w -E UTF-8 -l page.1 | col -bx")
	words := strings.Join(strings.Fields(text), " ")
	for _, part := range []string{
		"NAME anteroom - The way in", "anteroom serve --dev (try it out)", "EXIT STATUS", "ANTEROOM_ROOT_KEY ",
		"--listen=ADDRESS Address to listen on.", "Environment: ANTEROOM_LISTEN", "app disable <client-id>",
		"Common flags: --help ", "| base64 > root.key)", "ANTEROOM_ROOT_KEY may hold the same",
	} {
		if !strings.Contains(words, part) {
			t.Errorf("not in the page: %s", part) // commands, arguments, flags and examples, as they are typed
		}
	}
	is.True(!strings.Contains(words, "--predictor") && !strings.Contains(words, " complete ")) // nothing hidden
	for flag := range settable(t) {
		if !strings.Contains(words, flag) {
			t.Errorf("not in the page: %s", flag)
		}
	}
}
