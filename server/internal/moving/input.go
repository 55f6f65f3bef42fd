package moving

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// form is the form of a file.
type form int

const (
	ofLines     form = iota // JSON Lines of ours
	ofTable                 // CSV of ours
	ofDump                  // what dumpdata of LaSuite Meet writes
	ofAddresses             // an address on each line
)

// input is a file that is read from its beginning to its end.
type input struct {
	io.Closer
	size int64 // in bytes; less than 1 if it is not known
	raw  io.Reader
	text *bufio.Reader
}

// openInput opens a file, or standard input for "-". Seen hears of everything that is read.
func openInput(path string, stdin io.Reader, seen func(size int64) io.Writer) (*input, error) {
	in := &input{raw: stdin, Closer: io.NopCloser(stdin), size: -1}
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		in.raw, in.Closer = file, file
		if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
			in.size = info.Size()
		}
	}
	text, err := unpacked(bufio.NewReaderSize(io.TeeReader(in.raw, seen(in.size)), 64<<10))
	if err != nil {
		return nil, errors.Join(err, in.Close())
	}
	in.text = text
	return in, nil
}

// unpacked returns the text of a file that may be compressed, without a byte order mark.
func unpacked(packed *bufio.Reader) (*bufio.Reader, error) {
	text := packed
	switch start, _ := packed.Peek(6); {
	case bytes.HasPrefix(start, []byte{0x1f, 0x8b}):
		reader, err := gzip.NewReader(packed)
		if err != nil {
			return nil, fmt.Errorf("it is no good gzip: %w", err)
		}
		text = bufio.NewReaderSize(reader, 64<<10)
	case bytes.HasPrefix(start, []byte("BZh")):
		text = bufio.NewReaderSize(bzip2.NewReader(packed), 64<<10)
	case bytes.HasPrefix(start, []byte("\xfd7zXZ")), bytes.HasPrefix(start, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return nil, errors.New("it is compressed by xz or zstd: unpack it first, as in: xz -dc FILE | anteroom import -")
	case bytes.HasPrefix(start, []byte{0xff, 0xfe}), bytes.HasPrefix(start, []byte{0xfe, 0xff}):
		return nil, errors.New("it is UTF-16: write it as UTF-8")
	}
	if start, _ := text.Peek(3); string(start) == "\ufeff" {
		_, _ = text.Discard(3)
	}
	return text, nil
}

var errForm = errors.New(`it is no file to import: neither a dump (a list of objects with "model"), nor JSON Lines ` +
	`(objects with "kind"), nor CSV`)

// formOf looks at the beginning of a text for its form.
func formOf(text *bufio.Reader) (form, error) {
	start, err := text.Peek(64 << 10)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return 0, err
	}
	trimmed := bytes.TrimSpace(start)
	switch {
	case len(trimmed) == 0:
		return 0, errors.New("it is empty")
	case trimmed[0] == '[':
		return ofDump, nil
	case trimmed[0] == '{':
		return objectForm(trimmed)
	case trimmed[0] == '<' || bytes.HasPrefix(trimmed, []byte("- ")):
		return 0, errForm
	}
	line, _, _ := strings.Cut(string(trimmed), "\n")
	if strings.Contains(line, "@") || strings.HasPrefix(line, "#") {
		return ofAddresses, nil
	}
	return ofTable, nil
}

// objectForm tells objects of a dump from those of ours by their members.
func objectForm(text []byte) (form, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	_, _ = decoder.Token() // the brace
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			break
		}
		switch name {
		case "model":
			return ofDump, nil
		case "kind":
			return ofLines, nil
		}
		var value json.RawMessage
		if decoder.Decode(&value) != nil {
			break
		}
	}
	return 0, errForm
}
