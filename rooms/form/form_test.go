package form_test

import (
	"context"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms/form"
)

func TestNumbers(t *testing.T) {
	is := is.New(t)
	ids := &form.ID{Parse: form.Number}
	for _, text := range []string{"1", "42", "9223372036854775807"} {
		id, ok := ids.Read(text)
		is.True(ok && id == text)
	}
	for _, text := range []string{"", "0", "-1", "+1", "01", "1.0", "1e3", " 1", "1 ", "0x1", "1_000",
		"9223372036854775808", "٣", "team-standup", "0199d9f6-5c1e-7d2a-9a53-1d2f3b4c5d6e", "1\x00"} {
		_, ok := ids.Read(text)
		is.True(!ok) // one text for one number
	}
}

func TestWhatStaysBounded(t *testing.T) {
	is := is.New(t)
	any := &form.ID{Parse: form.Exact}
	long := strings.Repeat("x", form.MaxLength)
	for _, text := range []string{"A.b_c-d~9", "...", long} {
		id, ok := any.Read(text)
		is.True(ok && id == text)
	}
	for _, text := range []string{"", ".", "..", "a/b", `a\b`, "a b", "a%2Fb", "a?b", "a#b", "é", "a\x00", "a:b",
		long + "x", "\xff"} {
		_, ok := any.Read(text)
		is.True(!ok) // whatever the host accepts
	}
	never := &form.Slug{Parse: func(string) (string, bool) { t.Fatal("asked for an endless text"); return "", true }}
	_, ok := never.Read(strings.Repeat("x", 1<<16))
	is.True(!ok)
	trimmed := &form.Slug{Parse: func(text string) (string, bool) { return strings.TrimSpace(text), true }}
	slug, ok := trimmed.Read(" team ")
	is.True(ok && slug == "team") // it is the form that is bounded
}

func TestZeroForms(t *testing.T) {
	is := is.New(t)
	const id = "0199d9f6-5c1e-7d2a-9a53-1d2f3b4c5d6e"
	read, ok := (&form.ID{}).Read(strings.ToUpper(id))
	is.True(ok && read == id)
	_, ok = (&form.ID{}).Read("42")
	is.True(!ok)
	read, ok = (*form.Slug)(nil).Read("AAE-erez-aaz")
	is.True(ok && read == "aae-erez-aaz")
	is.True((&form.ID{}).Complete() && (*form.Slug)(nil).Complete())
	is.True(!(&form.ID{Parse: form.Number}).Complete()) // the service makes UUIDs
	is.True((&form.ID{Parse: form.Exact}).Complete())
	next := func(context.Context) (string, error) { return "42", nil }
	is.True((&form.ID{Parse: form.Number, New: next}).Complete())
}
