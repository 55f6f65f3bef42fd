package selection_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/internal/google/selection"
)

const document = `{"config":{"accessType":"OPEN","moderation":"ON"},"members":[{"email":"e","name":"m"}],` +
	`"name":"spaces/a"}`

func TestSelections(t *testing.T) {
	for text, want := range map[string]string{
		"":                             document,
		"name":                         `{"name":"spaces/a"}`,
		"config/accessType":            `{"config":{"accessType":"OPEN"}}`,
		"config/access_type":           `{"config":{"accessType":"OPEN"}}`,
		"config(accessType),name":      `{"config":{"accessType":"OPEN"},"name":"spaces/a"}`,
		"config/moderation,config":     `{"config":{"accessType":"OPEN","moderation":"ON"}}`,
		"members/email,nextPageToken":  `{"members":[{"email":"e"}]}`,
		"members(name,email)":          `{"members":[{"email":"e","name":"m"}]}`,
		"*":                            document,
		"*/moderation":                 `{"config":{"moderation":"ON"},"members":[{}],"name":"spaces/a"}`,
		"other":                        `{}`,
		"config/moderation,config/x/y": `{"config":{"moderation":"ON"}}`,
	} {
		t.Run(text, func(t *testing.T) {
			is := is.New(t)
			selected, ok := selection.Parse(text)
			is.True(ok)
			part, err := selected.Of([]byte(document))
			is.NoErr(err)
			is.Equal(string(part), want)
		})
	}
}

func TestWhatIsNoSelection(t *testing.T) {
	is := is.New(t)
	for _, text := range []string{",", "name,", "a/", "a(", "a()", "a)", "a(b", "(a)", "a(b)c", "/a",
		strings.Repeat("a/", 20) + "a", strings.Repeat("a(", 2000)} {
		_, ok := selection.Parse(text)
		is.True(!ok)
	}
}

// FuzzParse looks for selections that make more, or something else, of a document.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"name,config(accessType)", "*/a", "a(b(c),d/e)", ")", "a_b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		is := is.New(t)
		selected, ok := selection.Parse(text)
		if !ok {
			return
		}
		part, err := selected.Of([]byte(document))
		is.NoErr(err)
		is.True(json.Valid(part) && len(part) <= len(document))
	})
}
