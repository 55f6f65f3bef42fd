package redisrates

import (
	"cmp"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/gomodule/redigo/redis"

	"github.com/anteroom-go/anteroom/delegation/rates"
)

// patience is how long an answer of Redis is waited for: a request waits at most so
// long more while Redis does not answer.
const patience = 250 * time.Millisecond

// ErrURL reports a URL that is none of Redis. The text of the URL, in which there
// may be a password, is not repeated.
var ErrURL = errors.New("redisrates: a URL such as redis://:password@host:6379/0 or rediss://… is required")

//go:embed take.lua
var takeSource string

// Counter counts requests in Redis. It is safe for concurrent use.
type Counter struct {
	pool *redis.Pool
	take *redis.Script
}

// Open returns a counter in the Redis of a URL: redis:// or, over TLS, rediss://.
// It connects when it counts first. It returns [ErrURL] for any other text.
func Open(address string) (*Counter, error) {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Scheme != "redis" && parsed.Scheme != "rediss" || parsed.Hostname() == "" ||
		parsed.RawQuery != "" {
		return nil, ErrURL
	}
	database, err := strconv.ParseUint(cmp.Or(strings.Trim(parsed.Path, "/"), "0"), 10, 16)
	if err != nil {
		return nil, ErrURL
	}
	server := net.JoinHostPort(parsed.Hostname(), cmp.Or(parsed.Port(), "6379"))
	password, _ := parsed.User.Password()
	dial := func(ctx context.Context) (redis.Conn, error) {
		return redis.DialContext(ctx, "tcp", server, redis.DialUseTLS(parsed.Scheme == "rediss"),
			redis.DialUsername(parsed.User.Username()), redis.DialPassword(password), redis.DialDatabase(int(database)),
			redis.DialConnectTimeout(patience), redis.DialTLSHandshakeTimeout(patience),
			redis.DialReadTimeout(patience), redis.DialWriteTimeout(patience))
	}
	return &Counter{newPool(dial), redis.NewScript(-1, takeSource)}, nil
}

// newPool returns a pool of connections. One that was idle for some time is tried before it is
// used: Redis may have ended it.
func newPool(dial func(context.Context) (redis.Conn, error)) *redis.Pool {
	most := 10 * runtime.GOMAXPROCS(0)
	return &redis.Pool{DialContext: dial, MaxActive: most, MaxIdle: most, Wait: true, IdleTimeout: 5 * time.Minute,
		TestOnBorrowContext: func(ctx context.Context, conn redis.Conn, used time.Time) error {
			if time.Since(used) < time.Second {
				return nil
			}
			_, err := redis.DoContext(conn, ctx, "PING")
			return err
		}}
}

// Close closes the connections.
func (c *Counter) Close() error { return c.pool.Close() }

// Take implements [rates.Counter].
func (c *Counter) Take(ctx context.Context, buckets []rates.Bucket) (rates.Taken, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err := c.pool.GetContext(ctx)
	if err != nil {
		return rates.Taken{}, fmt.Errorf("redisrates: connecting: %w", err)
	}
	defer conn.Close()
	args := make([]any, 1, 1+2*len(buckets))
	args[0] = len(buckets)
	for _, bucket := range buckets {
		args = append(args, key(bucket))
	}
	for _, bucket := range buckets {
		args = append(args, bucket.Quota)
	}
	answer, err := redis.Values(c.take.DoContext(ctx, conn, args...))
	if err != nil {
		return rates.Taken{}, fmt.Errorf("redisrates: counting: %w", err)
	}
	return readTaken(answer)
}

// key returns the key of a bucket: an id has no place among the keys, and in a
// cluster those of one application are in one place.
func key(b rates.Bucket) string {
	return fmt.Sprintf("anteroom:{%s}:%s:%d:%s", digest(b.ClientID), b.Class, b.Quota, digest(b.UserID))
}

// digest returns 128 bits that stand for an id; nothing for no id.
func digest(id string) string {
	if id == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(id))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// readTaken reads what the script returns: how many microseconds to wait, and what
// is left of each bucket.
func readTaken(answer []any) (taken rates.Taken, err error) {
	for i, one := range answer {
		switch value := one.(type) {
		case int64:
			taken.Wait = time.Duration(value) * time.Microsecond
		case []byte:
			left, parsed := strconv.ParseFloat(string(value), 64)
			taken.Left, err = append(taken.Left, left), errors.Join(err, parsed)
		default:
			return rates.Taken{}, fmt.Errorf("redisrates: the answer has %T at %d", one, i)
		}
	}
	return taken, err
}
