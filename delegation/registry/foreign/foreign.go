// Package foreign tells of hashes of other products whether they can be imported.
package foreign

import "github.com/anteroom-go/anteroom/delegation/internal/foreignhash"

// CheckHash returns why a hash that another product kept of a secret cannot be imported, as
// the rest of a sentence that begins with the hash; nil if it can. What can be imported
// registry.Registry.ImportApplication documents.
func CheckHash(hash string) error {
	_, err := foreignhash.Parse(hash)
	return err
}
