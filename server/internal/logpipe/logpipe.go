// Package logpipe keeps a log from stopping a server: records wait in memory for a
// writer that is slow, stands still or fails.
package logpipe

import (
	"io"
	"sync"
	"time"
)

// most is how many bytes of records wait. While as many are being written, as many
// more can wait.
const most = 1 << 20

// usual is how many bytes are written at once: what a pipe takes whole, if it has room.
const usual = 32 << 10

// Writer passes records on to another writer. Each Write is one record, which is passed on whole,
// with those behind it, or not at all. It is safe for concurrent use.
type Writer struct {
	to     io.Writer
	notice func(dropped int) []byte

	mu      sync.Mutex
	changed *sync.Cond
	queue   []byte // records, one behind the other
	ends    []int  // where each of them ends
	dropped int
	ended   bool
	done    chan struct{}
}

// New returns a writer that passes records on until [Writer.Flush]. Once records that
// were dropped could be written again, it writes what notice returns for their
// number. Nil means no notice.
func New(to io.Writer, notice func(dropped int) []byte) *Writer {
	w := &Writer{to: to, notice: notice, done: make(chan struct{})}
	w.changed = sync.NewCond(&w.mu)
	go w.run()
	return w
}

// Write implements io.Writer. It never waits and never fails: a record that has no
// room is dropped and counted.
func (w *Writer) Write(record []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended || len(w.queue)+len(record) > most {
		w.dropped++
		return len(record), nil
	}
	w.queue = append(w.queue, record...)
	w.ends = append(w.ends, len(w.queue))
	w.changed.Signal()
	return len(record), nil
}

// Flush takes no more records, and waits until all are written, for some time at most.
func (w *Writer) Flush(within time.Duration) {
	w.mu.Lock()
	w.ended = true
	w.mu.Unlock()
	w.changed.Signal()
	select {
	case <-w.done:
	case <-time.After(within):
	}
}

// run writes records as they come: all that wait at once, as far as they fit.
func (w *Writer) run() {
	defer close(w.done)
	var records []byte
	var ends []int
	for {
		var ended bool
		records, ends, ended = w.take(records[:0], ends[:0])
		w.pass(records, ends)
		w.tell()
		if ended {
			return
		}
		if cap(records) > usual {
			records, ends = nil, nil // room for a flood is given back
		}
	}
}

// take waits for records and takes all. It leaves room for others, whose length is zero. Ended
// reports that there will be no more.
func (w *Writer) take(room []byte, ends []int) (records []byte, _ []int, ended bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.queue) == 0 && !w.ended {
		w.changed.Wait()
	}
	records, w.queue = w.queue, room
	ends, w.ends = w.ends, ends
	return records, ends, w.ended
}

// pass writes records, as many at once as fit or one that does not. They count as dropped if
// that fails.
func (w *Writer) pass(records []byte, ends []int) {
	begin := 0
	for len(ends) > 0 {
		n := 1
		for n < len(ends) && ends[n]-begin <= usual {
			n++
		}
		if _, err := w.to.Write(records[begin:ends[n-1]]); err != nil {
			w.drop(n)
		}
		begin, ends = ends[n-1], ends[n:]
	}
}

// drop counts dropped records, and returns how many there are.
func (w *Writer) drop(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dropped += n
	return w.dropped
}

// tell writes how many records were dropped, if any were. If that fails as well, they
// are counted on.
func (w *Writer) tell() {
	n := w.drop(0)
	if n == 0 || w.notice == nil {
		return
	}
	if _, err := w.to.Write(w.notice(n)); err == nil {
		w.drop(-n)
	}
}
