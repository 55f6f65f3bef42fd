package wire_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// decode decodes a JSON object.
func decode(text string) (map[string]any, error) {
	return wire.Body{Text: []byte(text), Media: wire.MediaJSON}.Object()
}

func TestSurrogates(t *testing.T) {
	for text, want := range map[string]string{
		`{"a":"\ud83d\ude00"}`: "😀", `{"a":"\uD83D\uDE00"}`: "😀", `{"a":"😀"}`: "😀", `{"a":"\\ud800"}`: `\ud800`,
		`{"a":"\\\\ud800"}`: `\\ud800`, `{"a":"\"\\ud800"}`: `"\ud800`, `{"a":"\ud7ff\ue000"}`: "\ud7ff\ue000",
		`{"a":"\ufffd"}`: "\ufffd", `{"a":"u d800"}`: "u d800",
		`{"a":"x\ud800\udc00\udbff\udfffy"}`: "x\U00010000\U0010ffffy",
	} {
		is := is.New(t)
		object, err := decode(text)
		is.NoErr(err)
		is.Equal(object["a"], want) // pairs, and what only looks like a half
	}
	for _, text := range []string{
		`{"a":"\ud800"}`, `{"a":"\uDFFF"}`, `{"a":"x\udc00y"}`, `{"a":"\udc00\ud800"}`, `{"a":"\ud800\ud800\udc00"}`,
		`{"a":"\ud800\\udc00"}`, `{"a":"\ud800x\udc00"}`, `{"a":"\ud800\n"}`, `{"a":"\\\ud800"}`,
		`{"a":"\ud83d\ude00\ude00"}`,
		`{"\ud800":"a"}`, `{"a":{"\udc00":1}}`, `{"a":[["\udbff"]]}`, `{"unknown":null,"b":["x",{"c":"\ud800"}]}`,
		`{"a":"\ud800` + "\u00e9" + `"}`, `{"a":"` + "\xed\xa0\x80" + `"}`, `{"a":"` + "\xff" + `"}`, `{"a":"\ud8"}`,
	} {
		_, err := decode(text)
		is.New(t).True(refusedAs(err, wire.ErrObject)) // what would be kept is not what was sent
	}
}

func TestObjectsThatWouldNotBeKept(t *testing.T) {
	for _, text := range []string{
		`{"a":1e999}`, `{"a":-1e999}`, `{"a":1,"a":2}`, `{"a":{"b":1,"b":2}}`, `{"a":1,"\u0061":2}`, `{"a":NaN}`, `{"a":01}`,
		`{"a":1}{}`, `{"a":1} x`, `[]`, `null`, `"a"`, `{"a":"` + "\n" + `"}`, `{'a':1}`, `{"a":1,}`, `{"a":"\x00"}`,
		`{"a":` + strings.Repeat("[", 60000) + `}`,
	} {
		_, err := decode(text)
		is.New(t).True(refusedAs(err, wire.ErrObject))
	}
	_, err := decode(`{"a":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`)
	is.New(t).True(err == nil || refusedAs(err, wire.ErrObject)) // depth alone ends no process
}

func FuzzObject(f *testing.F) {
	f.Add(`{"a":"\ud83d\ude00"}`)
	f.Add(`{"\\\ud800":1}`)
	f.Fuzz(func(t *testing.T, text string) {
		object, err := decode(text)
		for name := range object {
			is.New(t).True(utf8.ValidString(name))
			// a replacement character in a decoded name was sent as one
			is.New(t).True(err != nil || !strings.ContainsRune(name, utf8.RuneError) ||
				strings.Contains(text, "\ufffd") || strings.Contains(strings.ToLower(text), `\ufffd`))
		}
	})
}

func TestUnindexed(t *testing.T) {
	for query, want := range map[string]string{
		"x[]=a&x[]=b":                   "x=a&x=b",
		"x[0]=a&x[1]=b":                 "x=a&x=b",
		"x[1]=b&x[0]=a":                 "x=a&x=b",
		"x[10]=c&x[9]=b&x[00]=a":        "x=a&x=b&x=c",
		"x%5B%5D=a&x%5b0%5d=b":          "x=a&x=b",
		"x=a&x[]=b&x[0]=c":              "x=a&x=b&x=c",
		"x[99999999999999999999]=b&x[]": "x=&x=b",
		"x[]=a&y[]=b":                   "x=a&y=b",
		"x[a]=1":                        "x[a]=1",
		"[]=1&[0]=2":                    "[]=1&[0]=2",
		"x[-1]=1&x[ 0]=2&x[1=3&x]=4":    "x[-1]=1&x[ 0]=2&x[1=3&x]=4",
		"x[][]=1&x[0][1]=2":             "x[]=1&x[0]=2",
		"":                              "",
	} {
		is := is.New(t)
		sent, err := url.ParseQuery(query)
		is.NoErr(err)
		wanted, err := url.ParseQuery(want)
		is.NoErr(err)
		is.Equal(wire.Unindexed(sent), wanted)
	}
}

// refusedAs reports whether an error is one of the errors of HTTP.
func refusedAs(err error, want wire.Error) bool {
	var known wire.Error
	return errors.As(err, &known) && known.Status == want.Status && known.Detail == want.Detail
}
