package setting_test

import (
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation/internal/setting"
)

func TestName(t *testing.T) {
	for _, name := range []string{"Calendar", "a", "é", "e\u0301", "カレンダー", "📅",
		" a", "\u200ba", "\U0001fae9", strings.Repeat("é", 255)} {
		is.New(t).Equal(setting.Name(name), "") // of which people see something
	}
	for _, name := range []string{"", " ", "\u00a0", "\u3000", "\u200b", "\u2060", "\ufeff", "\u00ad", "\u3164", "\uffa0",
		"\u0301",
		"\ufe0f", "\U000e0041", "\u202e", "\u2800", "a\n", "a\u2028b", "\xff", strings.Repeat("é", 256)} {
		is.New(t).True(setting.Name(name) != "") // or cannot be shown in a line
	}
}
