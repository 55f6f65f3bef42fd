package delegation_test

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
)

func TestParseEmailAccepts(t *testing.T) {
	tests := map[string]delegation.Email{
		"u@good.com":                      "u@good.com",
		"U@Good.COM":                      "u@good.com",
		"u+tag@good.com":                  "u+tag@good.com",
		"u.v@good.com":                    "u.v@good.com",
		"o'hara@good.com":                 "o'hara@good.com",
		"#$&'*+-/=?^_`{|}~@good.com":      "#$&'*+-/=?^_`{|}~@good.com",
		"1@2.com":                         "1@2.com",
		"u@xn--bcher-kva.example":         "u@xn--bcher-kva.example",
		"u@a-b.c-d.example":               "u@a-b.c-d.example",
		"u@1.2.3.4a":                      "u@1.2.3.4a",
		strings.Repeat("l", 64) + "@a.bc": delegation.Email(strings.Repeat("l", 64) + "@a.bc"),
		"u@" + strings.Repeat("d", 63) + ".example": delegation.Email("u@" + strings.Repeat("d", 63) + ".example"),
		longest: delegation.Email(longest),
	}
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			is := is.New(t)
			got, err := delegation.ParseEmail(text)
			is.NoErr(err)
			is.Equal(got, want) // lower case, otherwise as written: nothing is stripped
		})
	}
}

// longest is an address of 254 characters, the most there can be.
var longest = "u@" + strings.Repeat(strings.Repeat("d", 61)+".", 4) + "abcd"

func TestParseEmailRefuses(t *testing.T) {
	for _, text := range []string{
		"", "@", "u", "u@", "@good.com", "a@b@c.com", "a@b@c", "u@@good.com",
		`"u"@good.com`, `"user@evil.com"@good.com`, `u\@good.com`, "(c)u@good.com", "u(c)@good.com", "u@good.com(c)",
		"Alice <u@good.com>", "<u@good.com>", " u@good.com", "u@good.com ", "u @good.com", "u@ good.com", "u@good .com",
		"u\t@good.com", "u@good.com\n", "u@good.com\r\nBcc: x", "u\x00@good.com", "u@good.com\x00", "u\x7f@good.com",
		"ü@good.com", "u@güd.com", "u@ｇood.com", "u@good。com", "u@good．com", kelvin + "@good.com",
		"u@" + kelvin + "ood.com", "u@good.com\xff", "\xff@good.com",
		"u@good.com.", "u@.good.com", "u@good..com", "u@-good.com", "u@good-.com", "u@good_com", "u@good_.com",
		"u@[127.0.0.1]", "u@[IPv6:::1]",
		"u@localhost", "u@1.2.3.4", "u@good.123", "u@127.1",
		"u%evil.com@good.com", "evil.com!u@good.com", "u;v@good.com", "u,v@good.com", "u:v@good.com", "u@good.com:25",
		"u@good.com/x", "u@good.com?x",
		".u@good.com", "u.@good.com", "u..v@good.com",
		strings.Repeat("l", 65) + "@a.bc", "u@" + strings.Repeat("d",
			64) + ".example", longest + "e", "u@" + strings.Repeat("abc.", 63) + "com",
	} {
		t.Run(text, func(t *testing.T) {
			is := is.New(t)
			got, err := delegation.ParseEmail(text)
			is.True(errors.Is(err, delegation.ErrEmail)) // one error, which repeats nothing
			is.Equal(got, delegation.Email(""))          // and no address
		})
	}
}

