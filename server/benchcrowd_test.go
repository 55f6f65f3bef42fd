package server_test

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/anteroom-go/anteroom/delegation/rates"
	"github.com/anteroom-go/anteroom/scopes"
)

// BenchmarkTokenInACrowd compares tokens of one application with tokens beside 24
// clients of another one that ask for the statistics of a user with 50,000 rooms,
// and come back when they are told to. The metric is x-alone, how many times as
// long a token takes in the crowd.
func BenchmarkTokenInACrowd(b *testing.B) {
	much := rates.Quota{Application: 999_999_999, User: 999_999_999}
	x := newBenchOf(b, rates.Limits{Reads: much, Tokens: 999_999_999}, scopes.All())
	x.fill(1)
	busy := *x
	x.register(scopes.Rooms())
	token := func() { x.ask(x.server, 200) }
	token()
	b.ResetTimer()
	alone := parallel(b.N, token)
	leave := busy.crowd(24)
	crowded := parallel(b.N, token)
	leave()
	b.ReportMetric(float64(crowded)/float64(alone), "x-alone")
	b.ReportMetric(float64(b.N)/crowded.Seconds(), "req/s")
	b.ReportMetric(0, "ns/op")
}

// crowd lets clients ask for statistics until the function that it returns is
// called.
func (x *bench) crowd(clients int) (leave func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wait sync.WaitGroup
	for range clients {
		wait.Go(func() {
			for ctx.Err() == nil {
				x.statistics(ctx)
			}
		})
	}
	return func() {
		cancel()
		wait.Wait()
	}
}

// statistics asks for statistics, and waits for as long as a 429 asks it to.
func (x *bench) statistics(ctx context.Context) {
	response, err := x.client.Do(x.request("GET", x.server+"/stats/rooms", "").WithContext(ctx))
	if err != nil {
		return // the crowd leaves
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusTooManyRequests {
		return
	}
	seconds, err := strconv.Atoi(response.Header.Get("Retry-After"))
	if err != nil {
		x.Error(err)
	}
	select {
	case <-ctx.Done():
	case <-time.After(time.Duration(seconds) * time.Second):
	}
}
