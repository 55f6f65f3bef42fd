package verified_test

import (
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation/internal/jwt"
	"github.com/anteroom-go/anteroom/delegation/internal/verified"
)

var start = time.Unix(1_800_000_000, 0)

// claims are those of a token that expires ten minutes after start.
func claims(id string) jwt.Claims {
	exp := start.Unix() + 600
	return jwt.Claims{ID: id, Expires: &exp}
}

func TestRemembersBySetAndUntilExpiry(t *testing.T) {
	is := is.New(t)
	m := verified.New[string]()
	_, _, found := m.Find(verified.IDOf("a"), start)
	is.True(!found) // a new memory is empty
	m.Keep(verified.IDOf("a"), "first set", claims("a"))
	c, by, found := m.Find(verified.IDOf("a"), start)
	is.True(found)
	is.Equal(c.ID, "a")
	is.Equal(by, "first set") // the caller sees by which keys
	_, _, found = m.Find(verified.IDOf("a."), start)
	is.True(!found) // the whole text counts
	_, _, found = m.Find(verified.IDOf("a"), start.Add(599*time.Second))
	is.True(found)
	_, _, found = m.Find(verified.IDOf("a"), start.Add(600*time.Second))
	is.True(!found)      // exp is the first moment at which a token is not good
	is.Equal(m.Len(), 0) // and it takes no place from then on
}

func TestAnotherSetEndsEverything(t *testing.T) {
	is := is.New(t)
	m := verified.New[string]()
	m.Keep(verified.IDOf("a"), "first set", claims("a"))
	m.Keep(verified.IDOf("b"), "first set", claims("b"))
	m.Keep(verified.IDOf("c"), "second set", claims("c"))
	is.Equal(m.Len(), 1) // what the first set verified has gone
	m.Keep(verified.IDOf("a"), "first set", claims("a"))
	_, _, found := m.Find(verified.IDOf("c"), start)
	is.True(!found) // also if a request that began before comes late
	_, by, found := m.Find(verified.IDOf("a"), start)
	is.True(found && by == "first set") // nothing is ever told of another set than its own
}

func TestIsBounded(t *testing.T) {
	is := is.New(t)
	m := verified.New[int]()
	for i := range verified.Most + 100 {
		m.Keep(verified.IDOf(strconv.Itoa(i)), 1, claims(strconv.Itoa(i)))
		_, _, found := m.Find(verified.IDOf("0"), start)
		is.True(found) // what is used stays
	}
	is.Equal(m.Len(), verified.Most)
	_, _, found := m.Find(verified.IDOf("1"), start)
	is.True(!found) // what was not used for longest makes room
}

func TestConcurrentSets(t *testing.T) {
	is := is.New(t)
	m := verified.New[int]()
	var wait sync.WaitGroup
	for set := range 4 {
		wait.Go(func() {
			for i := range 2000 {
				name := strconv.Itoa(i % 50)
				m.Keep(verified.IDOf(name), set, claims(strconv.Itoa(set)))
				c, by, found := m.Find(verified.IDOf(name), start)
				if found && c.ID != strconv.Itoa(by) {
					t.Errorf("claims of set %s are told of set %d", c.ID, by)
				}
			}
		})
	}
	wait.Wait()
	is.True(m.Len() <= 50)
}
