package server

import "golang.org/x/text/language"

// PreferredMedia is preferredMedia, for the table and the fuzzer.
func PreferredMedia(accept []string, offers ...string) (string, error) {
	return preferredMedia(accept, offers...)
}

// PreferredLanguage is preferredLanguage.
func PreferredLanguage(accept []string, offers ...language.Tag) language.Tag {
	return preferredLanguage(accept, offers...)
}
