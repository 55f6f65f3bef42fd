// Package records bounds what stands in records of the log.
package records

import (
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"

	"github.com/anteroom-go/anteroom/delegation"
)

// What a record may hold of what others wrote, in bytes: a record has at most 8 KiB, also
// where every character of an error is escaped by six.
const (
	maxError  = 1 << 10
	maxCause  = 512
	maxStack  = 3 << 10
	maxMethod = 32
)

// Error returns the text of an error.
func Error(err error) string { return cut(err.Error(), maxError) }

// Cause returns the text of what was given to panic.
func Cause(cause any) string { return cut(fmt.Sprint(cause), maxCause) }

// Stack returns the stack of the caller.
func Stack() string { return cut(string(debug.Stack()), maxStack) }

// Method returns the method of a request.
func Method(method string) string { return cut(method, maxMethod) }

// Event returns the attributes of an event, under the id of its request.
func Event(event delegation.Event, requestID string) []slog.Attr {
	return Append([]slog.Attr{slog.String("event", string(event.Kind))},
		Text{"request_id", requestID}, Text{"client_id", event.ClientID}, Text{"user_id", event.UserID},
		Text{"reason", string(event.Reason)}, Text{"scopes", event.Scopes.String()},
		Text{"token_id", event.TokenID}, Text{"key_id", event.KeyID}, Text{"secret_id", event.SecretID})
}

// Text is an attribute of a record.
type Text struct{ Key, Value string }

// Append appends those of the texts that are not empty.
func Append(attrs []slog.Attr, texts ...Text) []slog.Attr {
	for _, text := range texts {
		if text.Value != "" {
			attrs = append(attrs, slog.String(text.Key, text.Value))
		}
	}
	return attrs
}

// cut returns at most so many bytes of a text, without a torn character.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "")
}
