package generators_test

import (
	"os"
	"path/filepath"
	"testing"
)

// TestValidators holds both forms of the document against the rules of others, as they
// come. Redocly and Spectral fail for errors.
func TestValidators(t *testing.T) {
	quiet := append(os.Environ(), "REDOCLY_TELEMETRY=off", "REDOCLY_SUPPRESS_UPDATE_NOTICE=true")
	rules := need(t, "testdata/node/spectral.yaml", "check the repository out")
	validators := map[string]func(t *testing.T, document string){
		"openapi-spec-validator": func(t *testing.T, document string) {
			run(t, t.TempDir(), quiet, needPython(t, "openapi-spec-validator"), document)
		},
		"swagger-parser": func(t *testing.T, document string) {
			needNode(t, "@apidevtools/swagger-parser")
			run(t, "testdata/node", quiet, "node", "validate.mjs", document)
		},
		"spectral": func(t *testing.T, document string) {
			run(t, t.TempDir(), quiet, needNode(t, ".bin/spectral"), "lint", "--ruleset", rules, document)
		},
		"redocly": func(t *testing.T, document string) {
			run(t, t.TempDir(), quiet, needNode(t, ".bin/redocly"), "lint", document)
		},
	}
	for _, document := range both(t) {
		for name, validate := range validators {
			t.Run(name+" "+filepath.Base(document), func(t *testing.T) { validate(t, document) })
		}
	}
}
