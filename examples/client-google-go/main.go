// Command client-google-go is a program for Google Meet in Go, with nothing but Google's client library, a key
// file and an endpoint: it creates a space for a user, finds it by its code, changes it, invites a member, and ends
// the call.
//
//	KEY_FILE=key.json ENDPOINT=http://127.0.0.1:8080/google/ \
//	USER_EMAIL=alice@example.com OTHER_EMAIL=bob@example.com STRANGER_EMAIL=carol@example.com go run .
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"

	"golang.org/x/oauth2/google"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/meet/v2"
	"google.golang.org/api/option"
)

func main() {
	ctx := context.Background()
	spaces, members, err := open(ctx, os.Getenv("USER_EMAIL"))
	if err == nil {
		err = walk(spaces, members)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// open returns the services for a user.
func open(ctx context.Context, user string) (*meet.SpacesService, *meet.SpacesMembersService, error) {
	key, err := os.ReadFile(os.Getenv("KEY_FILE"))
	if err != nil {
		return nil, nil, err
	}
	config, err := google.JWTConfigFromJSON(key, meet.MeetingsSpaceCreatedScope)
	if err != nil {
		return nil, nil, err
	}
	config.Subject = user // the user to act for
	service, err := meet.NewService(ctx, option.WithEndpoint(os.Getenv("ENDPOINT")),
		option.WithHTTPClient(config.Client(ctx)))
	if err != nil {
		return nil, nil, err
	}
	return service.Spaces, service.Spaces.Members, nil
}

// walk uses every kind of method once.
func walk(spaces *meet.SpacesService, members *meet.SpacesMembersService) error {
	made, err := spaces.Create(&meet.Space{Config: &meet.SpaceConfig{AccessType: "RESTRICTED"}}).Do()
	if err != nil {
		return err
	}
	fmt.Println("created", made.Config.AccessType, made.MeetingUri)
	found, err := spaces.Get("spaces/" + strings.ToUpper(made.MeetingCode)).Do()
	if err != nil {
		return err
	}
	fmt.Println("found by its code", found.Name == made.Name)
	changed, err := spaces.Patch(made.Name, &meet.Space{Config: &meet.SpaceConfig{AccessType: "TRUSTED"}}).
		UpdateMask("config.accessType").Do()
	if err != nil {
		return err
	}
	fmt.Println("changed", changed.Config.AccessType)
	if err := invite(members, made.Name); err != nil {
		return err
	}
	if err := end(spaces, made.Name); err != nil {
		return err
	}
	return strange(os.Getenv("STRANGER_EMAIL"), made.Name)
}

// end ends the call in a space.
func end(spaces *meet.SpacesService, name string) error {
	if _, err := spaces.EndActiveConference(name, &meet.EndActiveConferenceRequest{}).Do(); err != nil {
		return err
	}
	fmt.Println("ended")
	return nil
}

// invite adds a member to a space, and lists its members.
func invite(members *meet.SpacesMembersService, name string) error {
	member := &meet.Member{Email: os.Getenv("OTHER_EMAIL"), Role: "COHOST"}
	if _, err := members.Create(name, member).Do(); err != nil {
		return err
	}
	list, err := members.List(name).Do()
	if err != nil {
		return err
	}
	fmt.Println("listed", len(list.Members), list.Members[0].Role)
	return nil
}

// strange shows what a user learns of a space that is another's.
func strange(user, name string) error {
	spaces, _, err := open(context.Background(), user)
	if err != nil {
		return err
	}
	_, err = spaces.Get(name).Do()
	var known *googleapi.Error
	if !errors.As(err, &known) || known.Code != http.StatusNotFound {
		return fmt.Errorf("another user's space: %w", err)
	}
	fmt.Println("not found for another user:", known.Message)
	return nil
}
