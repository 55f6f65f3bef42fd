package wire_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/matryer/is"
	"golang.org/x/text/language"

	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// The offers that the tests choose from, in the server's order.
func offers() []string {
	return []string{"text/plain; charset=utf-8", "text/html; charset=utf-8",
		"text/calendar; charset=utf-8; method=PUBLISH", "application/json"}
}

func TestPreferredMedia(t *testing.T) {
	tests := map[string]struct {
		accept string // several headers are separated by |
		want   string // empty: nothing is acceptable
	}{
		"an empty header":                  {"", "text/plain"},
		"an empty list":                    {" , ,", "text/plain"},
		"anything":                         {"*/*", "text/plain"},
		"one type":                         {"application/json", "application/json"},
		"a type has no case":               {"Text/CALENDAR", "text/calendar"},
		"any subtype":                      {"text/*", "text/plain"},
		"any subtype of one":               {"application/*", "application/json"},
		"an unknown type":                  {"image/png", ""},
		"an unknown family":                {"image/*", ""},
		"a type that only begins like one": {"text/html5", ""},
		"unknown beside known":             {"image/png, text/html;q=0.1", "text/html"},
		"quality":                          {"text/html;q=0.5, application/json;q=0.9", "application/json"},
		"quality with spaces":              {"text/html ; q=0.5 , application/json ; q=0.9", "application/json"},
		"a capital Q":                      {"text/html;Q=0.5, application/json;Q=0.9", "application/json"},
		"the least quality":                {"text/html;q=0.001", "text/html"},
		"none":                             {"text/html;q=0", ""},
		"none of anything":                 {"*/*;q=0", ""},
		"none with zeros":                  {"*/*;q=0.000", ""},
		"all but one":                      {"*/*, text/plain;q=0", "text/html"},
		"all but a family":                 {"text/*;q=0, */*", "application/json"},
		"one of a refused family":          {"text/*;q=0, text/calendar;q=0.3", "text/calendar"},
		"the precise range decides":        {"text/html;q=0.2, text/*;q=0.8, */*;q=0.5", "text/plain"},
		"wherever it stands":               {"*/*;q=0.9, text/plain;q=0.1, text/html;q=0.1", "text/calendar"},
		"of equals the precise one":        {"*/*, application/json", "application/json"},
		"of equals the family":             {"*/*, application/*", "application/json"},
		"of equals the first offer":        {"application/json, text/plain, */*", "text/plain"},
		"a browser": {"text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8",
			"text/html"},
		"an old Java client":             {"text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", "text/html"},
		"a calendar":                     {"text/calendar, */*;q=0.1", "text/calendar"},
		"several headers":                {"image/png|application/json", "application/json"},
		"charset":                        {"text/html;charset=UTF-8", "text/html"},
		"charset where there is none":    {"application/json; charset=utf-8", "application/json"},
		"another charset":                {"text/html;charset=iso-8859-1", "text/html"},
		"a parameter":                    {"text/calendar;method=publish", "text/calendar"},
		"a parameter with another value": {"text/calendar;method=REQUEST", ""},
		"a parameter that no offer has":  {"text/html;level=1, text/plain;q=0.1", "text/html"},
		"only such a one":                {"text/calendar; component=VEVENT", "text/calendar"},
		"several of them":                {`text/calendar;version="2.0";component="VEVENT,VTODO";q=0.9`, "text/calendar"},
		"one beside a known one":         {"text/calendar;method=PUBLISH;component=vevent", "text/calendar"},
		"a refusal of something else":    {"text/plain, text/plain;format=flowed;q=0", "text/plain"},
		"a refusal with a charset":       {"text/plain;charset=utf-8;q=0, text/html;q=0.1", "text/html"},
		"an old version of a type":       {"application/json;odata=verbose;charset=utf8", "application/json"},
		"a parameter without a value":    {"text/calendar;component, text/plain;q=0.5", "text/calendar"},
		"a semicolon at the end":         {"text/calendar;", "text/calendar"},
		"a parameter twice":              {"text/calendar;component=VEVENT;component=VTODO", "text/calendar"},
		"a refusal, and no value":        {"text/plain;q=0;flowed, text/html;q=0.1", "text/html"},
		"parameters behind the quality":  {"text/calendar;q=0.8;level=1, text/html;q=0.1", "text/calendar"},
		"a star":                         {"text/csv, *", "text/plain"},
		"a long quality":                 {"text/html;q=0.123456, text/plain;q=0.1", "text/html"},
		"a parameter is more precise": {"text/calendar;method=PUBLISH;q=0.3, text/calendar;q=0.9, text/html;q=0.5",
			"text/html"},
		"a quoted comma":                    {`text/html;x="a,application/json", text/plain;q=0.2`, "text/html"},
		"an escaped quote":                  {`text/html;x="\",application/json,\"", text/plain;q=0.2`, "text/html"},
		"a quoted value":                    {`text/calendar;method="pub\lish", text/plain;q=0.2`, "text/calendar"},
		"malformed counts as not said":      {"text/html;q=high, ;;, text/, application/json;q=0.1", "application/json"},
		"malformed only":                    {"json", "text/plain"},
		"a quality over 1":                  {"text/html;q=2, application/json;q=0.1", "application/json"},
		"a negative quality":                {"text/html;q=-1, application/json;q=0.1", "application/json"},
		"a quality that is no number":       {"text/html;q=NaN, application/json;q=0.1", "application/json"},
		"a quality with an exponent":        {"text/html;q=1e-1, application/json;q=0.1", "application/json"},
		"two qualities":                     {"text/html;q=1;q=0.5, application/json;q=0.1", "application/json"},
		"a quote that is never closed":      {`text/html;x=", application/json`, "text/html"},
		"a backslash at the end of a quote": {`text/html;x="\`, "text/html"},
		"bytes":                             {"\xff\x00/\r\n, */*", "text/plain"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			got, err := wire.PreferredMedia(strings.Split(test.accept, "|"), offers()...)
			kind, _, _ := strings.Cut(got, ";")
			is.Equal(kind, test.want)             // the offer that is liked best
			is.Equal(err != nil, test.want == "") // or an error, if none is
		})
	}
	is := is.New(t)
	got, err := wire.PreferredMedia(nil, offers()...)
	is.NoErr(err)
	is.Equal(got, offers()[0]) // who says nothing takes anything
	_, err = wire.PreferredMedia([]string{"image/png"}, "application/json", "text/csv; charset=utf-8")
	is.True(strings.Contains(err.Error(), "application/json, text/csv.")) // says what there is
}

func TestPreferredLanguage(t *testing.T) {
	is := is.New(t)
	for header, want := range map[string]string{
		"": "en", "*": "en", "fr": "fr", "fr-CA": "fr", "FR_fr": "fr", "en-GB": "en", "de": "en",
		"de, fr;q=0.1":                        "fr", // one that there is
		"fr;q=0.1, en;q=0.9":                  "en",
		"fr-FR,fr;q=0.9,en-US;q=0.8,en;q=0.7": "fr",
		"fr;q=0":                              "en",
		"br":                                  "fr", // whoever reads Breton reads French
		"@@@, fr;q=high, fr;q=0.5, en;q=0.1":  "fr", // what is malformed is ignored

		"@@@": "en", "fr;q=high": "en", "\xff": "en", "x": "en", strings.Repeat("a-", 5000): "en", // malformed
	} {
		is.Equal(wire.PreferredLanguage([]string{header}, language.English, language.French).String(), want)
	}
	is.Equal(wire.PreferredLanguage(nil, language.English, language.French), // the first is the default
		language.English)
	is.Equal(wire.PreferredLanguage([]string{"de", "fr"}, language.English, language.French), // several headers are one
		language.French)
}

func FuzzAccept(f *testing.F) {
	for _, seed := range []string{"", "*/*", "text/html;q=0.5, application/json;q=0.9", `text/html;x="\",a", */*;q=0`,
		"fr-CA, en;q=0.5"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		is := is.New(t)
		media, err := wire.PreferredMedia([]string{header}, offers()...)
		is.Equal(slices.Contains(offers(), media), err == nil) // always one of those offered, or an error
		tag := wire.PreferredLanguage([]string{header}, language.English, language.French)
		is.True(tag == language.English || tag == language.French) // always one of those offered
	})
}
