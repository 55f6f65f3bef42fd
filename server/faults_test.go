package server_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/matryer/is"
)

// lastRecord returns the last record of the log.
func (a *api) lastRecord() string {
	lines := strings.Split(strings.TrimSpace(a.log.String()), "\n")
	return lines[len(lines)-1]
}

func TestManyFaults(t *testing.T) {
	const invented = "invented0123456789"
	var body, query, people []string
	for i := range 3000 {
		body = append(body, fmt.Sprintf(`"%s%d":%d`, invented, i, i))
		if i < 1000 {
			query = append(query, fmt.Sprintf("%s%d=%d", invented, i, i))
		}
		if i < 400 {
			people = append(people, fmt.Sprintf(`{"email":"%s","%s%d":1}`, invented, invented, i))
		}
	}
	a := onSQLite(t)
	token := a.token("alice@example.com")
	path, _ := a.roomWith("", token)
	tests := map[string]struct {
		send   func() reply
		faults int
	}{
		"fields": {func() reply { return a.call("POST", "/rooms/", "{"+strings.Join(body[:2000], ",")+"}", token) },
			2000},
		"under a key": {func() reply { return a.post("many", "{"+strings.Join(body[:2000], ",")+"}", token) }, 2000},
		"parameters":  {func() reply { return a.call("GET", "/rooms/?"+strings.Join(query, "&"), "", token) }, 1000},
		"attendees": {func() reply {
			return a.call("PUT", path+"attendees", `{"attendees":[`+strings.Join(people, ",")+`]}`, token)
		}, 800},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			r := test.send()
			answer := problem(t, r, 400, "invalid_input")
			is.Equal(len(answer["errors"].([]any)), 20)                       // the first of them
			is.Equal(int(answer["errors_omitted"].(float64)), test.faults-20) // and how many more
			is.True(len(r.body) <= 8<<10)                                     // an answer is bounded
			record := a.lastRecord()
			is.True(len(record) <= 2<<10)                    // so is a record of the log
			is.True(!strings.Contains(record, "invented01")) // in which nothing is that a caller invented
		})
	}
	r := a.call("POST", "/rooms/", `{"name":1}`, token)
	_, more := problem(t, r, 400, "invalid_input")["errors_omitted"]
	is.New(t).True(!more) // nothing is omitted, and nothing told of it
}

func TestNothingInventedIsLogged(t *testing.T) {
	a := onSQLite(t)
	token := a.token("alice@example.com")
	const invented = "invented0123456789"
	for _, body := range []string{
		`{"` + invented + `":1}`, `{"metadata":{"` + invented + `":1}}`, `{"configuration":{"` + invented +
			`":1}}`, `{"name":{"` + invented + `":1}}`,
		`{"access_level":"` + invented + `"}`, `{"external_id":"` + invented + `\u0000"}`, `{"metadata":{"` +
			strings.Repeat(invented, 10) + `":"x"}}`,
		`{"configuration":{"can_publish_sources":["` + invented + `"]}}`, `{"expires_at":"` + invented + `"}`,
	} {
		t.Run(body, func(t *testing.T) {
			problem(t, a.call("POST", "/rooms/", body, token), 400, "invalid_input")
			is.New(t).True(!strings.Contains(a.lastRecord(), invented)) // neither a value of a caller nor a key
		})
	}
}
