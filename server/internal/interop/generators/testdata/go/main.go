// Command drive calls every operation with the client that oapi-codegen makes by default.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"
	"time"

	"example.org/drive/client"
)

var (
	ctx  = context.Background()
	auth = func(context.Context, *http.Request) error { return nil }
)

func check(ok bool, about ...any) {
	if !ok {
		log.Output(2, fmt.Sprint(about...))
		os.Exit(1)
	}
}

func to[T any](value T) *T { return &value }

func connect(server string) *client.ClientWithResponses {
	c, err := client.NewClientWithResponses(server,
		client.WithRequestEditorFn(func(c context.Context, r *http.Request) error { return auth(c, r) }))
	check(err == nil, err)
	return c
}

func main() {
	log.SetFlags(log.Lshortfile)
	api := connect(os.Getenv("ANTEROOM_API"))
	token := issue(api)
	auth = func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+token)
		return nil
	}
	room := rooms(api)
	attendees(api, room)
	end(api, room)
	auth = func(context.Context, *http.Request) error { return nil }
	tokens(api, token)
	documents(api, connect(os.Getenv("ANTEROOM_HOST")))
	fmt.Println("every operation")
}

func issue(api *client.ClientWithResponses) string {
	r, err := api.IssueTokenWithFormdataBodyWithResponse(ctx, client.TokenRequest{GrantType: client.ClientCredentials,
		ClientId: to(os.Getenv("CLIENT_ID")), ClientSecret: to(os.Getenv("CLIENT_SECRET")), Scope: to(os.Getenv("USER_EMAIL"))})
	check(err == nil && r.JSON200 != nil, err, r)
	return r.JSON200.AccessToken
}

func rooms(api *client.ClientWithResponses) string {
	soon := time.Now().Add(time.Hour).Truncate(time.Second)
	made, err := api.CreateRoomWithResponse(ctx, &client.CreateRoomParams{IdempotencyKey: to("go-1")}, client.RoomFields{
		Name: to("Budget"), AccessLevel: to(client.AccessLevel("trusted")), ExternalId: to("uid-go"), ExpiresAt: &soon,
		Configuration: &client.RoomConfiguration{EveryoneCanMute: to(false)}})
	check(err == nil && made.JSON201 != nil && made.JSON201.ExpiresAt.Equal(soon), err, made)
	for range 2 {
		more, err := api.CreateRoomWithResponse(ctx, nil, client.RoomFields{})
		check(err == nil && more.JSON201 != nil, err, more)
	}
	first, err := api.ListRoomsWithResponse(ctx, &client.ListRoomsParams{PageSize: to(2), Order: to(client.RoomOrder("created_at"))})
	check(err == nil && first.JSON200 != nil && first.JSON200.Count == 3 && first.JSON200.Next != nil, err, first)
	last, err := api.ListRoomsWithResponse(ctx, &client.ListRoomsParams{PageSize: to(2), Page: to(2)})
	check(err == nil && last.JSON200 != nil && len(last.JSON200.Results) == 1 && last.JSON200.Next == nil, err, last)
	some, err := api.ListRoomsWithResponse(ctx, &client.ListRoomsParams{ExternalId: &[]string{"uid-go", "other"},
		CreatedAfter: to(soon.Add(-24 * time.Hour)), AccessLevel: to(client.AccessLevel("trusted"))})
	check(err == nil && some.JSON200 != nil && some.JSON200.Count == 1, err, some)

	found, err := api.LookUpRoomWithResponse(ctx, client.JoinLink{Url: made.JSON201.Url})
	check(err == nil && found.JSON200 != nil, err, found)
	id := made.JSON201.Id.String()
	read, err := api.RetrieveRoomWithResponse(ctx, id, nil)
	check(err == nil && read.JSON200 != nil && read.JSON200.Name == "Budget", err, read)
	changed, err := api.UpdateRoomWithResponse(ctx, id, &client.UpdateRoomParams{IfMatch: &read.Headers200.ETag},
		client.RoomFields{Name: to("Budget 2027")})
	check(err == nil && changed.JSON200 != nil && changed.JSON200.Name == "Budget 2027", err, changed)
	cleared, err := api.UpdateRoomWithBodyWithResponse(ctx, id, nil, "application/json", strings.NewReader(`{"expires_at": null}`))
	check(err == nil && cleared.JSON200 != nil && cleared.JSON200.ExpiresAt == nil, err, cleared)
	merged, err := api.UpdateRoomWithApplicationMergePatchPlusJSONBodyWithResponse(ctx, id, nil,
		client.RoomPatch{Metadata: &map[string]*string{"cost_center": to("4711")}})
	check(err == nil && merged.JSON200 != nil && merged.JSON200.Metadata["cost_center"] == "4711", err, merged)
	text, err := api.InviteToRoomWithResponse(ctx, id, nil)
	check(err == nil && strings.Contains(string(text.Body), made.JSON201.Url), err, text)
	data, err := api.InviteToRoomWithResponse(ctx, id, nil, func(_ context.Context, r *http.Request) error {
		r.Header.Set("Accept", "application/json")
		return nil
	})
	check(err == nil && data.JSON200 != nil && data.JSON200.ConferenceSolution.Name != "", err, data)
	return id
}

