package coding_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/internal/coding"
)

// packed returns bytes in gzip.
func packed(t testing.TB, body []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	writer := gzip.NewWriter(&out)
	_, err := writer.Write(body)
	is.New(t).NoErr(err)
	is.New(t).NoErr(writer.Close())
	return out.Bytes()
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func TestDecode(t *testing.T) {
	plain := []byte(`{"name":"Budget"}`)
	once := packed(t, plain)
	tests := map[string]struct {
		fields []string
		body   []byte
		want   string
		err    error
	}{
		"no field":            {nil, plain, string(plain), nil},
		"an empty field":      {[]string{""}, plain, string(plain), nil},
		"identity":            {[]string{"identity"}, plain, string(plain), nil},
		"a charset":           {[]string{"UTF-8"}, plain, string(plain), nil},
		"a charset, and gzip": {[]string{"utf-8", "gzip"}, once, string(plain), nil},
		"odd words":           {[]string{`,;,"`, "binary", "\x00\xff", "gzipped"}, plain, string(plain), nil},
		"gzip":                {[]string{"gzip"}, once, string(plain), nil},
		"its other name":      {[]string{"X-Gzip"}, once, string(plain), nil},
		"quoted":              {[]string{`"gzip"`}, once, string(plain), nil},
		"with a parameter":    {[]string{"gzip;level=9"}, once, string(plain), nil},
		"beside identity":     {[]string{"identity , gzip", "identity"}, once, string(plain), nil},
		"twice":               {[]string{"gzip, gzip"}, packed(t, once), string(plain), nil},
		"twice, packed once":  {[]string{"gzip", "gzip"}, once, "", coding.ErrBroken},
		"three times":         {[]string{"gzip,gzip,gzip"}, once, "", coding.ErrUnsupported},
		"several members":     {[]string{"gzip"}, join(packed(t, plain[:5]), packed(t, plain[5:])), string(plain), nil},
		"empty members":       {[]string{"gzip"}, join(packed(t, nil), once, packed(t, nil)), string(plain), nil},
		"nothing in it":       {[]string{"gzip"}, packed(t, nil), "", nil},
		"no gzip":             {[]string{"gzip"}, plain, "", coding.ErrBroken},
		"nothing":             {[]string{"gzip"}, nil, "", coding.ErrBroken},
		"half of it":          {[]string{"gzip"}, once[:len(once)/2], "", coding.ErrBroken},
		"no checksum":         {[]string{"gzip"}, once[:len(once)-8], "", coding.ErrBroken},
		"a wrong checksum": {[]string{"gzip"}, join(once[:len(once)-8], make([]byte, 4), once[len(once)-4:]), "",
			coding.ErrBroken},
		"more bytes":            {[]string{"gzip"}, join(once, []byte("{}")), "", coding.ErrBroken},
		"deflate":               {[]string{"deflate"}, plain, "", coding.ErrUnsupported},
		"brotli in any case":    {[]string{"identity, BR"}, plain, "", coding.ErrUnsupported},
		"zstd above gzip":       {[]string{"gzip, zstd"}, once, "", coding.ErrUnsupported},
		"at the limit":          {[]string{"gzip"}, packed(t, make([]byte, 1000)), string(make([]byte, 1000)), nil},
		"over the limit":        {[]string{"gzip"}, packed(t, make([]byte, 1001)), "", coding.ErrSize},
		"over it, and broken":   {[]string{"gzip"}, packed(t, make([]byte, 9999))[:30], "", coding.ErrSize},
		"a bomb":                {[]string{"gzip"}, packed(t, make([]byte, 4<<20)), "", coding.ErrSize},
		"a bomb in a bomb":      {[]string{"gzip,gzip"}, packed(t, packed(t, make([]byte, 4<<20))), "", coding.ErrSize},
		"over it in two pieces": {[]string{"gzip"}, bytes.Repeat(packed(t, make([]byte, 600)), 2), "", coding.ErrSize},
	}
	for _, name := range []string{"aes128gcm", "compress", "dcb", "dcz", "exi", "pack200-gzip", "x-compress"} {
		test := tests["deflate"]
		test.fields = []string{name}
		tests[name] = test // IANA's registry
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			got, err := coding.Decode(test.fields, test.body, 1000)
			is.True(errors.Is(err, test.err)) // the fault
			is.Equal(string(got), test.want)  // or what was packed
		})
	}
}

// TestBombsAreCheap: what is refused for its size takes no more memory than what is
// accepted.
func TestBombsAreCheap(t *testing.T) {
	for name, body := range map[string][]byte{
		"zeros": packed(t, make([]byte, 4<<20)), "members": bytes.Repeat(packed(t, nil), 2500),
		"a bomb in a bomb": packed(t, packed(t, make([]byte, 4<<20))),
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, _ = coding.Decode([]string{"gzip, gzip"}, body, 64<<10)
			runtime.ReadMemStats(&after)
			is.New(t).True(after.TotalAlloc-before.TotalAlloc < 1<<20)
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("gzip", []byte("{}"))
	f.Add("gzip, identity", packed(f, []byte("{}")))
	f.Add("gzip,gzip", packed(f, packed(f, []byte(strings.Repeat("x", 2000)))))
	f.Fuzz(func(t *testing.T, field string, body []byte) {
		is := is.New(t)
		got, err := coding.Decode([]string{field}, body, 1000)
		is.True(err == nil || got == nil)                       // nothing beside an error
		is.True(len(got) <= max(1000, len(body)))               // nothing grows over the limit
		again, _ := coding.Decode([]string{field}, body, 1<<20) // and the limit changes nothing else
		is.True(err != nil || bytes.Equal(got, again))
	})
}
