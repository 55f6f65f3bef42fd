// Package stats counts how many rooms were created and deleted, day by day, week
// by week or month by month, and how many users created them.
//
//	statistics, err := stats.New(stats.Config{Store: store, Now: now})
//	if err != nil {
//		panic(err)
//	}
//	list, err := statistics.Of(ctx, caller, stats.Options{Interval: stats.Month})
//
// A caller gets the numbers of its own source: a program those of all rooms, a user
// those of the rooms in which they have or had a role. [Statistics.All] counts the
// rooms of every source, for operators. A deleted room counts in the period in
// which it was created as well.
//
// A [Statistics] is safe for concurrent use.
package stats
