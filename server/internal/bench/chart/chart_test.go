package chart_test

import (
	"encoding/xml"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/internal/bench/chart"
)

func TestSVG(t *testing.T) {
	is := is.New(t)
	text := chart.SVG("Time at <n> rooms", 1.5, []chart.Curve{
		{Name: "retrieve & more", Points: []chart.Point{{10_000, 1}, {100_000, 1.1}, {1_000_000, 1.2}}},
		{Name: "list", Points: []chart.Point{{10_000, 1}, {1_000_000, 400}}},
	})
	var picture struct {
		XMLName xml.Name `xml:"http://www.w3.org/2000/svg svg"`
		Title   string   `xml:"title"`
		Curves  []struct {
			Points string `xml:"points,attr"`
		} `xml:"polyline"`
		Texts []string `xml:"text"`
	}
	is.NoErr(xml.Unmarshal([]byte(text), &picture)) // it is XML, whatever the names are
	is.Equal(picture.Title, "Time at <n> rooms")
	is.Equal(len(picture.Curves), 2)
	first := strings.Fields(picture.Curves[0].Points)
	is.Equal(len(first), 3)
	// from end to end of the axis
	is.True(strings.HasPrefix(first[0], "60.0,") && strings.HasPrefix(first[2], "600.0,"))
	last := strings.Fields(picture.Curves[1].Points)[1]
	is.Equal(last, "600.0,30.0") // what is too high is drawn at the top
	is.True(strings.Contains(strings.Join(picture.Texts, "\n"), "retrieve & more"))
}

// TestOnePoint holds that a measurement at one size is drawn as well.
func TestOnePoint(t *testing.T) {
	is := is.New(t)
	text := chart.SVG("t", 1.5, []chart.Curve{{Name: "a", Points: []chart.Point{{10_000, 1}}}})
	is.True(!strings.Contains(text, "NaN") && !strings.Contains(text, "Inf"))
}
