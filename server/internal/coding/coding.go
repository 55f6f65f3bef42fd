// Package coding undoes the content codings of request bodies (RFC 9110 §8.4).
//
// [Decode] reads gzip, and refuses the other codings of IANA's registry. Every
// other word in Content-Encoding is no coding: programs write the name of a
// charset there, and the body is what it is.
package coding

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Accepted is what can be read, as the value of Accept-Encoding (RFC 9110
// §12.5.3).
const Accepted = "gzip"

// maxLayers is how often a body may be packed. One layer is usual.
const maxLayers = 2

// The errors of [Decode].
var (
	ErrUnsupported = errors.New("coding: this content coding is not read")
	ErrBroken      = errors.New("coding: not the content coding that is named")
	ErrSize        = errors.New("coding: larger than allowed")
)

// Decode returns a body without the codings that Content-Encoding header fields
// name. It returns [ErrUnsupported] for a coding that exists and is not read,
// before it reads anything, [ErrBroken] if the body is not gzip to its last byte,
// and [ErrSize] as soon as there are more than limit bytes in any layer.
func Decode(fields []string, body []byte, limit int64) ([]byte, error) {
	layers := 0
	for word := range strings.SplitSeq(strings.Join(fields, ","), ",") {
		switch name(word) {
		case "gzip", "x-gzip": // RFC 9110 §8.4.1.3
			layers++
		case "aes128gcm", "br", "compress", "dcb", "dcz", "deflate", "exi", "pack200-gzip", "x-compress", "zstd":
			return nil, ErrUnsupported
		}
	}
	if layers > maxLayers {
		return nil, ErrUnsupported
	}
	for ; layers > 0; layers-- {
		var err error
		if body, err = unpack(body, limit); err != nil {
			return nil, err
		}
	}
	return body, nil
}

// name returns the name of a coding, which has no case, without what follows it.
func name(word string) string {
	word, _, _ = strings.Cut(word, ";")
	return strings.ToLower(strings.Trim(word, " \t\""))
}

// unpack undoes gzip, of one or more members (RFC 1952 §2.2). It holds no more
// than limit bytes and one.
func unpack(packed []byte, limit int64) ([]byte, error) {
	reader, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	body, err := io.ReadAll(io.LimitReader(reader, limit+1))
	switch {
	case int64(len(body)) > limit:
		return nil, ErrSize
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	return body, nil
}
