package redisrates_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/gomodule/redigo/redis"
	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation/rates"
	"github.com/anteroom-go/anteroom/delegation/rates/ratestest"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/redisrates"
)

func open(t *testing.T, address string) *redisrates.Counter {
	t.Helper()
	is := is.New(t)
	counter, err := redisrates.Open(address)
	is.NoErr(err)
	t.Cleanup(func() { is.NoErr(counter.Close()) })
	return counter
}

func TestCounter(t *testing.T) {
	address, _ := dbtest.Redis(t)
	ratestest.Counter(t, open(t, address))
}

func TestOpenRefuses(t *testing.T) {
	for _, address := range []string{"", "redis:", "redis://", "http://secret@host",
		"redis://:secret@host:port", "redis://host/secret",
		"redis://:secret\x00@host", "host:6379", "unix:///secret", "redis://:secret@host?protocol=secret",
		"redis://:secret@host/-1", "redis://:secret@host/0/1"} {
		is := is.New(t)
		counter, err := redisrates.Open(address)
		is.True(errors.Is(err, redisrates.ErrURL))
		is.True(counter == nil)
		is.True(!strings.Contains(err.Error(), "secret")) // nothing of the URL is in the error
	}
}

// TestKeys looks at what is kept.
func TestKeys(t *testing.T) {
	is := is.New(t)
	address, kill := dbtest.Redis(t)
	counter := open(t, address)
	bucket := rates.Bucket{Class: rates.Creates, ClientID: "app_of_example", UserID: "alice", Quota: 60}
	_, err := counter.Take(t.Context(), []rates.Bucket{bucket})
	is.NoErr(err)
	client, err := redis.DialURL(address)
	is.NoErr(err)
	defer client.Close()
	keys, err := redis.Strings(client.Do("KEYS", "*"))
	is.NoErr(err)
	is.Equal(len(keys), 1)
	is.True(!strings.Contains(keys[0], "app_of_example") && !strings.Contains(keys[0], "alice")) // no id is kept
	life, err := redis.Int(client.Do("PTTL", keys[0]))
	is.NoErr(err)
	is.True(life > 0 && life <= 1000) // until the one that was taken is back
	kill()
	_, err = counter.Take(t.Context(), []rates.Bucket{bucket})
	is.True(err != nil) // Redis is away
	parsed, err2 := url.Parse(address)
	is.NoErr(err2)
	password, _ := parsed.User.Password()
	is.True(!strings.Contains(err.Error(), password)) // which tells nothing of the password
}
