// Package roomstest holds the suites that the stores of package rooms must pass:
// [Store] for every one, and one for each of the other contracts. Each suite is
// called with a function that opens empty stores, which it does for each rule. A host
// whose rooms or users have ids of another form runs them as methods of [Host].
package roomstest
