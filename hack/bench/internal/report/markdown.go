// SPDX-License-Identifier: Apache-2.0

package report

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"text/template"

	"kubelet-ordering/hack/bench/internal/result"
	"kubelet-ordering/hack/bench/internal/schedule"
	"kubelet-ordering/hack/bench/internal/shape"
	"kubelet-ordering/hack/internal/markdown"
)

//go:embed report.md.tmpl
var reportText string

var report = template.Must(template.New("report").Funcs(template.FuncMap{
	"join": strings.Join, "ratio": ratio, "seconds": seconds,
}).Parse(reportText))

// document is the data of the template.
type document struct {
	Run             result.Run
	Ours, Pristine  string
	Minutes         float64
	Starts, Deaf    []Row
	Together        bool
	Stagger, Grace  float64
	Crowds, Drains  []crowdRow
	CrowdContainers int
	Window          float64
	Tenants         []tenantRow
	Where           []whereRow
	Latencies       []latencyRow
}

// Markdown returns the report.
func Markdown(r result.Run) (string, error) {
	rows := Rows(r)
	starts, deaf := split(rows)
	var text strings.Builder
	err := report.Execute(&text, document{
		Run: r, Ours: r.Versions[result.Ours], Pristine: r.Versions[result.Pristine], Minutes: r.Took / 60,
		Starts: starts, Deaf: deaf,
		Together: slices.ContainsFunc(rows, func(row Row) bool { return row.Ours.Together || row.Pristine.Together }),
		Stagger:  schedule.Stagger.Seconds(), Grace: shape.DeafGrace,
		Crowds: crowdRows(r, crowdMetrics), Drains: crowdRows(r, drainMetrics), CrowdContainers: len(shape.Crowd.Nodes()),
		Window: schedule.Window.Seconds(), Tenants: tenantRows(r), Where: whereRows(r), Latencies: latencyRows(r),
	})
	if err != nil {
		return "", fmt.Errorf("write the report: %w", err)
	}
	return markdown.Align(text.String()), nil
}
