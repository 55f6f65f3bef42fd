package rates_test

import (
	"fmt"

	"github.com/anteroom-go/anteroom/delegation/rates"
)

func ExampleParse() {
	limits, err := rates.Parse("creates=60/6,concurrent=4")
	fmt.Println(limits, err)
	fmt.Println(limits.Or(rates.Default()))
	_, err = rates.Parse("creates=60")
	fmt.Println(err)
	// Output:
	// creates=60/6,concurrent=4 <nil>
	// reads=6000/600,writes=1000/100,creates=60/6,tokens=600,concurrent=4
	// "creates=60" is not like creates=600/60: requests a minute of an application and of a user, each from 1 to 999999999
}