func TestPolicy(t *testing.T) {
	domains := func(list ...delegation.Domain) delegation.Policy { return delegation.Policy{Domains: list} }
	tests := map[string]struct {
		policy delegation.Policy
		email  delegation.Email
		want   bool
	}{
		"empty policy":               {delegation.Policy{}, "u@good.com", false},
		"the domain":                 {domains("good.com"), "u@good.com", true},
		"one of several":             {domains("other.com", "good.com"), "u@good.com", true},
		"a suffix of another":        {domains("good.com"), "u@evilgood.com", false},
		"a prefix of another":        {domains("good.com"), "u@good.com.evil.com", false},
		"a sub-domain":               {domains("good.com"), "u@sub.good.com", false},
		"the parent":                 {domains("sub.good.com"), "u@good.com", false},
		"wildcard, sub-domain":       {domains("*.good.com"), "u@sub.good.com", true},
		"wildcard, deeper":           {domains("*.good.com"), "u@a.b.good.com", true},
		"wildcard, apex":             {domains("*.good.com"), "u@good.com", false},
		"wildcard, no boundary":      {domains("*.good.com"), "u@evilgood.com", false},
		"wildcard, nothing before":   {domains("*.good.com"), "u@.good.com", false},
		"a bare wildcard":            {domains("*"), "u@good.com", false},
		"a wildcard of everything":   {domains("*."), "u@good.com", false},
		"an empty domain":            {domains(""), "u@good.com", false},
		"a domain not in lower case": {domains("Good.com"), "u@good.com", false},
		"the address":                {delegation.Policy{Emails: []delegation.Email{"u@good.com"}}, "u@good.com", true},
		"another address":            {delegation.Policy{Emails: []delegation.Email{"u@good.com"}}, "v@good.com", false},
		"a tagged address":           {delegation.Policy{Emails: []delegation.Email{"u@good.com"}}, "u+x@good.com", false},
		"any":                        {delegation.Policy{Any: true}, "u@good.com", true},
		"any, but no address":        {delegation.Policy{Any: true}, "", false},
		"no address, empty entry":    {delegation.Policy{Emails: []delegation.Email{""}}, "", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is.New(t).Equal(test.policy.Covers(test.email), test.want) // equality on whole labels, or no
		})
	}
}

func TestParseDomain(t *testing.T) {
	is := is.New(t)
	for text, want := range map[string]delegation.Domain{
		"good.com": "good.com", "Good.COM": "good.com", "*.Good.com": "*.good.com",
		"bücher.example": "xn--bcher-kva.example", "*.BÜCHER.example": "*.xn--bcher-kva.example",
	} {
		got, err := delegation.ParseDomain(text)
		is.NoErr(err)
		is.Equal(got, want) // canonical
	}
	for _, text := range []string{"", "*", "*.", "com", "*.com", "*good.com", "a.*.com", "**.good.com", "good.com.",
		".good.com", "good_com.org",
		"-good.com", "1.2.3.4", "*.1.2.3.4", "u@good.com", "good.com/x", "good .com", "good.com\n", "https://good.com",
		"[::1]"} {
		_, err := delegation.ParseDomain(text)
		is.True(errors.Is(err, delegation.ErrDomain)) // refused, not repaired
	}
}

func TestAddressStaysOutOfLogs(t *testing.T) {
	is := is.New(t)
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "email", delegation.Email("alice@example.com"))
	is.True(!strings.Contains(log.String(), "alice")) // redacted as a value
}

func FuzzParseEmail(f *testing.F) {
	for _, seed := range []string{"u@good.com", `"u"@good.com`, "a@b@c", "u@xn--bcher-kva.example", "U+x@1.2.3.4"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		email, err := delegation.ParseEmail(text)
		if err != nil {
			return
		}
		if again, err := delegation.ParseEmail(string(email)); err != nil || again != email {
			t.Fatalf("%q is not stable: %q, %v", email, again, err)
		}
		if !strings.EqualFold(text, string(email)) || len(text) != len(email) || strings.Count(text, "@") != 1 {
			t.Fatalf("%q became %q", text, email)
		}
	})
}

func ExamplePolicy_Covers() {
	policy := delegation.Policy{Domains: []delegation.Domain{"example.com", "*.example.org"}}
	for _, text := range []string{"alice@example.com", "alice@sub.example.com", "bob@sub.example.org", "bob@example.org"} {
		email, _ := delegation.ParseEmail(text)
		fmt.Println(text, policy.Covers(email))
	}
	// Output:
	// alice@example.com true
	// alice@sub.example.com false
	// bob@sub.example.org true
	// bob@example.org false
}