func attendees(api *client.ClientWithResponses, room string) {
	bob, err := api.AddAttendeeWithResponse(ctx, room, nil, client.Invitee{Email: "bob@example.com"})
	check(err == nil && bob.JSON201 != nil, err, bob)
	read, err := api.RetrieveAttendeeWithResponse(ctx, room, bob.JSON201.Id, nil)
	check(err == nil && read.JSON200 != nil && *read.JSON200.Email == "bob@example.com", err, read)
	raised, err := api.ChangeAttendeeWithResponse(ctx, room, bob.JSON201.Id, nil, client.AttendeeRole{Role: "administrator"})
	check(err == nil && raised.JSON200 != nil && raised.JSON200.Role == "administrator", err, raised)
	listed, err := api.ListAttendeesWithResponse(ctx, room, nil)
	check(err == nil && listed.JSON200 != nil && listed.JSON200.Count == 2, err, listed)
	replaced, err := api.ReplaceAttendeesWithResponse(ctx, room, nil, client.InviteeList{Attendees: []client.Invitee{
		{Email: "bob@example.com"}, {Email: "carol@example.com", Role: to(client.Role("member"))}}})
	check(err == nil && replaced.JSON200 != nil && replaced.JSON200.Count == 3, err, replaced)
	gone, err := api.RemoveAttendeeWithResponse(ctx, room, bob.JSON201.Id, nil)
	check(err == nil && gone.StatusCode() == 204, err, gone)
}

func end(api *client.ClientWithResponses, room string) {
	numbers, err := api.ReadStatisticsWithResponse(ctx, &client.ReadStatisticsParams{Interval: to(client.Interval("month"))})
	check(err == nil && numbers.JSON200 != nil && len(numbers.JSON200.Results) > 0, err, numbers)
	gone, err := api.DeleteRoomWithResponse(ctx, room, nil)
	check(err == nil && gone.StatusCode() == 204, err, gone)
	none, err := api.RetrieveRoomWithResponse(ctx, room, nil)
	check(err == nil && none.ApplicationproblemJSON404 != nil && none.ApplicationproblemJSON404.Code == "not_found", err, none)
}

func tokens(api *client.ClientWithResponses, token string) {
	about := client.AboutToken{Token: token, ClientId: to(os.Getenv("CLIENT_ID")), ClientSecret: to(os.Getenv("CLIENT_SECRET"))}
	known, err := api.IntrospectTokenWithFormdataBodyWithResponse(ctx, about)
	check(err == nil && known.JSON200 != nil && known.JSON200.Active, err, known)
	ended, err := api.RevokeTokenWithFormdataBodyWithResponse(ctx, about)
	check(err == nil && ended.StatusCode() == 200, err, ended)
}

func documents(api, host *client.ClientWithResponses) {
	latest, err := api.OpenAPIWithResponse(ctx)
	check(err == nil && latest.JSON200 != nil && latest.JSON200.Openapi == "3.1.0", err, latest)
	older, err := api.OpenAPI30WithResponse(ctx)
	check(err == nil && older.JSON200 != nil && older.JSON200.Openapi == "3.0.3", err, older)
	page, err := api.DocsWithResponse(ctx)
	check(err == nil && page.StatusCode() == 200, err, page)
	keys, err := host.JwksWithResponse(ctx)
	check(err == nil && keys.JSON200 != nil && keys.JSON200.Keys[0].Use == "sig", err, keys)
	issuer, err := host.AuthorizationServerWithResponse(ctx)
	check(err == nil && issuer.JSON200 != nil, err, issuer)
	resource, err := host.ProtectedResourceWithResponse(ctx)
	check(err == nil && resource.JSON200 != nil, err, resource)
	alive, err := host.AliveWithResponse(ctx)
	check(err == nil && alive.JSON200 != nil, err, alive)
	ready, err := host.ReadyWithResponse(ctx)
	check(err == nil && ready.JSON200 != nil, err, ready)
}
