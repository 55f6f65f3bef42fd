package redisrates_test

import (
	"fmt"
	"log"

	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/redisrates"
)

func ExampleOpen() {
	var config server.Config
	counter, err := redisrates.Open("rediss://:password@redis.internal:6379/0")
	if err != nil {
		log.Fatal(err)
	}
	defer counter.Close()
	config.RateCounter = counter
	fmt.Println(config.RateCounter != nil)
	// Output: true
}
