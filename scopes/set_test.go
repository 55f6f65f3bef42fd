package scopes_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/anteroom-go/anteroom/scopes"
	"github.com/matryer/is"
)

func TestParse(t *testing.T) {
	tests := map[string]struct {
		text string
		want string
		ok   bool
	}{
		"empty text is the empty set":      {"", "", true},
		"one scope":                        {"rooms:list", "rooms:list", true},
		"order does not matter":            {"rooms:list rooms:create", "rooms:create rooms:list", true},
		"repetition does not matter":       {"rooms:list rooms:list", "rooms:list", true},
		"every NQCHAR is allowed":          {"!#$%&'()*+,-./:;<=>?@[]^_`{|}~", "!#$%&'()*+,-./:;<=>?@[]^_`{|}~", true},
		"two spaces":                       {"rooms:list  rooms:create", "", false},
		"leading space":                    {" rooms:list", "", false},
		"trailing space":                   {"rooms:list ", "", false},
		"only a space":                     {" ", "", false},
		"tab":                              {"rooms:list\trooms:create", "", false},
		"newline":                          {"rooms:list\n", "", false},
		"double quote":                     {`rooms:"list"`, "", false},
		"backslash":                        {`rooms\list`, "", false},
		"NUL":                              {"rooms:list\x00", "", false},
		"DEL":                              {"rooms:list\x7f", "", false},
		"not ASCII":                        {"rooms:lïst", "", false},
		"invalid UTF-8":                    {"rooms:\xff", "", false},
		"a token of the greatest length":   {strings.Repeat("a", 256), strings.Repeat("a", 256), true},
		"a longer token":                   {strings.Repeat("a", 257), "", false},
		"the greatest number of tokens":    {strings.Repeat("a ", 63) + "a", "a", true},
		"more tokens, even the same again": {strings.Repeat("a ", 64) + "a", "", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			set, err := scopes.Parse(test.text)
			is.Equal(err == nil, test.ok)                           // the grammar of RFC 6749 §3.3, nothing else
			is.Equal(errors.Is(err, scopes.ErrMalformed), !test.ok) // one error for every malformed text
			is.Equal(set.String(), test.want)                       // ascending, single spaces
		})
	}
}

func TestMembershipIsExact(t *testing.T) {
	is := is.New(t)
	set := scopes.NewSet(scopes.RoomsList)
	is.True(set.Has("rooms:list")) // the granted scope
	for _, s := range []scopes.Scope{"", "*", "rooms:*", "rooms", "rooms:", "ROOMS:LIST", "Rooms:list",
		"rooms:list2", "rooms:lis", " rooms:list"} {
		is.True(!set.Has(s)) // nothing else matches
	}
	wild := scopes.NewSet("rooms:*", "*")
	is.True(!wild.Has(scopes.RoomsList)) // a wildcard is only its own name
}

func TestZeroSetDeniesEverything(t *testing.T) {
	is := is.New(t)
	var zero scopes.Set
	is.True(zero.Empty()) // nothing in it
	for _, s := range scopes.Rooms().List() {
		var missing *scopes.MissingError
		is.True(errors.As(zero.Require(s), &missing)) // deny by default
		is.Equal(missing.Scope, s)                    // the error names the scope
	}
	is.True(zero.Intersect(scopes.Rooms()).Empty()) // nothing and all is nothing
	is.True(scopes.Rooms().Intersect(zero).Empty()) // in both orders
}

func TestNewSetLeavesOutInvalidScopes(t *testing.T) {
	is := is.New(t)
	set := scopes.NewSet("", "rooms list", "rooms:list", "a\"b")
	is.Equal(set.String(), "rooms:list") // what no token can carry is not in the set
}

func TestSetAlgebra(t *testing.T) {
	is := is.New(t)
	a, b := scopes.NewSet("a", "b", "c"), scopes.NewSet("b", "c", "d")
	is.Equal(a.Intersect(b).String(), "b c")      // both
	is.Equal(a.Minus(b).String(), "a")            // only the first
	is.True(a.Intersect(b).Equal(b.Intersect(a))) // commutes
	is.True(!a.Equal(b))                          // different sets
	is.Equal(scopes.Rooms().Len(), 5)             // the rooms API has five actions
}

func TestSetIsImmutable(t *testing.T) {
	is := is.New(t)
	list := []scopes.Scope{"b", "a"}
	set := scopes.NewSet(list...)
	list[0] = "z"
	set.List()[0] = "y"
	is.Equal(set.String(), "a b") // neither the input nor the output is the set
}

func TestSetInJSON(t *testing.T) {
	is := is.New(t)
	out, err := json.Marshal(scopes.NewSet("rooms:list", "rooms:create"))
	is.NoErr(err)
	is.Equal(string(out), `"rooms:create rooms:list"`) // one string, as in RFC 6749
	var set scopes.Set
	is.NoErr(json.Unmarshal(out, &set))
	is.True(set.Has(scopes.RoomsCreate))                      // reads back what it wrote
	is.True(json.Unmarshal([]byte(`"a  b"`), &set) != nil)    // the same grammar on the way in
	is.True(json.Unmarshal([]byte(`["a","b"]`), &set) != nil) // never a list
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", "rooms:list", "a b", " a", "a\x00", "alice@example.com rooms:create"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		set, err := scopes.Parse(text)
		if err != nil {
			if !set.Empty() {
				t.Fatalf("a malformed text granted %q", set)
			}
			return
		}
		again, err := scopes.Parse(set.String())
		if err != nil || !again.Equal(set) {
			t.Fatalf("%q does not read back: %v", set, err)
		}
		for _, s := range set.List() {
			if !s.Valid() || !strings.Contains(text, string(s)) {
				t.Fatalf("%q came out of %q", s, text)
			}
		}
	})
}

func Example() {
	granted := scopes.NewSet(scopes.RoomsCreate, scopes.RoomsList)
	asked, err := scopes.Parse("rooms:create rooms:delete")
	if err != nil {
		panic(err)
	}
	effective := granted.Intersect(asked)
	err = effective.Require(scopes.RoomsDelete)

	fmt.Println(effective)
	fmt.Println(err)
	// Output:
	// rooms:create
	// scopes: "rooms:delete" is not granted
}
