package jwk

import "encoding/json"

// Problem returns why keys, which marshal to JWKs, cannot be those of an application, or "". There may be none of
// them. It continues a sentence that begins with the name of the setting.
func Problem[K any](keys []K) string {
	if len(keys) == 0 {
		return ""
	}
	text, err := json.Marshal(map[string][]K{"keys": keys})
	var left []error
	if err == nil {
		_, left, err = ParseSet(text)
	}
	if err != nil || len(left) > 0 {
		return "are not one to ten different public keys for ES256 or EdDSA"
	}
	return ""
}
