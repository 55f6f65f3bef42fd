// Package examples holds programs that embed Anteroom or call it, each in a
// folder of its own. The tests run every one of them against a real server.
//
//   - embed: a host with its own users and its own internal API beside the
//     external one
//   - customstore: rooms in a storage of the host's own
//   - legacy: rooms in a table with numbers for ids that the product had before
//   - hostcommand: the program anteroom with the accounts of a host
//   - kms: tokens signed by a key that is kept elsewhere
//   - client-go, client-java, client-node, client-python, client-ruby: applications with nothing but the
//     stock OAuth client of their language
//   - client-google-go, client-google-python: programs for Google Meet with nothing but Google's
//     client libraries, a key file and an endpoint
//   - client-go-dpop, and dpop.mjs of client-node: applications whose tokens are
//     bound to a key
package examples
