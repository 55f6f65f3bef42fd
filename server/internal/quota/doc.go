// Package quota counts requests: those of applications and of their users
// against [Limits], and failed authentications against a [Throttle]. Everything
// is counted in memory, which is bounded.
package quota
