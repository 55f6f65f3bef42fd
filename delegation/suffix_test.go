package delegation_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
)

// TestPublicSuffixes: a policy does not cover domains that anyone may register, unless the
// operator says so.
func TestPublicSuffixes(t *testing.T) {
	tests := map[delegation.Domain]bool{
		"example.com": false, "*.example.com": false, "example.co.uk": false, "*.example.co.uk": false,
		"alice.github.io": false, "city.kawasaki.jp": false, "*.city.kawasaki.jp": false,
		"corp.internal": false, "*.corp.internal": false, "xn--bcher-kva.example": false,

		"co.uk": true, "*.co.uk": true, "github.io": true, "*.github.io": true, // every name below is another's
		"gouv.fr": true, "*.gouv.fr": true, // as is each of these, though all are a state's
		"foo.kawasaki.jp": true, "*.kawasaki.jp": true, // those of a wildcard in the list
		"xn--55qx5d.cn": true, // 公司.cn
	}
	for domain, public := range tests {
		t.Run(string(domain), func(t *testing.T) {
			is := is.New(t)
			parsed, err := delegation.ParseDomain(string(domain))
			is.NoErr(err)
			is.Equal(parsed, domain) // what is kept stays readable
			app := delegation.Application{ClientID: "app", Name: "Calendar"}
			app.Policy.Domains = []delegation.Domain{"example.org", domain}
			var fault *delegation.ConfigError
			err = app.Validate()
			is.Equal(errors.As(err, &fault), public) // refused
			is.True(!public || fault.Field == "Policy.Domains" && strings.Contains(fault.Problem, string(domain)))
			app.Policy.PublicSuffixes = true
			is.NoErr(app.Validate()) // or accepted when it is said
			one := delegation.Email("u@" + strings.TrimPrefix(string(domain), "*."))
			app.Policy = delegation.Policy{Emails: []delegation.Email{one}}
			is.NoErr(app.Validate()) // a single address is one person's
		})
	}
}
