// Package rates describes how much applications may ask for: requests a minute,
// and expensive requests at once. [Limits] are those of a server, or of one
// application; [Parse] reads them as operators write them. A [Counter] counts
// requests for several servers.
//
//	limits, err := rates.Parse("creates=60/6,concurrent=4")
//
// The package imports the standard library only.
package rates
