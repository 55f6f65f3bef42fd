package pins_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/anteroom-go/anteroom/rooms/pins"
)

// A host gives PINs back beside its own store. Here it keeps seven of ten PINs.
func Example() {
	store := below(700_000)
	upkeep, err := pins.New(pins.Config{Store: &store, Length: 6, Logger: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	if err != nil {
		panic(err)
	}
	fmt.Println(upkeep.Work(context.Background())) // or go upkeep.Run(ctx)
	// Output: <nil>
}
