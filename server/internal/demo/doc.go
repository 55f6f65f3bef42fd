// Package demo answers what a product would answer beside the external API, while
// serve --dev is tried out: the links by which people join rooms, and what the
// documentation page fills in.
package demo
