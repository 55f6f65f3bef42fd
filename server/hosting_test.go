package server_test

import (
	"slices"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/internal/hosting"
)

// keptByMeet reports whether the database says that the program meet has users of its own.
func keptByMeet(a *api) bool {
	note, err := hosting.Read(a.Context(), a.config.DB)
	is.New(a.T).NoErr(err)
	return note.Program == "meet" && slices.Contains(note.Parts, hosting.Users)
}
