// Package reasontext explains the reasons of refusals to operators.
package reasontext

import "github.com/anteroom-go/anteroom/delegation/google"

// Of returns the sentence for a reason, which is a word for logs.
func Of(reason string) string {
	for _, texts := range []map[string]string{ofCredentials(), ofForms(), ofAssertions(),
		ofScopes(), ofUsers(), ofTokens(), ofProofs()} {
		if text, known := texts[reason]; known {
			return text
		}
	}
	if text := google.Fault(reason).Text(); text != "" {
		return text
	}
	return "The request is refused: " + reason + "."
}

func ofCredentials() map[string]string {
	return map[string]string{
		"credentials_missing": "The request has no client id or no secret.",
		"credentials_malformed": "The client id or the secret is not printable ASCII of at most 255 characters, " +
			"or two ways to authenticate are mixed.",
		"application_unknown":  "There is no application with this client id.",
		"application_mismatch": "The directory answered with an application that has another client id.",
		"application_disabled": "The application is disabled.",

		"secret_malformed":            "The secret was not made here: its form or its checksum is wrong.",
		"secret_unknown":              "The application has no secret with this id.",
		"secret_mismatch":             "The directory answered with a secret that has another id.",
		"secret_wrong":                "The secret is wrong.",
		"secret_disabled":             "The secret is disabled.",
		"secret_expired":              "The secret has expired.",
		"secrets_refused_beside_keys": "The application has keys, and may not use secrets beside them.",
	}
}

// ofForms returns what can be wrong with an assertion whoever sends it.
func ofForms() map[string]string {
	return map[string]string{
		"assertion_malformed":     "The assertion is not a JWT: three parts of base64url with dots between them.",
		"assertion_too_long":      "The assertion has more than 8,192 bytes.",
		"assertion_header":        "The header of the assertion is not a JSON object whose alg, kid and typ are texts.",
		"assertion_header_member": "The header of the assertion has one of crit, b64, jwk, jku and x5u.",
		"assertion_type":          "The typ of the assertion is that of another kind of JWT.",
		"assertion_algorithm":     "The alg of the assertion is not ES256, EdDSA or Ed25519.",
		"assertion_claims":        "The payload of the assertion is not a JSON object in UTF-8 without duplicate names.",
		"assertion_issuer":        "The iss of the assertion is missing, or cannot be a client id.",
		"assertion_subject":       "The sub of the assertion is missing, no text, or not its iss where that is required.",
		"assertion_audience":      "The aud of the assertion is not the issuer of this server alone.",
		"assertion_times":         "The exp, iat or nbf of the assertion is not a number of seconds.",
		"assertion_id":            "The jti of the assertion is missing, or no text without control characters.",
		"assertion_scope":         "The scope claim of the assertion is neither a text nor a list of texts.",
		"assertion_client_id":     "The client_id of the request or of the assertion is not the iss of the assertion.",
	}
}

func ofAssertions() map[string]string {
	return map[string]string{
		"assertion_without_expiry": "The assertion has no exp.",
		"assertion_expired":        "The assertion has expired.",
		"assertion_old":            "The assertion was made (iat) more than five minutes ago.",
		"assertion_early":          "The iat or nbf of the assertion has not come; check the clocks.",
		"assertion_endless":        "The exp of the assertion is over a day ahead, and neither iat nor nbf limits its life.",
		"assertion_signature":      "The assertion is not signed by a key of the application.",
		"assertion_used":           "The assertion was used before.",
		"assertions_not_supported": "This server does not accept assertions.",
		"grant_type_not_granted":   "The application may not use this grant.",
	}
}

func ofScopes() map[string]string {
	return map[string]string{
		"application_without_scopes": "The application holds no scope, and no token is issued without actions.",
		"scope_malformed":            "The scope is not a list of words separated by single spaces (RFC 6749 §3.3).",
		"scope_not_granted":          "An action was asked for that the application does not hold.",
		"scopes_disjoint":            "The scope parameter and the scope claim of the assertion have no action in common.",
		"address_malformed": "The address is not one that is accepted: plain ASCII, without quotes, " +
			"and a domain of two labels or more.",
		"more_than_one_address":   "The scope names more than one address.",
		"address_not_covered":     "The address is outside the domains and addresses that the application may act for.",
		"undelegated_not_granted": "No user is named, and the application may not act without one.",
	}
}

func ofUsers() map[string]string {
	return map[string]string{
		"user_unknown":               "There is no such user, and the application may not create users.",
		"user_inactive":              "The user is disabled.",
		"user_protected":             "The user is protected: no application may act for them.",
		"user_opted_out":             "The user does not want this application to act for them.",
		"user_id_unusable":           "The directory answered with a user whose id is empty or cannot stand in a token.",
		"user_id_mismatch":           "The directory answered with another user than the one of the token.",
		"user_address_mismatch":      "The directory created a user with another address than the one asked for.",
		"provisioning_not_supported": "There is no user with this address, and the directory cannot create users.",
	}
}

func ofTokens() map[string]string {
	return map[string]string{
		"token_malformed":      "The text is not a token of the form that is issued here.",
		"token_header":         "The header of the token is not one that is issued here.",
		"key_unknown":          "The token names a key, or an algorithm, that is not in use here.",
		"signature":            "The signature of the token is wrong.",
		"claims":               "The claims of the token are not those of a token that is issued here.",
		"issuer":               "The token was issued by another server.",
		"audience":             "The token is for another API.",
		"expired":              "The token has expired.",
		"issued_in_the_future": "The token was issued in the future; check the clocks.",
		"life_too_long":        "The token lives longer than any that is issued here.",
		"token_bound":          "The token is bound to a key, and came without the scheme and the proof that it needs.",
		"token_unbound":        "The token is bound to no key, where one that is bound was demanded.",
		"token_revoked":        "The token was revoked.",
		"generation_ended":     "All tokens of the application, or all for this user, were ended after it was issued.",
	}
}

func ofProofs() map[string]string {
	return map[string]string{
		"proof_missing":        "The request has no proof (DPoP), and needs one.",
		"proof_repeated":       "The request has more than one header field DPoP.",
		"proof_malformed":      "The proof is not a JWT: three parts of base64url with dots between them.",
		"proof_too_long":       "The proof has more than 4,096 bytes.",
		"proof_header":         "The header of the proof is not a JSON object whose alg and typ are texts.",
		"proof_header_member":  "The header of the proof has one of crit, b64, jku and x5u.",
		"proof_type":           "The typ of the proof is not dpop+jwt.",
		"proof_algorithm":      "The alg of the proof is not ES256, EdDSA or Ed25519, or not that of its key.",
		"proof_key":            "The jwk of the proof is not a public key on P-256 or Ed25519 and nothing else.",
		"proof_signature":      "The proof is not signed by the key in its header.",
		"proof_claims":         "The proof has no jti, htm, htu or iat, or one that is of another type, or a name twice.",
		"proof_method":         "The htm of the proof is not the method of the request.",
		"proof_url":            "The htu of the proof is not the public URL of the request.",
		"proof_stale":          "The proof was made (iat) more than a minute ago.",
		"proof_early":          "The iat of the proof is more than a minute ahead; check the clocks.",
		"proof_ath":            "The ath of the proof is not the hash of the access token.",
		"proof_nonce":          "The proof has no nonce of this server, or an old one.",
		"proof_other_key":      "The proof is signed by another key than the one to which the token is bound.",
		"proof_used":           "The proof was used before.",
		"proofs_not_supported": "This server does not accept proofs (DPoP).",
	}
}
