// Package monitoring_test checks the alerts and the dashboard with promtool.
package monitoring_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/matryer/is"
	"go.yaml.in/yaml/v3"

	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

type alert struct {
	Name        string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

func alerts(t *testing.T) []alert {
	t.Helper()
	is := is.New(t)
	text, err := os.ReadFile("alerts.yaml")
	is.NoErr(err)
	var rules struct {
		Groups []struct{ Rules []alert }
	}
	is.NoErr(yaml.Unmarshal(text, &rules))
	is.Equal(len(rules.Groups), 1)
	return rules.Groups[0].Rules
}

func TestPromtool(t *testing.T) {
	if _, err := exec.LookPath("promtool"); err != nil {
		dbtest.Missing(t, "promtool", err.Error()+"; install it (Debian: apt-get install prometheus)")
	}
	for _, args := range [][]string{{"check", "rules", "alerts.yaml"}, {"test", "rules", "alerts_test.yaml"}} {
		output, err := exec.Command("promtool", args...).CombinedOutput()
		if err != nil {
			t.Errorf("promtool %s: %v: %s", strings.Join(args, " "), err, output)
		}
	}
}

// TestEveryAlertIsTested checks that each alert has a test in which it fires and one
// in which it does not, a severity, a runbook, and a line in README.md.
func TestEveryAlertIsTested(t *testing.T) {
	is := is.New(t)
	text, err := os.ReadFile("alerts_test.yaml")
	is.NoErr(err)
	readme, err := os.ReadFile("README.md")
	is.NoErr(err)
	operations, err := os.ReadFile("../../OPERATIONS.md")
	is.NoErr(err)
	var file struct {
		Tests []struct {
			Rules []struct {
				Name   string `yaml:"alertname"`
				Alerts []any  `yaml:"exp_alerts"`
			} `yaml:"alert_rule_test"`
		}
	}
	is.NoErr(yaml.Unmarshal(text, &file))
	fires, silent := map[string]bool{}, map[string]bool{}
	for _, test := range file.Tests {
		for _, rule := range test.Rules {
			fires[rule.Name] = fires[rule.Name] || len(rule.Alerts) > 0
			silent[rule.Name] = silent[rule.Name] || len(rule.Alerts) == 0
		}
	}
	for _, alert := range alerts(t) {
		t.Run(alert.Name, func(t *testing.T) {
			is := is.New(t)
			is.True(fires[alert.Name])
			is.True(silent[alert.Name])
			is.True(strings.Contains("critical warning info", alert.Labels["severity"]) && alert.Labels["severity"] != "")
			is.True(alert.Annotations["summary"] != "" && alert.Annotations["description"] != "")
			runbook := "/server/OPERATIONS.md#" + strings.ToLower(alert.Name)
			is.True(strings.HasSuffix(alert.Annotations["runbook_url"], runbook)) // the heading of what to do
			is.True(strings.Contains(string(readme), "| `"+alert.Name+"` |"))
			is.True(strings.Contains(string(operations), "\n### "+alert.Name+"\n"))
		})
	}
}

func TestDashboard(t *testing.T) {
	is := is.New(t)
	text, err := os.ReadFile("dashboard.json")
	is.NoErr(err)
	var board struct {
		UID    string
		Panels []struct {
			ID      int
			Title   string
			Type    string
			GridPos struct{ X, Y, W, H int }
			Targets []struct{ Expr string }
		}
	}
	is.NoErr(json.Unmarshal(text, &board))
	is.True(board.UID != "")
	ids, places := map[int]bool{}, map[[2]int]bool{}
	for _, panel := range board.Panels {
		is.True(!ids[panel.ID] && panel.Title != "")
		ids[panel.ID] = true
		is.True(panel.GridPos.X+panel.GridPos.W <= 24)
		for x := range panel.GridPos.W {
			for y := range panel.GridPos.H {
				cell := [2]int{panel.GridPos.X + x, panel.GridPos.Y + y}
				is.True(!places[cell]) // no panel lies on another
				places[cell] = true
			}
		}
		is.True(panel.Type == "row" || len(panel.Targets) > 0)
		for _, target := range panel.Targets {
			is.True(strings.Contains(target.Expr, `job="$job", instance=~"$instance"`)) // of what was chosen
		}
	}
}
