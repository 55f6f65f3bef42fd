package keyseal_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation/internal/keyseal"
)

func TestOnlyTheKeyOpens(t *testing.T) {
	is := is.New(t)
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	is.NoErr(err)
	key, other := make([]byte, 32), make([]byte, 32)
	other[0] = 1
	sealed, err := keyseal.Seal(key, "id", private)
	is.NoErr(err)
	opened, err := keyseal.Open(key, "id", sealed)
	is.NoErr(err)
	is.True(private.Equal(opened)) // what was sealed comes back
	for _, wrong := range []struct {
		key        []byte
		id, sealed string
	}{{other, "id", sealed}, {key, "another id", sealed}, {key, "id", sealed[:20]}, {key, "id", "?"}, {key, "id", ""}} {
		_, err := keyseal.Open(wrong.key, wrong.id, wrong.sealed)
		is.True(errors.Is(err, keyseal.ErrMismatch)) // by nothing else
	}
	_, err = keyseal.Seal(key[:5], "id", private)
	is.True(err != nil) // a key has 32 bytes
}
