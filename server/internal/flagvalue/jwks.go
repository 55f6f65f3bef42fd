package flagvalue

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/anteroom-go/anteroom/delegation"
)

// maxJWKS bounds the file of a JWK set, in bytes.
const maxJWKS = 1 << 20

// JWKS are public keys on the command line: the name of a file with a JWK set, or
// nothing for no keys.
type JWKS struct {
	Keys []delegation.Key
	left []error
}

// UnmarshalText implements encoding.TextUnmarshaler. It reads the file.
func (j *JWKS) UnmarshalText(name []byte) error {
	*j = JWKS{}
	if len(name) == 0 {
		return nil
	}
	file, err := os.Open(string(name))
	if err != nil {
		return err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxJWKS+1))
	if err == nil && len(text) > maxJWKS {
		err = errors.New("the file has more than a mebibyte")
	}
	if err != nil {
		return err
	}
	j.Keys, j.left, err = delegation.ParseKeys(text)
	return err
}

// Report writes which keys of the set were left out, and why.
func (j *JWKS) Report(w io.Writer) {
	if j == nil {
		return
	}
	for _, err := range j.left {
		fmt.Fprintf(w, "anteroom: note: --jwks: %v; it is left out\n", err)
	}
}
