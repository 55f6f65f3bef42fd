// Package load sends requests over connections of its own and checks every answer. It does less work for a request
// than net/http, since it shares the machine with what it measures.
package load

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
)

// Request is what is sent, whole, and what must be answered.
type Request struct {
	Text   []byte
	Status int
	// Contains are texts of which the body of the answer has each.
	Contains []string
}

// NewRequest returns the text of a request by HTTP/1.1. Fields are names and values.
func NewRequest(method, host, path, body string, fields ...string) []byte {
	var text bytes.Buffer
	fmt.Fprintf(&text, "%s %s HTTP/1.1\r\nHost: %s\r\n", method, path, host)
	for i := 0; i < len(fields); i += 2 {
		fmt.Fprintf(&text, "%s: %s\r\n", fields[i], fields[i+1])
	}
	if body != "" {
		fmt.Fprintf(&text, "Content-Length: %d\r\n", len(body))
	}
	fmt.Fprintf(&text, "\r\n%s", body)
	return text.Bytes()
}

// errForm is returned for an answer that is not by HTTP/1.1.
var errForm = errors.New("load: the answer has another form")

// connection sends one request after the other.
type connection struct {
	net.Conn
	reader *bufio.Reader
	body   []byte // of the last answer
}

func dial(address string) (*connection, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &connection{Conn: conn, reader: bufio.NewReaderSize(conn, 1<<15)}, nil
}

// ask sends a request and checks the answer. The body stays until the next one.
func (c *connection) ask(r Request) error {
	if _, err := c.Write(r.Text); err != nil {
		return err
	}
	status, err := c.answer()
	if err != nil {
		return err
	}
	if status != r.Status {
		return fmt.Errorf("load: status %d instead of %d: %.300s", status, r.Status, c.body)
	}
	for _, text := range r.Contains {
		if !bytes.Contains(c.body, []byte(text)) {
			return fmt.Errorf("load: the answer does not contain %s: %.300s", text, c.body)
		}
	}
	return nil
}

// answer reads an answer (RFC 9112 §4, §6).
func (c *connection) answer() (status int, err error) {
	line, err := c.reader.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	if len(line) < 12 || string(line[:9]) != "HTTP/1.1 " {
		return 0, errForm
	}
	status = int(line[9]-'0')*100 + int(line[10]-'0')*10 + int(line[11]-'0')
	length, chunked, err := c.fields()
	c.body = c.body[:0]
	switch {
	case err != nil:
		return 0, err
	case chunked:
		return status, c.chunks()
	}
	return status, c.take(length)
}

// fields reads the header, and returns how long the body is.
func (c *connection) fields() (length int, chunked bool, err error) {
	for {
		line, err := c.reader.ReadSlice('\n')
		if err != nil {
			return 0, false, err
		}
		if line = bytes.TrimRight(line, "\r\n"); len(line) == 0 {
			return length, chunked, nil
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return 0, false, errForm
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			chunked = true
		}
	}
}

// take reads so many bytes of a body.
func (c *connection) take(length int) error {
	had := len(c.body)
	c.body = append(c.body, make([]byte, length)...)
	_, err := io.ReadFull(c.reader, c.body[had:])
	return err
}

// chunks reads a body in chunks (RFC 9112 §7.1).
func (c *connection) chunks() error {
	for {
		line, err := c.reader.ReadSlice('\n')
		if err != nil {
			return err
		}
		length, err := strconv.ParseUint(string(bytes.TrimSpace(line)), 16, 31)
		if err != nil {
			return errForm
		}
		if err := c.take(int(length) + 2); err != nil {
			return err
		}
		c.body = c.body[:len(c.body)-2]
		if length == 0 {
			return nil
		}
	}
}
