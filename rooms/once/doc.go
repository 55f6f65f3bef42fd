// Package once answers requests at most once. A client that lost an answer sends
// its request again, under the same key, and gets the answer that was given the
// first time; nothing is done twice.
//
//	answer, replayed, err := requests.Do(ctx, caller, request,
//		func(ctx context.Context, service *rooms.Service) ([]byte, error) {
//			room, _, err := service.Create(ctx, caller, rooms.Change{Name: &name})
//			return []byte(room.Name), err
//		})
//
// What a request changes and the answer to it are one transaction: both are kept,
// or neither. Answers of at most 64 KiB are kept for a day; [Requests.Forget] removes older ones.
//
// The right to answer a request lasts as long as that transaction, and ends with
// it. So nothing outlives whoever was answering: after a crash, an outage, or if
// the sender gave up, the request may be sent again at once. While a request is
// answered, the same request waits or is refused with [ErrRunning].
//
// A [Requests] is safe for concurrent use, by any number of processes on one store.
package once
