package server_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/matryer/is"
	"github.com/uptrace/bun"
)

// TestCallersWhoLeave leaves every operation while a store is asked.
func TestCallersWhoLeave(t *testing.T) {
	hold := newHolding()
	databases(t, func(t *testing.T, db *bun.DB) {
		a := serve(t, db.WithQueryHook(hold), unlimited)
		for _, o := range operations(t) {
			if !o.documents(503) || o.template == "/.well-known/jwks.json" { // keys are in memory
				continue
			}
			t.Run(o.OperationID, func(t *testing.T) {
				is := is.New(t)
				w := a.world()
				path := w.path(o)
				media, example := o.usual()
				w.furnish(encode(t, media, example))
				before := strings.Count(a.log.String(), `"status":499`)
				ctx, leave := context.WithCancel(t.Context())
				left := make(chan error)
				hold.after.Store(0)
				go func() { left <- w.leaving(ctx, o, path) }()
				<-hold.held
				leave()
				is.True(<-left != nil)
				a.waitForRecords(`"status":499`, before+1)                    // is told to the operator
				is.True(!strings.Contains(a.log.String(), `"level":"ERROR"`)) // and no error of ours
				is.Equal(w.good(o, path).StatusCode/100, 2)                   // nothing is left behind
			})
		}
	})
}

// leaving sends a good request in a context, and returns why there is no answer.
func (w *world) leaving(ctx context.Context, o operation, path string) error {
	media, example := o.usual()
	target := path + w.query(o, nil)
	if !o.atRoot {
		target = w.basePath() + target
	}
	body := strings.NewReader(w.real(encode(w.T, media, example)))
	request, err := http.NewRequestWithContext(ctx, o.method, w.http.URL+target, body)
	if err != nil {
		return fmt.Errorf("no request: %w", err)
	}
	if o.scope != "" {
		request.Header.Set("Authorization", strings.TrimPrefix(w.token, "Authorization: "))
	}
	if media != "" {
		request.Header.Set("Content-Type", media)
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err == nil {
		_ = response.Body.Close()
	}
	return err
}
