package during_test

import (
	"context"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/internal/during"
)

type key struct{}
type other struct{}

func TestContext(t *testing.T) {
	is := is.New(t)
	parent, cancel := context.WithCancel(context.WithValue(t.Context(), other{}, "parent's"))
	c := &during.Context{Context: parent, Key: key{}, Kept: "own"}
	below, stop := context.WithCancel(c)
	defer stop()
	is.Equal(below.Value(key{}), "own")
	is.Equal(below.Value(other{}), "parent's")
	is.Equal(below.Value("neither"), nil)
	cancel()
	<-below.Done()                          // it ends with its parent
	is.Equal(below.Err(), context.Canceled) // and so does what is below
}
