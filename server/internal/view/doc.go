// Package view shows rooms and attendees as callers see them: what is in their
// bodies, the pages of lists, and the links to them. All links start from the
// configured URLs, never from the Host header.
package view
