// Package quota holds applications to their limits. [Meters] count requests a
// minute, in the memory of the process or in a counter that servers share;
// [Places] are for requests that are answered at the same time. What is in memory
// is bounded.
package quota
