package printing

import (
	"cmp"
	"fmt"
	"io"
	"time"

	"github.com/anteroom-go/anteroom/delegation/registry"
)

// Key is a signing key in JSON.
type Key struct {
	ID          string     `json:"kid"`
	Algorithm   string     `json:"alg"`
	State       string     `json:"state"`
	CreatedAt   time.Time  `json:"created_at"`
	SignsAt     *time.Time `json:"signs_at"` // while it is pending
	ActivatedAt *time.Time `json:"activated_at"`
	RetiringAt  *time.Time `json:"retiring_at"`
	RetiredAt   *time.Time `json:"retired_at"`
}

func ofKey(key registry.KeyInfo) Key {
	return Key{ID: key.ID, Algorithm: key.Algorithm, State: string(key.State), CreatedAt: key.CreatedAt,
		SignsAt: Given(key.SignsAt), ActivatedAt: Given(key.ActivatedAt),
		RetiringAt: Given(key.RetiringAt), RetiredAt: Given(key.RetiredAt)}
}

// OfKeys returns what is shown of signing keys.
func OfKeys(keys []registry.KeyInfo) []Key {
	views := make([]Key, len(keys))
	for i, key := range keys {
		views[i] = ofKey(key)
	}
	return views
}

// Keys writes signing keys for people.
func Keys(w io.Writer, keys []Key) {
	fmt.Fprintln(w, "KEY ID\tALGORITHM\tSTATE\tPUBLISHED SINCE\tSIGNS FROM")
	for _, v := range keys {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", v.ID, v.Algorithm, v.State, v.CreatedAt.Format(time.RFC3339),
			OrNever(cmp.Or(v.SignsAt, v.ActivatedAt)))
	}
}
