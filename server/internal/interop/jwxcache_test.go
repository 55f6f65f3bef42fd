package interop_test

import (
	"testing"
	"time"

	"github.com/lestrrat-go/httprc/v3"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// TestACacheThatLooksSeldomFollowsARotation has the cache of jwx, which looks every
// quarter of an hour at the earliest: it has the next key long before that signs, and
// fetches nothing for a token.
func TestACacheThatLooksSeldomFollowsARotation(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		r := newRotation(t, db, "ES256")
		cache, err := jwk.NewCache(t.Context(), httprc.NewClient())
		is.NoErr(err)
		url := r.url + "/.well-known/jwks.json"
		is.NoErr(cache.Register(t.Context(), url))
		verifies := func(token string) bool {
			set, err := cache.Lookup(t.Context(), url)
			is.NoErr(err)
			_, err = jws.Verify([]byte(token), jws.WithKeySet(set))
			return err == nil
		}
		is.True(verifies(r.token(t)))
		is.NoErr(r.RotateKey(t.Context()))
		is.NoErr(r.keys.Refresh(t.Context()))
		before, err := r.keys.KeySet(t.Context())
		is.NoErr(err)
		r.now = r.now.Add(registry.DefaultPublication - time.Minute)
		is.NoErr(r.AdvanceKeys(t.Context()))
		is.NoErr(r.keys.Refresh(t.Context()))
		_, err = cache.Refresh(t.Context(), url) // the look that it takes by itself within this day
		is.NoErr(err)
		is.True(verifies(r.token(t))) // the old key still signs
		r.now = r.now.Add(time.Minute)
		is.NoErr(r.AdvanceKeys(t.Context()))
		is.NoErr(r.keys.Refresh(t.Context()))
		after, err := r.keys.KeySet(t.Context())
		is.NoErr(err)
		is.True(after.SigningKeyID() != before.SigningKeyID())
		is.True(verifies(r.token(t))) // from the first token on
	})
}
