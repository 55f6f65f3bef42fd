package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"
)

// warmUp is how many rounds are asked before the first sample counts.
const warmUp = 100

// trim is the part of the samples that is left out at either end: pauses of the
// machine make some of them many times as long as the others.
const trim = 0.1

// measure asks for every cause once a round, in a new random order each round,
// so that whatever the machine does in the meantime meets all of them alike. It
// returns the times of each cause in microseconds.
func measure(ctx context.Context, causes []cause, rounds, samples int) ([][]float64, error) {
	times := make([][]float64, len(causes))
	answers := map[string]string{} // by group
	for round := range rounds + samples {
		for _, i := range rand.Perm(len(causes)) {
			took, answer, err := ask(ctx, causes[i])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", causes[i].name, err)
			}
			if first, known := answers[causes[i].group]; known && first != answer {
				return nil, fmt.Errorf("%s: the answer differs: %q, %q", causes[i].name, answer, first)
			}
			answers[causes[i].group] = answer
			if round >= rounds {
				times[i] = append(times[i], float64(took.Nanoseconds())/1000)
			}
		}
	}
	return times, nil
}

// ask sends the request of a cause. It returns how long the answer took to its
// last byte, and the answer.
func ask(ctx context.Context, c cause) (time.Duration, string, error) {
	c.before()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, strings.NewReader(c.form()))
	if err != nil {
		return 0, "", err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	start := time.Now()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	body, err := io.ReadAll(response.Body)
	took := time.Since(start)
	_ = response.Body.Close()
	if response.StatusCode < 400 {
		return 0, "", fmt.Errorf("the server answers %s: nothing is refused", response.Status)
	}
	return took, response.Status + " " + string(body), err
}

// trimmed returns the samples in order, and how many of them are left out at
// either end.
func trimmed(samples []float64) (sorted []float64, out int) {
	return slices.Sorted(slices.Values(samples)), int(trim * float64(len(samples)))
}

// trimmedMean returns the mean of the samples between the trimmed ends.
func trimmedMean(samples []float64) float64 {
	sorted, out := trimmed(samples)
	sum := 0.0
	for _, x := range sorted[out : len(sorted)-out] {
		sum += x
	}
	return sum / float64(len(sorted)-2*out)
}

// yuen returns t of Welch's test for the trimmed means of a and b, in the form
// of Yuen (1974): the variances are those of the winsorized samples, in which
// the trimmed ends are replaced by the nearest value that stays. Variances of
// the trimmed samples would be too small, and t too large.
func yuen(a, b []float64) float64 {
	return (trimmedMean(a) - trimmedMean(b)) / math.Sqrt(meanVariance(a)+meanVariance(b))
}

// meanVariance estimates the variance of the trimmed mean.
func meanVariance(samples []float64) float64 {
	sorted, out := trimmed(samples)
	low, high := sorted[out], sorted[len(sorted)-1-out]
	n, left := float64(len(sorted)), float64(len(sorted)-2*out)
	sum, squares := 0.0, 0.0
	for _, x := range sorted {
		sum += min(max(x, low), high)
	}
	for _, x := range sorted {
		d := min(max(x, low), high) - sum/n
		squares += d * d
	}
	return squares / (left * (left - 1))
}
