// Package contract prepares the OpenAPI document of the external API and the
// page that shows it. Everything is made once, for the configured paths.
package contract
