package completion

import (
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	kongcompletion "github.com/jotaen/kong-completion"
	"github.com/posener/complete"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/scopes"
)

// Candidate is a word that can stand at the place of the cursor.
type Candidate struct {
	Word string
	Help string // the first sentence of its help, or empty
}

// Candidates returns the words that the last word can become, in order. Words are those of the
// command line after the name of the program; the last one is being written and may be empty.
// Values of flags that can be anything have no candidates.
func Candidates(parser *kong.Kong, words []string) ([]Candidate, error) {
	command, err := kongcompletion.Command(parser, kongcompletion.WithPredictors(predictors()))
	if err != nil {
		return nil, err
	}
	before, args := arguments(words)
	help := helpAt(parser.Model.Node, args.Completed)
	var list []Candidate
	for _, word := range command.Predict(args) {
		if strings.HasPrefix(word, args.Last) {
			list = append(list, Candidate{Word: before + word, Help: help[word]})
		}
	}
	slices.SortFunc(list, func(a, b Candidate) int { return strings.Compare(a.Word, b.Word) })
	return slices.Compact(list), nil
}

// predictors are the values of flags that stand in no enumeration, by the name in their
// completion-predictor tag.
func predictors() map[string]complete.Predictor {
	var permitted []string
	for _, scope := range scopes.All().List() {
		permitted = append(permitted, string(scope))
	}
	return map[string]complete.Predictor{
		"scopes": complete.PredictSet(permitted...),
		"access-levels": complete.PredictSet(
			string(rooms.Public), string(rooms.Trusted), string(rooms.Restricted)),
	}
}

// arguments returns the words as the library wants them. The last word may be a flag with the
// beginning of its value: before is then the part that stays as it is.
func arguments(words []string) (before string, args complete.Args) {
	if len(words) == 0 {
		words = []string{""}
	}
	all := slices.Clone(words)
	last := len(all) - 1
	if flag, value, found := strings.Cut(all[last], "="); found && strings.HasPrefix(flag, "--") {
		before = flag + "="
		all = append(all[:last], flag, value)
		last++
	}
	args = complete.Args{All: all, Completed: all[:last], Last: all[last]}
	if last > 0 {
		args.LastCompleted = all[last-1]
	}
	return before, args
}

// helpAt returns the help of the sub-commands and flags of the command that the words name.
func helpAt(node *kong.Node, words []string) map[string]string {
	help := map[string]string{}
	note := func(node *kong.Node) {
		for _, flag := range node.Flags {
			help["--"+flag.Name] = sentence(flag.Help)
		}
	}
	note(node)
	for _, word := range words {
		child := slices.IndexFunc(node.Children, func(child *kong.Node) bool { return child.Name == word })
		if child >= 0 {
			node = node.Children[child]
			note(node)
		}
	}
	for _, child := range node.Children {
		help[child.Name] = sentence(child.Help)
	}
	return help
}

// sentence returns the first sentence of a text, without its full stop.
func sentence(text string) string {
	first, _, _ := strings.Cut(strings.Join(strings.Fields(text), " "), ". ")
	return strings.TrimSuffix(first, ".")
}
