// Package query reads the queries of lists and of statistics. Each of their
// parameters has to be known, and an error has every fault.
package query
