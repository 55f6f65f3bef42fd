//go:build linux

package stand

import (
	"bufio"
	"encoding/json"
	"io"
	"strings"
	"sync"
)

// kept is how many of the last lines of a log are kept.
const kept = 30

// Log is what a server wrote to its log.
type Log struct {
	mu        sync.Mutex
	levels    map[string]int
	bytes     int
	last      []string
	errors    []string // the first ones
	listening chan string
}

func newLog() *Log { return &Log{levels: map[string]int{}, listening: make(chan string, 1)} }

// read takes in records until the end of the stream.
func (l *Log) read(stream io.Reader) {
	lines := bufio.NewReaderSize(stream, 1<<16)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			l.note(strings.TrimSuffix(line, "\n"))
		}
		if err != nil {
			return
		}
	}
}

func (l *Log) note(line string) {
	var record struct{ Level, Msg, Address string }
	_ = json.Unmarshal([]byte(line), &record) // a line that is no record has no level
	if record.Msg == "listening" {
		select {
		case l.listening <- record.Address:
		default:
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.levels[record.Level]++
	l.bytes += len(line)
	if l.last = append(l.last, line); len(l.last) > kept {
		l.last = l.last[1:]
	}
	if record.Level == "ERROR" && len(l.errors) < 3 {
		l.errors = append(l.errors, line)
	}
}

// Records returns how many records of a level there are, such as ERROR.
func (l *Log) Records(level string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.levels[level]
}

// Bytes returns the size of the log.
func (l *Log) Bytes() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bytes
}

// Contains reports whether one of the last lines contains text.
func (l *Log) Contains(text string) bool { return strings.Contains(l.Tail(kept), text) }

// Tail returns up to n of the last lines.
func (l *Log) Tail(n int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.last[max(0, len(l.last)-n):], "\n")
}
