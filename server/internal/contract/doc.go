// Package contract prepares the OpenAPI document of the external API and the
// page that shows it. Everything is made once, for the configured URLs.
//
// The source is written for people, and only grows. What is published of it is what
// the generators and validators of others take, as OpenAPI 3.1 and as OpenAPI 3.0. It
// may say less than the source, and nothing else.
package contract
