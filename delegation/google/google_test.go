package google_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation/google"
	"github.com/anteroom-go/anteroom/delegation/google/googletest"
)

func TestFile(t *testing.T) {
	is := is.New(t)
	key, private, err := google.Generate()
	is.NoErr(err)
	is.Equal(len(key.ID), 40)
	file, err := google.NewFile("app_x", key, private, "https://meet.example.org", "https://meet.example.org/token/")
	is.NoErr(err)
	text, err := file.Write()
	is.NoErr(err)
	var members map[string]string
	is.NoErr(json.Unmarshal(text, &members))
	is.Equal(members["type"], "service_account")
	is.Equal(members["client_email"], "app_x")             // the iss of assertions
	is.Equal(members["private_key_id"], key.ID)            // their kid
	is.Equal(members["universe_domain"], "googleapis.com") // else Node's library does not delegate
	block, rest := pem.Decode([]byte(members["private_key"]))
	is.Equal(len(rest), 0)
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	is.NoErr(err)
	is.True(parsed.(*rsa.PrivateKey).Equal(private))
	for _, printed := range []string{fmt.Sprint(file), fmt.Sprintf("%+v %#v", file, file)} {
		is.True(!strings.Contains(printed, "PRIVATE")) // a log never has it
	}
	der, err := key.MarshalPublic()
	is.NoErr(err)
	again, err := google.ParsePublic(der)
	is.NoErr(err)
	is.Equal(again.ID, key.ID)
}

func TestOtherKeysAreRefused(t *testing.T) {
	is := is.New(t)
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	is.NoErr(err)
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	is.NoErr(err)
	for _, public := range []any{&small.PublicKey, &curve.PublicKey} {
		der, err := x509.MarshalPKIXPublicKey(public)
		is.NoErr(err)
		_, err = google.ParsePublic(der)
		is.True(errors.Is(err, google.ErrKey))
	}
	_, err = google.ParsePublic([]byte("x"))
	is.True(errors.Is(err, google.ErrKey))
}

// TestEveryFaultHasItsText: a programmer reads what to change.
func TestEveryFaultHasItsText(t *testing.T) {
	is := is.New(t)
	for _, fault := range []google.Fault{google.Malformed, google.TooLong, google.Header, google.Claims, google.Issuer,
		google.NoSubject, google.Subject, google.Wanted, google.NoTimes, google.Expired, google.Early, google.TooLongFor,
		google.Signature, google.NoScope, google.Unknown, google.NotHeld} {
		is.True(fault.Text() != "")
	}
	is.True(strings.Contains(google.NoSubject.Text(), "set the subject"))
}

// FuzzParse looks for texts of good form that hold what no check could rely on.
func FuzzParse(f *testing.F) {
	header := googletest.Part(f, googletest.Header("k"))
	claims := googletest.Claims("a", "u@e.example", time.Unix(1_800_000_000, 0))
	f.Add(header + "." + googletest.Part(f, claims) + ".c2ln")
	claims["exp"], claims["prn"] = 1e300, "x"
	f.Add(header + "." + googletest.Part(f, claims) + ".c2ln")
	f.Fuzz(func(t *testing.T, text string) {
		is := is.New(t)
		a, fault := google.Parse(text)
		is.True(len(a.Issuer) <= 255 && !strings.ContainsAny(a.Issuer, "\x00\r\n")) // may always be looked up
		if fault == "" {
			is.True(a.Issuer != "" && a.Subject != "" && a.Subject != a.Issuer)
		}
	})
}
