// Package chart draws curves as SVG.
package chart

import (
	"encoding/xml"
	"fmt"
	"math"
	"strings"
)

// Curve is a named line through points.
type Curve struct {
	Name   string
	Points []Point
}

// Point has a number of rooms, above 0, and a factor.
type Point struct{ Rooms, Factor float64 }

// The picture, in pixels, and the place of the axes in it.
const (
	width, height            = 860, 460
	left, right, top, bottom = 60, 600, 30, 410
)

// axes is what is between the ends of the axes: rooms by powers of ten, and factors from 0.
type axes struct{ fewest, most, highest float64 }

func (a axes) x(rooms float64) float64 {
	if a.most == a.fewest {
		return left
	}
	return left + (right-left)*math.Log10(rooms/a.fewest)/math.Log10(a.most/a.fewest)
}

func (a axes) y(factor float64) float64 {
	return bottom - (bottom-top)*min(factor, a.highest)/a.highest
}

// SVG returns a picture of the curves, and of a limit that none of them should pass. Factors above four times the limit
// are drawn there.
func SVG(title string, limit float64, curves []Curve) string {
	a := axes{fewest: math.Inf(1), highest: limit * 1.2}
	for _, c := range curves {
		for _, p := range c.Points {
			a.fewest, a.most = min(a.fewest, p.Rooms), max(a.most, p.Rooms)
			a.highest = min(max(a.highest, p.Factor*1.1), 4*limit)
		}
	}
	var s strings.Builder
	fmt.Fprintf(&s, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" `+
		`font-family="sans-serif" font-size="12"><title>%s</title><rect width="100%%" height="100%%" fill="#fff"/>`+"\n",
		width, height, width, height, escaped(title))
	write(&s, left, 18, "start", "#000", title)
	a.drawGrid(&s, limit)
	for i, c := range curves {
		a.draw(&s, c, i)
	}
	s.WriteString("</svg>\n")
	return s.String()
}

// drawGrid draws the axes and the limit.
func (a axes) drawGrid(s *strings.Builder, limit float64) {
	for rooms := a.fewest; rooms <= a.most*1.001; rooms *= 10 {
		line(s, a.x(rooms), bottom, a.x(rooms), top, "#ddd", "")
		write(s, a.x(rooms), bottom+18, "middle", "#444", fmt.Sprintf("%.0f rooms", rooms))
	}
	step := math.Ceil(a.highest/5*2) / 2
	for factor := 0.0; factor <= a.highest; factor += step {
		line(s, left, a.y(factor), right, a.y(factor), "#ddd", "")
		write(s, left-8, a.y(factor)+4, "end", "#444", fmt.Sprintf("× %.1f", factor))
	}
	line(s, left, a.y(limit), right, a.y(limit), "#c00", "6 4")
}

// colours are those of the curves, in turns.
func colours() []string {
	return []string{"#1f77b4", "#ff7f0e", "#2ca02c", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf"}
}

func (a axes) draw(s *strings.Builder, c Curve, i int) {
	colour := colours()[i%len(colours())]
	var points []string
	for _, p := range c.Points {
		points = append(points, fmt.Sprintf("%.1f,%.1f", a.x(p.Rooms), a.y(p.Factor)))
	}
	dashes := []string{"", "7 3", "2 3"}[i/len(colours())%3]
	fmt.Fprintf(s, `<polyline fill="none" stroke="%s" stroke-width="2" stroke-dasharray="%s" points="%s"/>`+"\n", colour,
		dashes, strings.Join(points, " "))
	y := float64(top + 16 + 19*i)
	line(s, right+18, y-4, right+42, y-4, colour, dashes)
	write(s, right+48, y, "start", "#000", c.Name)
}

func line(s *strings.Builder, x1, y1, x2, y2 float64, colour, dashes string) {
	fmt.Fprintf(s, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-dasharray="%s"/>`+"\n",
		x1, y1, x2, y2, colour, dashes)
}

func write(s *strings.Builder, x, y float64, anchor, colour, text string) {
	fmt.Fprintf(s, `<text x="%.1f" y="%.1f" text-anchor="%s" fill="%s">%s</text>`+"\n", x, y, anchor, colour,
		escaped(text))
}

// escaped returns a text as XML has it.
func escaped(text string) string {
	var s strings.Builder
	_ = xml.EscapeText(&s, []byte(text)) // into memory
	return s.String()
}
