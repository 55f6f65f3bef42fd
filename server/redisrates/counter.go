package redisrates

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

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
	client *redis.Client
	take   *redis.Script
}

// Open returns a counter in the Redis of a URL: redis:// or, over TLS, rediss://.
// It connects when it counts first. It returns [ErrURL] for any other text.
func Open(address string) (*Counter, error) {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Scheme != "redis" && parsed.Scheme != "rediss" || parsed.Hostname() == "" {
		return nil, ErrURL
	}
	options, err := redis.ParseURL(address)
	if err != nil {
		return nil, ErrURL
	}
	options.DialTimeout, options.ReadTimeout, options.WriteTimeout = patience, patience, patience
	options.PoolTimeout, options.ContextTimeoutEnabled = patience, true
	options.MaxRetries, options.DialerRetries = -1, 1 // the servers count for themselves meanwhile
	options.DisableIdentity = true
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return &Counter{redis.NewClient(options), redis.NewScript(takeSource)}, nil
}

// Close closes the connections.
func (c *Counter) Close() error { return c.client.Close() }

// Take implements [rates.Counter].
func (c *Counter) Take(ctx context.Context, buckets []rates.Bucket) (rates.Taken, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	keys, quotas := make([]string, len(buckets)), make([]any, len(buckets))
	for i, bucket := range buckets {
		keys[i], quotas[i] = key(bucket), bucket.Quota
	}
	answer, err := c.take.Run(ctx, c.client, keys, quotas...).Slice()
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
		case string:
			left, parsed := strconv.ParseFloat(value, 64)
			taken.Left, err = append(taken.Left, left), errors.Join(err, parsed)
		default:
			return rates.Taken{}, fmt.Errorf("redisrates: the answer has %T at %d", one, i)
		}
	}
	return taken, err
}
