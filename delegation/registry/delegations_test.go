package registry_test

import (
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
)

// TestOneLookUpAnswersAsThree holds the joined queries against the single ones.
func TestOneLookUpAnswersAsThree(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		is := is.New(t)
		alice, err := h.UserByEmail(t.Context(), "alice@example.com")
		is.NoErr(err)
		protected, err := h.AddUser(t.Context(), "root@example.com")
		is.NoErr(err)
		_, err = h.SetUserProtected(t.Context(), "root@example.com", true)
		is.NoErr(err)
		is.NoErr(h.RevokeToken(t.Context(), "ended", time.Now().Add(time.Hour)))
		is.NoErr(h.RevokeDelegation(t.Context(), h.app.ClientID, alice.ID))
		is.NoErr(h.SetOptOut(t.Context(), h.app.ClientID, protected.ID, true))
		for _, clientID := range []string{h.app.ClientID, "unknown", "", "\x00"} {
			app, appErr := h.Application(t.Context(), clientID)
			for _, userID := range []string{alice.ID, protected.ID, "unknown", "", "\xff"} {
				for _, tokenID := range []string{"ended", "good", "", "\x00"} {
					gotApp, gotUser, gotStatus, err := h.Delegation(t.Context(), clientID, userID, tokenID)
					if appErr != nil {
						is.Equal(err, delegation.ErrApplicationNotFound) // without the application nothing
						continue
					}
					user, userErr := h.UserByID(t.Context(), userID)
					if userID == "" {
						userErr = nil // a token without a user
					}
					status, statusErr := h.Status(t.Context(), clientID, known(userID), known(tokenID))
					is.NoErr(statusErr)
					is.Equal(err, userErr)      // the same error
					is.Equal(gotUser, user)     // the same user
					is.Equal(gotStatus, status) // the same status
					is.Equal(gotApp.Name, app.Name)
					is.True(gotApp.Scopes.Equal(app.Scopes))
				}
			}
		}
		for _, email := range []delegation.Email{"alice@example.com", "root@example.com", "nobody@example.com", "", "\x00"} {
			user, userErr := h.UserByEmail(t.Context(), email)
			got, gotStatus, err := h.UserStatus(t.Context(), h.app.ClientID, email)
			is.Equal(err, userErr)
			is.Equal(got, user)
			if err == nil {
				status, err := h.Status(t.Context(), h.app.ClientID, user.ID, "")
				is.NoErr(err)
				is.Equal(gotStatus, status)
			}
		}
	})
}

// known is what an id that cannot be one is asked as.
func known(id string) string {
	if id == "\x00" || id == "\xff" {
		return ""
	}
	return id
}
