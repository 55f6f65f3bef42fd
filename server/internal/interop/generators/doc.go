// Package generators holds the tests of the OpenAPI document with the programs of
// others: the validators take it, and the clients that generators make of it compile
// and call every operation of a server. What they need is pinned in testdata.
package generators
