// Package reasontext explains the reasons of refusals to operators.
package reasontext

// Of returns the sentence for a reason, which is a word for logs.
func Of(reason string) string {
	for _, texts := range []map[string]string{ofCredentials(), ofAssertions(), ofScopes(), ofUsers(), ofTokens()} {
		if text, known := texts[reason]; known {
			return text
		}
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

func ofAssertions() map[string]string {
	return map[string]string{
		"assertion_malformed":      "The assertion is not a JWT of the form that is accepted.",
		"assertion_subject":        "The assertion is about another application than the one that signed or sent it.",
		"assertion_audience":       "The audience of the assertion is not exactly the issuer of this server.",
		"assertion_expiry":         "The assertion has expired, is not good yet, or lives longer than five minutes.",
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
		"token_revoked":        "The token was revoked.",
		"generation_ended":     "All tokens of the application, or all for this user, were ended after it was issued.",
	}
}
