package places_test

import (
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/internal/places"
)

func TestIsPlain(t *testing.T) {
	is := is.New(t)
	for _, protected := range []string{"https://meet.example.org", "http://localhost:8080", "http://LOCALHOST",
		"http://127.0.0.1:8080/meet", "http://127.3.2.1", "http://[::1]:80", "", "%"} {
		is.True(!places.IsPlain(protected))
	}
	for _, plain := range []string{"http://meet.example.org", "http://10.0.0.1:8080", "http://localhost.example.org",
		"http://[2001:db8::1]", "http://0.0.0.0"} {
		is.True(places.IsPlain(plain))
	}
}
