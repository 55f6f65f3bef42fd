package printing_test

import (
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/internal/printing"
)

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 seconds", time.Second: "1 second", 2 * time.Minute: "2 minutes", 5400 * time.Second: "1 hour 30 minutes",
		2160*time.Hour + time.Second: "90 days 1 second",
	} {
		is.New(t).Equal(printing.Duration(d), want)
	}
}
