// Package passthrough wraps every contract of the server in one that passes all
// calls on, method by method. Tests run the server on them: what it does must not
// depend on anything of a contract but its methods.
package passthrough
