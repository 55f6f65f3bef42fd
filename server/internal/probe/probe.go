// Package probe asks URLs until they answer as expected.
package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// attemptTimeout bounds each request, so that a server that hangs is asked again.
const attemptTimeout = 5 * time.Second

// Target is a URL and the status with which it is to answer.
type Target struct {
	URL    *url.URL
	Status int
}

// UnmarshalText reads URL or URL=STATUS. What follows the last "=" is a status if it is one of three
// digits; otherwise it belongs to the URL, and the status is 200.
func (t *Target) UnmarshalText(text []byte) error {
	address, status := string(text), http.StatusOK
	if i := strings.LastIndexByte(address, '='); i >= 0 && len(address)-i == len("=200") {
		if number, err := strconv.Atoi(address[i+1:]); err == nil && number >= 100 {
			address, status = address[:i], number
		}
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return errors.New("expected a URL such as http://127.0.0.1:8080/readyz, or with the status to wait for, " +
			"http://127.0.0.1:8080/rooms/=401")
	}
	*t = Target{URL: u, Status: status}
	return nil
}

// Prober asks targets.
type Prober struct {
	// Interval is the time from one attempt to the next. Zero makes one attempt.
	Interval time.Duration
	// Insecure accepts every certificate of a server.
	Insecure bool
}

// Wait asks the target, without following redirects and without a proxy, until it answers with the
// wanted status. When ctx ends before that, Wait returns an error that tells what came last.
func (p Prober) Wait(ctx context.Context, target Target) error {
	client := p.client()
	last := ask(ctx, client, target)
	if last == nil || p.Interval == 0 {
		return named(target, last)
	}
	tick := time.NewTicker(p.Interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return named(target, last)
		case <-tick.C:
		}
		err := ask(ctx, client, target)
		if err == nil {
			return nil
		}
		if ctx.Err() == nil { // the end of ctx tells less than the attempt before
			last = err
		}
	}
}

// client returns one that asks whichever server is there at each attempt.
func (p Prober) client() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: p.Insecure},
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// named puts the URL before an error.
func named(target Target, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", target.URL, err)
}

// ask makes one attempt.
func ask(ctx context.Context, client *http.Client, target Target) error {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.URL.String(), nil)
	if err != nil {
		return err
	}
	request.Header.Set("User-Agent", "anteroom-probe")
	response, err := client.Do(request)
	var failed *url.Error
	if errors.As(err, &failed) {
		return failed.Err // without the URL, which is named once
	}
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(response.Body, 1<<20)); err != nil {
		return fmt.Errorf("reading the answer: %w", err)
	}
	if response.StatusCode != target.Status {
		return fmt.Errorf("status %d, not %d", response.StatusCode, target.Status)
	}
	return nil
}
