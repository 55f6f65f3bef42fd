package operators

import (
	"encoding/json"
	"net/http"
	"net/http/pprof"

	"github.com/anteroom-go/anteroom/server/internal/readiness"
)

// Handler returns what operators may see: /metrics, /healthz, /readyz with reasons,
// and /debug/pprof. The command line of the process is not among it, because it may
// hold the password of a database.
func Handler(metrics http.Handler, checks *readiness.Prober) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		write(w, http.StatusOK, report{Status: "ok"})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) { ready(w, checks) })
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", http.NotFound)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

// report is the body of /healthz and /readyz.
type report struct {
	Status string             `json:"status"`
	Checks []readiness.Result `json:"checks,omitempty"`
}

// ready answers 200 if all checks are good, else 503, and what each found.
func ready(w http.ResponseWriter, checks *readiness.Prober) {
	status, answer := http.StatusOK, report{Status: "ok", Checks: checks.Results()}
	for _, check := range answer.Checks {
		if !check.OK {
			status, answer.Status = http.StatusServiceUnavailable, "not ready"
		}
	}
	write(w, status, answer)
}

func write(w http.ResponseWriter, status int, answer report) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer) // the connection is gone if it fails
}
