package secretform_test

import (
	"bytes"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation/internal/secretform"
)

func TestFormAtTheEdges(t *testing.T) {
	is := is.New(t)
	for _, bits := range []byte{0x00, 0x01, 0x7f, 0xff} {
		text := secretform.Encode([secretform.Bytes]byte(bytes.Repeat([]byte{bits}, secretform.Bytes)))
		is.Equal(len(text), 65) // the least and the greatest number have as many digits
		id, ok := secretform.ID(text)
		is.True(ok)
		is.Equal(id, text[5:15])
	}
}
