package place

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation/registry/audit"
	"github.com/anteroom-go/anteroom/server/internal/moving/record"
)

// note records what a batch has changed, in its transaction: one row with the numbers, and one for each application,
// which may do something from now on.
func note(ctx context.Context, tx bun.Tx, items []item) error {
	counts := map[Result]int{}
	var changes []audit.Change
	for _, i := range items {
		result := i.outcome.Result
		counts[result]++
		if i.Kind.Name != record.Application {
			continue
		}
		switch result {
		case Imported:
			changes = append(changes, audit.Change{Kind: audit.ApplicationImported, ClientID: i.Text("client_id")})
		case Updated:
			changes = append(changes, audit.Change{Kind: audit.ApplicationUpdated, ClientID: i.Text("client_id"),
				After: audit.Values{"by": "import"}})
		}
	}
	if counts[Imported]+counts[Updated] == 0 {
		return nil
	}
	return audit.Append(ctx, tx, append(changes, audit.Change{Kind: audit.BatchImported, Subject: items[0].Kind.Name,
		After: audit.Values{"imported": counts[Imported], "updated": counts[Updated],
			"first_record": items[0].Number, "last_record": items[len(items)-1].Number}})...)
}
