package logpipe_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/internal/logpipe"
)

// reader is the other end of a pipe. It reads one record for each that it is allowed.
type reader struct {
	allowed chan error

	mu   sync.Mutex
	text bytes.Buffer
}

func (r *reader) Write(record []byte) (int, error) {
	if err := <-r.allowed; err != nil {
		return 0, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(record)
}

func (r *reader) lines() []string { return strings.Split(strings.TrimSpace(r.text.String()), "\n") }

func notice(dropped int) []byte { return fmt.Appendf(nil, "dropped %d\n", dropped) }

// reading returns a reader that reads everything at once.
func reading() *reader {
	r := &reader{allowed: make(chan error)}
	close(r.allowed)
	return r
}

func TestRecordsComeInOrder(t *testing.T) {
	is := is.New(t)
	to := reading()
	log := logpipe.New(to, notice)
	record := []byte("0000\n")
	for i := range 1000 {
		copy(record, fmt.Sprintf("%04d", i)) // a record may be used again by its writer
		n, err := log.Write(record)
		is.NoErr(err)
		is.Equal(n, len(record))
	}
	log.Flush(time.Minute)
	is.Equal(len(to.lines()), 1000) // nothing is lost, and nothing told
	for i, line := range to.lines() {
		is.Equal(line, fmt.Sprintf("%04d", i))
	}
}

func TestNoOneWaitsForAReader(t *testing.T) {
	is := is.New(t)
	to := &reader{allowed: make(chan error)}
	log := logpipe.New(to, notice)
	record := []byte(strings.Repeat("x", 1023) + "\n")
	for range 10_000 { // ten times as much as there is room for
		_, err := log.Write(record)
		is.NoErr(err)
	}
	close(to.allowed) // its reader comes back
	log.Flush(time.Minute)
	dropped, passed := 0, 0
	for _, line := range to.lines() {
		var n int
		if _, err := fmt.Sscanf(line, "dropped %d", &n); err == nil {
			dropped += n
			continue
		}
		passed++
		is.Equal(len(line), len(record)-1) // whole records
	}
	is.Equal(dropped+passed, 10_000)         // every one is there or counted
	is.True(passed >= 1000 && passed < 3000) // as many as there is room for
}

func TestAReaderWhoLeaves(t *testing.T) {
	is := is.New(t)
	to := &reader{allowed: make(chan error)}
	log := logpipe.New(to, notice)
	_, err := log.Write([]byte("first\n"))
	is.NoErr(err) // that the pipe is broken is no error of who logs
	to.allowed <- errors.New("broken pipe")
	to.allowed <- errors.New("broken pipe") // nor can that be told
	_, err = log.Write([]byte("second\n"))
	is.NoErr(err)
	close(to.allowed) // another reader has come
	log.Flush(time.Minute)
	is.Equal(to.lines(), []string{"second", "dropped 1"})
}

func TestFlushIsBounded(t *testing.T) {
	is := is.New(t)
	to := &reader{allowed: make(chan error)}
	log := logpipe.New(to, nil)
	_, err := log.Write([]byte("x\n"))
	is.NoErr(err)
	log.Flush(time.Millisecond) // no one reads
	close(to.allowed)
	log.Flush(time.Minute) // and now it is read
	is.Equal(to.lines(), []string{"x"})
	_, err = log.Write([]byte("y\n"))
	is.NoErr(err)
}
