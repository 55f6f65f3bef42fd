// Package lifecycle serves until a signal comes, and stops without dropping a
// request.
//
// Between two programs that speak HTTP/1.1 a connection that is kept open can be
// closed at the very moment in which the other side sends a request on it, and a
// connection can wait to be accepted when its listener closes. So a server stops in
// steps:
//
//  1. For the time of Delay it answers as before, but is not ready, and every answer
//     closes its connection: proxies take it off their lists, and clients leave.
//  2. It takes no new connections, but accepts those that wait (on Linux; elsewhere
//     they are closed with the listener).
//  3. A connection that has been idle for a second is half-closed: the client sees the
//     end of it, and no reset, so that a request which crosses it can be sent again. A
//     connection on which a request has begun is left alone.
//  4. What is running is finished, for the time of Timeout.
//
// A second signal ends all of it at once.
package lifecycle
