package printing

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/anteroom-go/anteroom/rooms/stats"
)

// chartWidth is the length of the longest bar.
const chartWidth = 30

// Chart writes what happened, with a bar for the rooms created. Periods in which nothing did are
// left out.
func Chart(w io.Writer, list []stats.Statistic) {
	most := 1
	for _, s := range list {
		most = max(most, s.Created)
	}
	fmt.Fprintln(w, "PERIOD\tSOURCE\tCREATED\tDELETED\tUSERS\t")
	for _, s := range list {
		if s.Created+s.Deleted > 0 {
			bar := strings.Repeat("█", (s.Created*chartWidth+most-1)/most)
			fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%s\n", s.Start.Format(time.DateOnly), Source(s.Source), s.Created,
				s.Deleted, s.Users, bar)
		}
	}
}
