// Package oauth reads what clients send to the endpoints at which they
// authenticate, and writes what they are answered.
//
// A parameter that means something at an endpoint is held to RFC 6749, and what is
// wrong with it has a text and a reason of its own. Every other parameter is
// ignored, whatever it holds.
package oauth
