// Package moment reads points in time as RFC 3339 has them, wherever a caller or an
// operator writes one.
//
//	end, err := moment.Parse("2026-11-23T10:00:00+01:00")
package moment
