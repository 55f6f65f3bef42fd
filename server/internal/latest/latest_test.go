package latest_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/internal/latest"
)

func Example() {
	readDisk := func(context.Context) int { return 42 }
	value := latest.New(readDisk, time.Second, 15*time.Second)
	free, ok := value.Get()
	fmt.Println(free, ok)
	// Output: 42 true
}

func TestManyAskOneWorks(t *testing.T) {
	is := is.New(t)
	var runs atomic.Int64
	begun, let := make(chan struct{}), make(chan struct{})
	value := latest.New(func(context.Context) int64 {
		close(begun)
		<-let
		return runs.Add(1)
	}, time.Minute, time.Hour)
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			got, ok := value.Get()
			if got != 1 || !ok {
				t.Errorf("got %d, %t", got, ok)
			}
		})
	}
	<-begun
	close(let)
	wait.Wait()
	is.Equal(runs.Load(), int64(1)) // one run for all, and it is kept
}

func TestPatienceEnds(t *testing.T) {
	is := is.New(t)
	var runs atomic.Int64
	let := make(chan struct{})
	value := latest.New(func(ctx context.Context) int64 {
		runs.Add(1)
		<-ctx.Done() // which comes before patience is over
		<-let
		return runs.Load()
	}, time.Millisecond, 0)
	for range 3 {
		_, ok := value.Get()
		is.True(!ok) // the work hangs
	}
	is.Equal(runs.Load(), int64(1)) // and is not begun again meanwhile
	close(let)
	for {
		if _, ok := value.Get(); ok {
			return // once it ends, the next one begins
		}
	}
}
