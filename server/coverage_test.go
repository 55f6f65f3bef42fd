package server_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// TestMain runs the whole suite twice, the second time on wrapped contracts, and
// asserts that each run reached whatever the contract documents: each status of
// each operation in each media type, and each error code.
func TestMain(m *testing.M) {
	flag.Parse()
	wait := runDecorated()
	status := m.Run()
	if err := wait(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	if status == 0 && wholeSuite() {
		for _, promise := range unreached() {
			fmt.Fprintln(os.Stderr, "documented in openapi.yaml, but reached by no test:", promise)
			status = 1
		}
	}
	os.Exit(status)
}

// wholeSuite reports whether no flag left tests out.
func wholeSuite() bool {
	for _, name := range []string{"run", "skip", "list", "fuzz"} {
		if flag.Lookup("test."+name).Value.String() != "" {
			return false
		}
	}
	return !testing.Short()
}

// reached is what the tests have seen of the contract.
var reached sync.Map

// tally notes an answer of an operation, which conforms.
func tally(operation string, r reply) {
	media := r.media()
	if full := r.Header.Get("Content-Type"); strings.Contains(full, "profile=") {
		media = full
	}
	reached.Store(fmt.Sprintf("%s: %d %s", operation, r.StatusCode, media), true)
	if code := r.code(); code != "" {
		reached.Store("code "+code, true)
	}
	for _, code := range r.fieldCodes() {
		reached.Store(fmt.Sprint("field code ", code), true)
	}
}

// unreached returns what the contract documents and no test has seen.
func unreached() []string {
	document, err := contract()
	if err != nil {
		return []string{err.Error()}
	}
	return slices.DeleteFunc(promises(document), func(promise string) bool {
		_, seen := reached.Load(promise)
		return seen
	})
}

// promises lists what the contract documents, in the terms of tally.
func promises(document *openapi3.T) []string {
	var all []string
	for path, item := range document.Paths.Map() {
		for method, operation := range item.Operations() {
			for status, response := range operation.Responses.Map() {
				media := slices.Collect(maps.Keys(response.Value.Content))
				if len(media) == 0 {
					media = []string{""}
				}
				for _, one := range media {
					all = append(all, fmt.Sprintf("%s %s: %s %s", method, path, status, one))
				}
			}
		}
	}
	schemas := document.Components.Schemas
	for _, code := range slices.Concat(schemas["ErrorCode"].Value.Enum,
		schemas["TokenError"].Value.Properties["error"].Value.Enum) {
		all = append(all, fmt.Sprint("code ", code))
	}
	for _, code := range schemas["FieldCode"].Value.Examples {
		all = append(all, fmt.Sprint("field code ", code))
	}
	slices.Sort(all)
	return slices.Compact(all)
}
