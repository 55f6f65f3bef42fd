// Package status writes errors as google.rpc.Status, which Google's client libraries turn into their typed errors.
package status

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/anteroom-go/anteroom/delegation/google"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// subjectHint follows the text about credentials that are not good. Some libraries, if they are not told the user,
// send a JWT that they signed themselves.
const subjectHint = " A client library that is not told the user to act for signs its own: set the subject " +
	"(subject, with_subject, createDelegated) to the e-mail address of the user."

type body struct {
	Error rpcStatus `json:"error"`
}

type rpcStatus struct {
	Code    int      `json:"code"`
	Message string   `json:"message"`
	Status  string   `json:"status"`
	Details []detail `json:"details"`
}

// detail is an ErrorInfo, a BadRequest or a RequestInfo.
type detail struct {
	Type       string      `json:"@type"`
	Reason     string      `json:"reason,omitempty"`
	Domain     string      `json:"domain,omitempty"`
	Violations []violation `json:"fieldViolations,omitempty"`
	RequestID  string      `json:"requestId,omitempty"`
}

type violation struct {
	Field       string `json:"field"`
	Description string `json:"description"`
	Reason      string `json:"reason"`
}

// Reply returns the answer to an error of a request with an id, at the server whose metadata are at a URL. Header
// fields are those of the answer as another dialect has it.
func Reply(r *http.Request, e wire.Error, metadataURL, requestID string, other wire.Reply) wire.Reply {
	domain := "anteroom"
	if u, err := url.Parse(metadataURL); err == nil {
		domain = u.Hostname()
	}
	code, word := codeOf(e.Status)
	info := []detail{{Type: typed("ErrorInfo"), Reason: strings.ToUpper(e.Code), Domain: domain}}
	if violations := violationsOf(e); len(violations) > 0 {
		info = append(info, detail{Type: typed("BadRequest"), Violations: violations})
	}
	info = append(info, detail{Type: typed("RequestInfo"), RequestID: requestID})
	text := messageOf(e)
	if code == http.StatusUnauthorized && signedByItself(r) {
		text += subjectHint
	}
	reply := wire.JSON(code, body{rpcStatus{Code: code, Message: text, Status: word, Details: info}})
	for name, value := range other.Header {
		if name != "Content-Type" {
			reply = reply.With(name, value)
		}
	}
	return reply
}

// signedByItself reports whether a request came with a JWT that the client signed itself.
func signedByItself(r *http.Request) bool {
	token, err := wire.ReadAccessToken(r)
	return err == nil && google.IsShaped(token.Text)
}

func typed(name string) string { return "type.googleapis.com/google.rpc." + name }

// codeOf returns the status of HTTP and the word of google.rpc.Code for a status of ours.
func codeOf(status int) (code int, word string) {
	switch status {
	case http.StatusUnauthorized:
		return status, "UNAUTHENTICATED"
	case http.StatusForbidden:
		return status, "PERMISSION_DENIED"
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return http.StatusNotFound, "NOT_FOUND"
	case http.StatusConflict:
		return status, "ALREADY_EXISTS"
	case http.StatusPreconditionFailed:
		return status, "FAILED_PRECONDITION"
	case http.StatusTooManyRequests:
		return status, "RESOURCE_EXHAUSTED"
	case http.StatusInternalServerError:
		return status, "INTERNAL"
	case http.StatusNotImplemented:
		return status, "UNIMPLEMENTED"
	case http.StatusServiceUnavailable:
		return status, "UNAVAILABLE"
	}
	return http.StatusBadRequest, "INVALID_ARGUMENT"
}

// messageOf returns the text for people, with the first faults: many programs show nothing else.
func messageOf(e wire.Error) string {
	text := e.Detail
	for _, one := range violationsOf(e)[:min(len(e.Faults), 3)] {
		text += " " + one.Field + ": " + one.Description
	}
	return text
}

// violationsOf returns the faults under the names that the fields have at Google's.
func violationsOf(e wire.Error) []violation {
	names := map[string]string{"access_level": "config.accessType",
		"configuration":                     "config.moderationRestrictions",
		"configuration.can_publish_sources": "config.moderationRestrictions"}
	list := make([]violation, len(e.Faults))
	for i, fault := range e.Faults {
		list[i] = violation{Field: fault.Field, Description: fault.Message, Reason: strings.ToUpper(fault.Code)}
		if name, known := names[fault.Field]; known {
			list[i].Field = name
		}
	}
	return list
}
