// Package headers sets header fields of answers.
package headers

import "net/http"

// Set sets fields: names in their canonical form, each before its value. What is added to one
// of them later is added to that one alone.
func Set(h http.Header, fields ...string) {
	values := make([]string, len(fields)/2)
	for i := range values {
		values[i] = fields[2*i+1]
		h[fields[2*i]] = values[i : i+1 : i+1]
	}
}
