// Package redisrates counts requests in Redis or Valkey, so that several servers
// share the quotas of applications. Nothing but the binary links it; a host that
// wants it sets one field:
//
//	counter, err := redisrates.Open("rediss://:password@redis.internal:6379/0")
//	if err != nil {
//		log.Fatal(err)
//	}
//	defer counter.Close()
//	config.RateCounter = counter
//
// One database of Redis is for the servers of one deployment. The keys hold no ids
// of applications and users, and expire when a quota is whole again.
package redisrates
