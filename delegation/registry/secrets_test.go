package registry_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
)

func TestSecrets(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		is := is.New(t)
		stored, second, err := h.AddSecret(t.Context(), h.app.ClientID, "second", time.Time{})
		is.NoErr(err)
		for _, secret := range []delegation.Secret{h.secret, second} {
			_, err = h.issue(t, secret)
			is.NoErr(err) // several secrets work side by side
		}
		is.NoErr(h.DisableSecret(t.Context(), h.app.ClientID, stored.ID))
		is.NoErr(h.DisableSecret(t.Context(), h.app.ClientID, stored.ID)) // twice is once
		_, err = h.issue(t, second)
		is.True(errors.Is(err, delegation.ErrInvalidClient)) // the disabled one does not work
		_, err = h.issue(t, h.secret)
		is.NoErr(err) // the other one does
		list, err := h.Secrets(t.Context(), h.app.ClientID)
		is.NoErr(err)
		is.Equal(len(list), 2)                         // both are listed, the oldest first
		is.True(!list[0].Disabled && list[1].Disabled) // with their states
		is.Equal(list[1].Label, "second")              // and notes
		is.Equal(h.DisableSecret(t.Context(), h.app.ClientID, "unknown"), delegation.ErrSecretNotFound)
		is.Equal(h.DisableSecret(t.Context(), "unknown", stored.ID), delegation.ErrApplicationNotFound)
		_, err = h.Secrets(t.Context(), "unknown")
		is.Equal(err, delegation.ErrApplicationNotFound)
		_, _, err = h.AddSecret(t.Context(), "unknown", "", time.Time{})
		is.Equal(err, delegation.ErrApplicationNotFound)
		_, _, err = h.AddSecret(t.Context(), h.app.ClientID, "", time.Now().Add(-time.Second))
		is.True(errors.As(err, new(*registry.ConfigError))) // not one that never worked
	})
}

func TestSecretsAreLimited(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		is := is.New(t)
		errs := make([]error, 2*registry.MaxSecrets)
		var wait sync.WaitGroup
		for i := range errs {
			wait.Go(func() { _, _, errs[i] = h.AddSecret(t.Context(), h.app.ClientID, "", time.Time{}) })
		}
		wait.Wait()
		added := 1 // with the application
		for _, err := range errs {
			if err == nil {
				added++
			} else {
				is.Equal(err, registry.ErrTooManySecrets) // and no other reason
			}
		}
		is.Equal(added, registry.MaxSecrets) // however many ask at once
	})
}

func TestRotateSecret(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		is := is.New(t)
		_, second, err := h.RotateSecret(t.Context(), h.app.ClientID, "", time.Hour)
		is.NoErr(err)
		for _, secret := range []delegation.Secret{h.secret, second} {
			_, err = h.issue(t, secret)
			is.NoErr(err) // both work while they overlap
		}
		list, err := h.Secrets(t.Context(), h.app.ClientID)
		is.NoErr(err)
		is.True(!list[0].ExpiresAt.IsZero() && list[1].ExpiresAt.IsZero()) // the old one expires
		_, third, err := h.RotateSecret(t.Context(), h.app.ClientID, "", 0)
		is.NoErr(err)
		for _, secret := range []delegation.Secret{h.secret, second} {
			_, err = h.issue(t, secret)
			is.True(errors.Is(err, delegation.ErrInvalidClient)) // without an overlap they end at once
		}
		_, err = h.issue(t, third)
		is.NoErr(err)
	})
}
