// Package page holds the tests of the documentation page and of the demo's pages in a
// browser: what a newcomer does with serve --dev works, on a wide screen and on a phone.
package page
