package wire_test

import (
	"net/http/httptest"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/internal/wire"
)

func TestLatestDocument(t *testing.T) {
	is := is.New(t)
	var latest wire.LatestDocument
	request := httptest.NewRequest("GET", "/", nil)
	body := []byte(`{"keys":[]}`)
	first, err := latest.Of(wire.MediaJSON, body).Reply(request)
	is.NoErr(err)
	is.Equal(string(first.Body), `{"keys":[]}`)
	is.Equal(testing.AllocsPerRun(10, func() { latest.Of(wire.MediaJSON, body) }), 0.0) // nothing is made again
	body[2] = 'K'
	is.Equal(string(first.Body), `{"keys":[]}`) // a caller may use the slice again
	second, err := latest.Of(wire.MediaJSON, body).Reply(request)
	is.NoErr(err)
	is.Equal(string(second.Body), `{"Keys":[]}`) // another body is another document
	is.True(second.Header["ETag"] != first.Header["ETag"])
	third, err := latest.Of(wire.MediaCSV, body).Reply(request)
	is.NoErr(err)
	is.Equal(third.Header["Content-Type"], wire.MediaCSV)
}
