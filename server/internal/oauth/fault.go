package oauth

import (
	"net/http"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// flaw is what can be wrong with a parameter, as the reason has it.
type flaw string

// The flaws.
const (
	flawMissing    flaw = "missing"
	flawRepeated   flaw = "repeated"
	flawType       flaw = "not_a_string"
	flawEncoding   flaw = "encoding"
	flawCharacters flaw = "characters"
	flawLength     flaw = "too_long"
	flawCase       flaw = "capitals"
	flawQuery      flaw = "in_query"
	flawDiffers    flaw = "differs"
)

// predicates returns what a caller is told of each flaw, after "The parameter x".
// RFC 6749 §3.2 is the source of most.
func predicates() map[flaw]string {
	return map[flaw]string{
		flawMissing:    "is missing.",
		flawRepeated:   "comes more than once.",
		flawType:       "must be a string.",
		flawEncoding:   "is not form-encoded: a percent sign is written %25.",
		flawCharacters: "has characters that are not allowed.",
		flawLength:     "is longer than 255 characters.",
		flawCase:       "must be written in lower case.",
		flawQuery:      "belongs in the body, not in the query.",
		flawDiffers:    "differs from what the Authorization header has.",
	}
}

// of returns the error of a parameter with the flaw. Name is one of our own, so that
// the text and the reason are from fixed tables.
func (f flaw) of(name string) error {
	return fault(name+"_"+string(f), "The parameter "+name+" "+predicates()[f])
}

// fault returns an error of the caller's own input: a fixed text for the caller, and
// a reason for the operator.
func fault(reason, detail string) wire.Error {
	cause := &delegation.Refusal{Err: delegation.ErrInvalidRequest, Reason: delegation.Reason(reason)}
	return wire.Error{Status: http.StatusBadRequest, Code: "invalid_request", Detail: detail, Cause: cause}
}

// The faults that are not of one parameter.
func faultBody() error {
	return fault("body_not_an_object", "The body must be one JSON object in UTF-8.")
}

func faultMedia() error {
	return fault("body_is_json", "The body is JSON, and its Content-Type is that of a form.")
}

func faultBasic() error {
	return fault("basic_malformed",
		"The Authorization header must have the client id, a colon and the secret, in base64, after Basic.")
}

func faultTwoBasic() error {
	return fault("basic_repeated", "The Authorization header comes twice, with two credentials.")
}

func faultMethods() error {
	return fault("methods_mixed",
		"The request authenticates in two ways: by a client secret and by the parameter client_assertion.")
}

func faultGrantMethods() error {
	return fault("assertion_beside_credentials",
		"The parameter assertion authenticates the client: no client secret and no client_assertion belong beside it.")
}

func faultAssertionType() error {
	return fault("client_assertion_type_unknown", "The parameter client_assertion_type must be "+assertionType+".")
}

func faultGrantType() error {
	e := fault("grant_type_unknown", "The grant that the parameter grant_type names is not supported.")
	e.Code = "unsupported_grant_type"
	return e
}
