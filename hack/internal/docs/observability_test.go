// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

const observability = "../../../docs/observability/"

// metricName finds the metrics of an expression of Prometheus that concern ordering.
var metricName = regexp.MustCompile(`kubelet_container_dependency_\w+|kubernetes_feature_enabled`)

// exposed returns the series of docs/observability/metrics.txt: what a kubelet exposed after pods in every state. The page has only the
// metrics that concern ordering.
func exposed(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for line := range strings.Lines(read(t, observability+"metrics.txt")) {
		if !strings.HasPrefix(line, "#") {
			names[line[:strings.IndexAny(line, "{ ")]] = true
		}
	}
	return names
}

// expressions returns the expressions of the dashboard, as Prometheus gets them, and those of the alerts.
func expressions(t *testing.T) (dashboard, alerts []string) {
	t.Helper()
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(read(t, observability+"dashboard.json")), &board); err != nil {
		t.Fatal(err)
	}
	for _, p := range board.Panels {
		if len(p.Targets) == 0 {
			t.Errorf("panel %q shows nothing", p.Title)
		}
		for _, target := range p.Targets {
			dashboard = append(dashboard, strings.NewReplacer("$__rate_interval", "5m", "$instance", ".*").Replace(target.Expr))
		}
	}
	var rules struct {
		Groups []struct {
			Rules []struct{ Alert, Expr string }
		}
	}
	if err := yaml.Unmarshal([]byte(read(t, observability+"alerts.yaml")), &rules); err != nil {
		t.Fatal(err)
	}
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			alerts = append(alerts, r.Expr)
		}
	}
	if len(dashboard) == 0 || len(alerts) == 0 {
		t.Fatal("there are no expressions")
	}
	return dashboard, alerts
}

// TestDashboardAndAlertsUseWhatIsExposed also fails if one of the kubelet's metrics is on no panel.
func TestDashboardAndAlertsUseWhatIsExposed(t *testing.T) {
	dashboard, alerts := expressions(t)
	names := exposed(t)
	shown := map[string]bool{}
	for i, e := range slices.Concat(dashboard, alerts) {
		used := metricName.FindAllString(e, -1)
		if len(used) == 0 {
			t.Errorf("%s has no metric of ordering", e)
		}
		for _, name := range used {
			if !names[name] {
				t.Errorf("%s: no kubelet exposes %s", e, name)
			}
			shown[name] = shown[name] || i < len(dashboard)
		}
	}
	for name := range names {
		if strings.HasSuffix(name, "_sum") || strings.HasSuffix(name, "_count") {
			continue
		}
		if !shown[name] {
			t.Errorf("%s is on no panel", name)
		}
	}
}

// TestPromtool has Prometheus' own tool check the page of metrics, the alerts with their tests, and the expressions of the dashboard.
func TestPromtool(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		if promtool, err = filepath.Abs("../../../_output/tools/promtool"); err == nil {
			_, err = os.Stat(promtool)
		}
	}
	if err != nil {
		t.Skip("promtool is missing: hack/promtool.sh gets it")
	}
	dashboard, _ := expressions(t)
	var rules []map[string]string
	for _, e := range dashboard {
		rules = append(rules, map[string]string{"record": "panel", "expr": e})
	}
	text, err := yaml.Marshal(map[string]any{"groups": []any{map[string]any{"name": "dashboard", "rules": rules}}})
	if err != nil {
		t.Fatal(err)
	}
	panels := filepath.Join(t.TempDir(), "panels.yaml")
	if err := os.WriteFile(panels, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"check", "metrics"}, {"check", "rules", "--lint=none", panels}, {"check", "rules", observability + "alerts.yaml"},
		{"test", "rules", observability + "alerts_test.yaml"},
	} {
		c := exec.Command(promtool, args...)
		c.Stdin = strings.NewReader(read(t, observability+"metrics.txt"))
		if output, err := c.CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v: %s", strings.Join(args, " "), err, output)
		}
	}
}

// TestEachAlertIsTested fails if alerts_test.yaml has no case that fires an alert.
func TestEachAlertIsTested(t *testing.T) {
	tests := read(t, observability+"alerts_test.yaml")
	for _, match := range regexp.MustCompile(`(?m)^  - alert: (\w+)$`).FindAllStringSubmatch(read(t, observability+"alerts.yaml"), -1) {
		if !strings.Contains(tests, "alertname: "+match[1]+"\n    exp_alerts:") {
			t.Errorf("no test fires %s", match[1])
		}
	}
}

// TestLogLinesExist fails if docs/observability.md has a line that the kubelet does not log, or at another level.
func TestLogLinesExist(t *testing.T) {
	_, table, _ := strings.Cut(read(t, "../../../docs/observability.md"), "## Log lines")
	rows := regexp.MustCompile("(?m)^\\| (\\d) \\| `([^`]+)` \\|").FindAllStringSubmatch(table, -1)
	if len(rows) == 0 {
		t.Fatal("the page has no lines")
	}
	var sources strings.Builder
	files, err := filepath.Glob("../../../pkg/kubelet/kuberuntime/dependency_*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		sources.WriteString(read(t, file))
	}
	for _, row := range rows {
		if line := regexp.MustCompile(`(\w+|V\(\d\))\.Info\("` + regexp.QuoteMeta(row[2]) + `"`).FindStringSubmatch(sources.String()); line == nil {
			t.Errorf("the kubelet does not log %q", row[2])
		} else if line[1] != "logger" && line[1] != "V("+row[1]+")" {
			t.Errorf("%q is logged by %s, not at level %s", row[2], line[1], row[1])
		}
	}
}
