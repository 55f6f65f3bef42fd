package foreignhash_test

import (
	"strconv"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation/internal/foreignhash"
)

func TestMemory(t *testing.T) {
	is := is.New(t)
	memory := foreignhash.NewMemory()
	_, known := memory.Outcome("hash", "app", "secret")
	is.True(!known)
	memory.Learn("hash", "app", "secret", true)
	memory.Learn("hash", "app", "wrong", false)
	match, known := memory.Outcome("hash", "app", "secret")
	is.True(match && known)
	match, known = memory.Outcome("hash", "app", "wrong")
	is.True(!match && known)
	for _, other := range [][3]string{
		{"renewed", "app", "secret"}, {"hash", "other", "secret"}, {"hash", "app", "secret2"},
		{"hasha", "pp", "secret"}, {"hash", "apps", "ecret"},
	} {
		_, known = memory.Outcome(other[0], other[1], other[2])
		is.True(!known) // an outcome is that of one hash, one client and one secret
	}
}

func TestMemoryIsBounded(t *testing.T) {
	is := is.New(t)
	memory := foreignhash.NewMemory()
	known := func(i int) bool {
		_, known := memory.Outcome("hash", "app", strconv.Itoa(i))
		return known
	}
	const all = 35_000
	for i := range all {
		memory.Learn("hash", "app", strconv.Itoa(i), false)
	}
	n := 0
	for i := range all {
		if known(i) {
			n++
		}
	}
	is.True(n >= 10_000 && n <= 20_000) // the memory is bounded
	is.True(known(all - 1))             // and forgets the oldest first
	is.True(!known(0))
}
