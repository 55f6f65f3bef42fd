// Package quota counts the requests of applications and of their users against
// [Limits]. Everything is counted in memory, which is bounded.
package quota
