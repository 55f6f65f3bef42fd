package registry

import (
	"context"
	"errors"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/by"
	"github.com/anteroom-go/anteroom/delegation/internal/secretform"
)

// Demonstration returns an application for trying out, and its secret. Both the client id and the secret follow from
// the present root key, so that they are the same after every restart although the database keeps only a MAC. It
// registers the application with these settings if there is none, and changes nothing if there is one. It returns a
// [*ConfigError] for every setting that is not acceptable, ErrRootKeyRequired and ErrRootKeyMismatch.
func (r *Registry) Demonstration(ctx context.Context, app delegation.Application) (
	delegation.Application, delegation.Secret, error) {
	if r.config.RootKeys.IsZero() {
		return delegation.Application{}, "", ErrRootKeyRequired
	}
	bits, err := r.config.RootKeys.Derive("the secret of the demonstration", secretform.Bytes)
	if err != nil {
		return delegation.Application{}, "", err
	}
	secret := delegation.Secret(secretform.Encode([secretform.Bytes]byte(bits)))
	app.ClientID = "app_demo_" + r.config.RootKeys.ID()
	found, err := r.demonstration(ctx, app, secret)
	if err != nil {
		return delegation.Application{}, "", err
	}
	return found, secret, nil
}

// demonstration finds the application, or registers it. Another process may come first.
func (r *Registry) demonstration(ctx context.Context, app delegation.Application, secret delegation.Secret) (
	delegation.Application, error) {
	row, err := r.application(ctx, r.db, app.ClientID)
	if err == nil {
		return row.Application()
	}
	if !errors.Is(err, delegation.ErrApplicationNotFound) {
		return delegation.Application{}, err
	}
	app.Generation = r.laterGeneration()
	created, err := r.createApplication(by.Server(ctx), app, secret)
	if errors.Is(err, ErrApplicationExists) {
		return r.demonstration(ctx, app, secret)
	}
	return created, err
}
